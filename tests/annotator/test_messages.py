"""The words in other languages: all there, none left over, placeholders as in the sources, and Django finds them."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from django.conf import settings
from django.utils import translation

from annotator import messages
from annotator.messages import catalogs, gathered, state_of

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return gathered()


def test_every_language_that_is_offered_has_its_words() -> None:
    assert sorted(catalogs()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_untranslated_doubtful_or_stale_and_placeholders_match(language: str, wanted: Catalog) -> None:
    state = state_of(catalogs()[language], wanted)
    mend = "`make messages` gathers the strings; translate what it names (CONTRIBUTING.md)"
    assert (state.missing, state.fuzzy, state.stale, state.faults) == ([], [], [], []), mend


def test_the_strings_of_templates_modules_and_the_page_s_modules_are_gathered(wanted: Catalog) -> None:
    for known in ("Skip to the content", "There is no such campaign.", "Step {step} of {count}"):
        assert wanted.get(known) is not None
    plural = wanted.get(("%(n)s item is waiting.", "%(n)s items are waiting."))
    assert plural is not None


def test_what_is_wrong_in_a_catalogue_is_told(wanted: Catalog, tmp_path: Path) -> None:
    def string(source: str, given: str | tuple[str, ...], *, plural: str = "", flags: tuple[str, ...] = ()) -> None:
        known.add((source, plural) if plural else source, given, flags=flags)

    known = Catalog(locale="de", fuzzy=False)
    string("Skip to the content", "Zum Inhalt", flags=("fuzzy",))
    string("Step {step} of {count}", "Schritt {step} von {anzahl}")
    string("Version %(number)s is published.", "Fassung %(nummer)s", flags=("python-format",))
    string("Nowhere to be found", "Nirgends")
    path = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, known)
    state = state_of(path, wanted)
    assert "There is no such campaign." in state.missing
    assert state.fuzzy == ["Skip to the content"]
    assert state.stale == ["Nowhere to be found"]
    assert len(state.faults) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_set_up_compiles_what_django_then_finds(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / language / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(catalogs()[language].read_bytes())
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    assert messages.compile_all() == 1
    assert copy.with_suffix(".mo").stat().st_size > 10_000
    assert copy.with_suffix(".mo").read_bytes() == catalogs_compiled(language)


def catalogs_compiled(language: str) -> bytes:
    """What the running product reads."""
    return (Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.mo").read_bytes()


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 Lösungen warten."), (1, "1 Lösung wartet."), (2, "2 Lösungen warten.")]
)
def test_german_counts(count: int, said: str) -> None:
    with translation.override("de"):
        found = translation.ngettext("%(n)s item is waiting.", "%(n)s items are waiting.", count)
    assert found % {"n": count} == said
