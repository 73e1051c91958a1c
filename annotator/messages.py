"""The product's words in other languages: gathered from the sources, kept in ``.po`` files, compiled for Django.

``python -m annotator.messages`` compiles (``make setup`` does it); ``python -m annotator.messages update`` gathers the
strings anew into every ``.po`` file and says what is left to translate. Babel does what GNU gettext would, so that no
machine needs it; Django's own ``templatize`` finds the strings of templates.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALE: Final = ROOT / "annotator" / "locale"
ROOMS: Final = ("annotator", "labelling", "exports")
WIDTH: Final = 110
KEYWORDS: Final = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"(?:\b(?:n?p?gettext)|\b_)\({_TEXT}(?:,\s*{_TEXT})*(?:,\s*count)?\)")


def sources() -> Iterator[Path]:
    """Templates and Python modules that may hold strings for people; migrations repeat the models' in old wording."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            inside = path.relative_to(ROOT).parts
            if path.suffix in (".py", ".html") and not {"migrations", "locale", "vendor"} & set(inside):
                yield path


def gathered() -> Catalog:
    """Every string of the sources, each with the files that it stands in."""
    found = Catalog()
    for path in sources():
        name = str(path.relative_to(ROOT))
        for line, message, _, context in extract("python", BytesIO(_python_of(path)), keywords=KEYWORDS):
            found.add(message, locations=[(name, line)], context=context)
    return found


def _python_of(path: Path) -> bytes:
    """The module itself; of a template the calls that its tags stand for, each on its line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        lines = templatize(text, origin=str(path)).split("\n")
        text = "\n".join("; ".join(call[0] for call in _CALL.finditer(line)) for line in lines)
    return text.encode()


def catalogs() -> dict[str, Path]:
    """The ``.po`` file of each language."""
    return {path.parts[-3]: path for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], abort_invalid=True)


def compile_all() -> int:
    """Write the ``.mo`` file beside each ``.po`` file; what is marked as fuzzy is left out."""
    for path in catalogs().values():
        beside = path.with_suffix(".mo.new")  # renamed, so that a running server never reads half of one
        with beside.open("wb") as file:
            write_mo(file, read(path))
        beside.rename(path.with_suffix(".mo"))
    return len(catalogs())


@dataclass(frozen=True)
class State:
    """How a language stands against the sources: strings that lack a translation, are doubtful, or stand nowhere."""

    missing: list[str]
    fuzzy: list[str]
    stale: list[str]
    faults: list[str]


def state_of(path: Path, wanted: Catalog) -> State:
    known = read(path)
    here, there = {_key(one) for one in wanted if one.id}, {_key(one): one for one in known if one.id}
    return State(
        missing=sorted(key[0] for key in here if key not in there or not _is_whole(there[key])),
        fuzzy=sorted(key[0] for key in here if key in there and there[key].fuzzy),
        stale=sorted(key[0] for key in there if key not in here),
        faults=[f"{message.id}: {fault}" for message in known if message.id for fault in _faults(message, known)],
    )


def _key(message: Message) -> tuple[str, str, str | None]:
    singular, plural = _forms(message.id)[0], _forms(message.id)[-1]
    return singular, plural, message.context


def _forms(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _is_whole(message: Message) -> bool:
    return all(_forms(message.string)) and bool(_forms(message.string))


_BRACES = re.compile(r"\{\w+\}")


def _faults(message: Message, catalog: Catalog) -> Iterator[str]:
    """Placeholders that do not match: Python's, as Babel checks them, and the ``{name}`` of the page's modules."""
    if not _is_whole(message):
        return
    yield from (str(fault) for fault in message.check(catalog))
    wanted = set(_BRACES.findall(_forms(message.id)[-1]))
    for form in _forms(message.string):
        if set(_BRACES.findall(form)) != wanted:
            yield f"“{form}” has other braces"
        if form.startswith("\n") != _forms(message.id)[0].startswith("\n") or form != form.strip(" "):
            yield f"“{form}” begins or ends with other white space"


def update() -> None:
    """Gather the strings and bring every ``.po`` file up to date; nothing is guessed, what is stale goes."""
    wanted = gathered()
    for language, path in catalogs().items():
        known = read(path)
        known.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        known.obsolete.clear()
        known.last_translator = known.language_team = known.msgid_bugs_address = "Stepmark"
        with path.open("wb") as file:
            write_po(file, known, width=WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
        left = state_of(path, wanted)
        print(f"{language}: {len(left.missing)} to translate, {len(left.fuzzy)} doubtful, {len(left.faults)} faults.")  # noqa: T201
        for line in (*left.missing, *left.faults):
            print(f"  {line!r}")  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update()
    else:
        compile_all()
