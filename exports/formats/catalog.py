"""What the registry says of itself, for whoever shows it: the command's help, pages, the API."""

from collections.abc import Iterator
from dataclasses import replace

from exports.formats import FORMATS
from exports.formats.base import Format, Option


def options_by_name() -> dict[str, Option]:
    """Every option of any format, with all the values that some format takes."""
    found: dict[str, Option] = {}
    for one in FORMATS.values():
        for option in one.options:
            known = found.get(option.name, option)
            found[option.name] = replace(known, values={**option.values, **known.values})
    return found


def formats_told() -> str:
    """The formats with their choices, line by line."""
    return "\n".join(["Formats:", *(line for one in FORMATS.values() for line in _told(one))])


def _told(one: Format) -> Iterator[str]:
    yield f"  {one.name}: {one.description}"
    for option in one.options:
        mark = " (needed)" if option.forced else f" (default: {option.default!r})" if option.default else ""
        yield f"      --{option.name} {'|'.join(option.values) or 'TEXT'}{mark}"
