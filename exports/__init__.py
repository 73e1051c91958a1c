"""Datasets out. ``from exports import export_dataset`` is the Python twin of the command of that name."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exports.services import export_dataset

__all__ = ["export_dataset"]


def __getattr__(name: str) -> Any:
    """Import the service when it is asked for: this package is loaded before Django's models may be."""
    if name != "export_dataset":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from exports import services

    return services.export_dataset
