"""Checkpoints that can't be scored with, told with the reason and the mend, before there is a wrong score."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelling.prm.backends import BadConfig
from labelling.prm.checkpoints.card import card_of, card_write
from labelling.prm.checkpoints.files import checkpoint_digest
from tests.prm.test_checkpoints import PAIR, score
from tests.prm.toys import MODELS, toy, toy_make

torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.ml, pytest.mark.filterwarnings("ignore")]  # theirs are theirs


def test_pickled_weights_are_not_opened(tmp_path: Path) -> None:
    folder = toy_make("trl")
    (folder / "model.safetensors").unlink()
    torch.save({"x": torch.zeros(1)}, folder / "pytorch_model.bin")

    with pytest.raises(BadConfig, match="Only safetensors are read"):
        score(folder, PAIR)


def test_a_models_own_code_does_not_run_and_is_not_needed() -> None:
    folder = toy("qwen")

    assert "auto_map" in json.loads((folder / "config.json").read_text())
    assert (folder / "modeling_qwen2_rm.py").read_text().startswith("raise SystemExit")
    assert None not in score(folder, PAIR)


def test_an_architecture_that_is_not_known_names_the_setting_that_would_run_its_code() -> None:
    folder = toy_make("qwen")
    config = json.loads((folder / "config.json").read_text()) | {"model_type": "unheard-of"}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(BadConfig, match="STEPMARK_TRUST_REMOTE_CODE=1"):
        score(folder, PAIR)


def test_other_files_than_those_registered_are_refused() -> None:
    folder = toy_make("trl")
    digest = checkpoint_digest(folder)
    assert None not in score(folder, PAIR, digest=digest)

    card_write(folder, card_of("trl", form="outcome"))
    with pytest.raises(BadConfig, match="digest differs"):
        score(folder, PAIR, digest=digest)


def test_weights_that_lack_a_part_of_the_model_are_refused() -> None:
    import safetensors.torch

    folder = toy_make("trl")
    tensors = safetensors.torch.load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(BadConfig, match=r"lack 1 tensors of the model, such as norm\.weight"):
        score(folder, PAIR)


def test_weights_that_were_cut_short_are_refused() -> None:
    folder = toy_make("trl")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])

    with pytest.raises(BadConfig, match="can't be loaded: SafetensorError"):
        score(folder, PAIR)


@pytest.mark.parametrize("changes", [{"num_attention_heads": 0}, {"max_position_embeddings": "big"}])
def test_a_configuration_of_nonsense_is_refused(changes: dict[str, Any]) -> None:
    folder = toy_make("trl")
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(BadConfig, match="can't be loaded"):
        score(folder, PAIR)


def test_an_output_that_the_configuration_would_change_is_asked_for_as_ever() -> None:
    folder = toy_make("trl")
    before = score(folder, PAIR)
    config = json.loads((folder / "config.json").read_text()) | {"return_dict": False, "output_attentions": True}
    (folder / "config.json").write_text(json.dumps(config))

    assert score(folder, PAIR) == before


@pytest.mark.parametrize("shape", [(2, 7), (2,), (0, 7)])
def test_a_classifier_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    import safetensors.torch

    folder = toy_make("trl")
    tensors = safetensors.torch.load_file(folder / "model.safetensors")
    tensors["score.weight"] = torch.zeros(shape)
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(BadConfig, match="the classifier has a layer of shape"):
        score(folder, PAIR)


def test_a_token_that_the_model_has_no_embedding_of_is_refused() -> None:
    folder = toy_make("trl")
    data = json.loads((folder / "tokenizer.json").read_text())
    data["model"]["vocab"]["Z"] = 99_999
    (folder / "tokenizer.json").write_text(json.dumps(data))

    with pytest.raises(BadConfig, match="makes the token 99999, but the model has"):
        score(folder, [("Z?", ("So Z.",))])


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("math-shepherd", {"family": "trl"}, "has no classifier"),
        ("trl", {"good": 2}, "good: there is no label 2: the classifier has 2"),
        ("rlhflow", {"good": "never"}, "good: the tokenizer knows no token 'never'"),
    ],
)
def test_a_card_that_does_not_fit_its_checkpoint_is_told(kind: str, changes: dict[str, Any], told: str) -> None:
    folder = toy_make(kind)
    card_write(folder, card_of(**{"family": MODELS[kind][0]} | changes))

    with pytest.raises(BadConfig, match=told):
        score(folder, PAIR)


def test_a_models_rescaled_logits_are_refused() -> None:
    folder = toy_make("math-shepherd")
    config = json.loads((folder / "config.json").read_text()) | {"logit_scale": 0.5}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(BadConfig, match="logit_scale"):
        score(folder, PAIR)
