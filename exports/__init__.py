"""Datasets out. ``from exports import export_dataset, make_snapshot``: the commands of these names as functions."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exports.services import export_dataset
    from exports.snapshots.building import make_snapshot

__all__ = ["export_dataset", "make_snapshot"]


def __getattr__(name: str) -> Any:
    """Import a service when it is asked for: this package is loaded before Django's models may be."""
    if name == "export_dataset":
        from exports import services

        return services.export_dataset
    if name == "make_snapshot":
        from exports.snapshots import building

        return building.make_snapshot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
