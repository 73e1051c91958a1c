"""Model cards: what declares a checkpoint, and how a wrong one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelling.prm.checkpoints.card import CARD, BadCard, card_from, card_json, card_of, card_read, card_write
from labelling.prm.checkpoints.encoding import Encoder
from labelling.prm.checkpoints.families import FAMILIES
from labelling.prm.checkpoints.files import BadCheckpoint, config_read

HEAD = {"format": "stepmark-model-card", "format_version": 1}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_named_is_a_whole_card(family: str, tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(json.dumps(HEAD | {"family": family}), encoding="utf-8")

    assert card_read(tmp_path) == card_of(family)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_card_keeps_only_what_differs_from_its_family_and_reads_back(family: str, tmp_path: Path) -> None:
    card = card_of(family, form="outcome", max_tokens=77)
    card_write(tmp_path, card)

    assert json.loads((tmp_path / CARD).read_text()) == HEAD | {"family": family, "form": "outcome", "max_tokens": 77}
    assert card_read(tmp_path) == card
    assert card_from(card_json(card)) == card


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": "other"}, "format: must be 'stepmark-model-card', not 'other'"),
        ({"format_version": 2}, "format_version: must be 1, not 2"),
        ({"family": "gwen"}, "family: must be one of math-shepherd, qwen, rlhflow, trl, not 'gwen'"),
        ({"family": 7}, "family: must be one of"),
        ({"colour": "red"}, "colour: is no key of a card; the keys are: family, prompt"),
        ({"form": "both"}, "form: must be one of process, outcome, not 'both'"),
        ({"head": "mlp"}, "head: must be one of labels, vocabulary"),
        ({"precision": "int4"}, "precision: must be one of auto, float32, bfloat16"),
        ({"prompt": "no place"}, "prompt: must hold {problem}, once; it holds none"),
        ({"prompt": 7}, "prompt: must be a text, not 7"),
        ({"prompt": "{number} {problem}"}, "prompt: must hold {problem}, once; it holds ['number', 'problem']"),
        ({"prompt": "\ud800 {problem}"}, "prompt: holds half a surrogate pair"),
        ({"step": "{read}{step}"}, "step: must hold {step} and then {read}, once"),
        ({"step": "{step}{read}{read}"}, "step: must hold"),
        ({"between": "{step}"}, "between: must hold neither"),
        ({"apart": 1}, "apart: must be true or false, not 1"),
        ({"bos": 7}, "bos: must be a token's text"),
        ({"max_tokens": 0}, "max_tokens: must be a whole number, not 0"),
        ({"max_tokens": True}, "max_tokens: must be a whole number, not True"),
        ({"good": "+"}, "good: must be a label's index, not '+'"),
        ({"bad": 0}, "bad: belongs to the head 'vocabulary' only"),
        ({"head": "vocabulary", "good": "+"}, "bad: must be a token's text as the vocabulary writes it, or its id"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_reason(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    (tmp_path / CARD).write_text(json.dumps(HEAD | {"family": "qwen"} | changes), encoding="utf-8")

    with pytest.raises(BadCard) as refused:
        card_read(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / CARD}: {told}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "must be a JSON object"),
        ("{", "is not JSON"),
        ("[" * 50_000, "is not JSON"),
        (" " * 100_001, "longer than 100,000 bytes"),
    ],
)
def test_what_is_no_card_is_told(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(content, encoding="utf-8")

    with pytest.raises(BadCard, match=told):
        card_read(tmp_path)


@pytest.mark.parametrize("name", [CARD, "tokenizer.json", "config.json"])
def test_what_has_a_files_name_but_no_end_is_not_read(name: str, tmp_path: Path) -> None:
    """As a link to a device in a cloned repository has."""
    (tmp_path / name).symlink_to("/dev/zero")
    reads = {
        CARD: card_read,
        "tokenizer.json": lambda folder: Encoder.from_folder(folder, card_of("trl")),
        "config.json": config_read,
    }

    with pytest.raises((BadCard, BadCheckpoint), match="Not a regular file"):
        reads[name](tmp_path)


def test_a_folder_without_a_card_is_told_what_one_looks_like(tmp_path: Path) -> None:
    with pytest.raises(BadCard, match='"family": "qwen"'):
        card_read(tmp_path)
