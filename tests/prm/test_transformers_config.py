"""The backend ``transformers`` where there is no torch, or no checkpoint: what is refused at once, and what later."""

import json
from pathlib import Path

import pytest

from labelling.prm.backends import BadConfig, ScoringItem, backend_make
from labelling.prm.checkpoints.card import CARD, card_of, card_write
from labelling.prm.checkpoints.files import INDEX, BadCheckpoint, config_read, tensor_places, weight_files
from labelling.prm.services import ModelRefused, model_register

ITEM = ScoringItem("What is 1 + 1?", ("It is 2.",))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, "needs its checkpoint's folder"),
        ({"path": ""}, "needs its checkpoint's folder"),
        ({"path": 7}, "needs its checkpoint's folder"),
        ({"path": "x", "digest": 7}, "takes as 'digest' a text"),
    ],
)
def test_a_configuration_that_is_none_is_refused(config: dict[str, object], told: str) -> None:
    with pytest.raises(BadConfig, match=told):
        backend_make("transformers", config)


def test_a_folder_on_another_machine_may_be_named_but_not_scored_with(tmp_path: Path) -> None:
    backend = backend_make("transformers", {"path": str(tmp_path / "elsewhere")})

    assert backend.precision
    assert backend.score([]) == []
    with pytest.raises(BadConfig, match="is no folder on this machine"):
        backend.score([ITEM])


def test_a_folder_that_is_here_is_looked_at_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=f"{CARD}: No such file"):
        backend_make("transformers", {"path": str(tmp_path)})

    card_write(tmp_path, card_of("trl"))
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    with pytest.raises(BadConfig, match="Only safetensors are read"):
        backend_make("transformers", {"path": str(tmp_path)})


@pytest.mark.django_db
def test_a_model_whose_card_says_outcome_is_registered_as_one(tmp_path: Path) -> None:
    """As a process model it would be measured on steps that it never judges."""
    folders = [tmp_path / form for form in ("outcome", "process")]
    for folder in folders:
        folder.mkdir()
        card_write(folder, card_of("qwen", form=folder.name))
        (folder / "model.safetensors").write_bytes(b"")
        for backend, more in (("transformers", {}), ("vllm", {"url": "http://gpu-1", "model": "m"})):
            config = {"path": str(folder), **more}
            assert (
                model_register(name=f"{folder.name} {backend}", backend=backend, config=config)[0].objective
                == folder.name
            )

    with pytest.raises(ModelRefused, match="is registered with the objective 'process', not 'outcome'"):
        model_register(name="process transformers", backend="transformers", config={"path": str(folders[0])})


@pytest.mark.parametrize("name", ["../model.safetensors", "model.bin", 7])
def test_an_index_names_only_safetensors_beside_it(name: object, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": {"x": name, "y": name}}))

    with pytest.raises(BadCheckpoint, match="no safetensors file beside it"):
        weight_files(tmp_path)


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation", "experts_implementation"])
def test_kernels_from_elsewhere_are_code_and_not_loaded(key: str, tmp_path: Path) -> None:
    for config in ({key: "somebody/kernels:fast"}, {"text_config": {key: "somebody/kernels"}}):
        (tmp_path / "config.json").write_text(json.dumps(config))
        with pytest.raises(BadCheckpoint, match=f"config.json: {key}: 'somebody/kernels.*is code from elsewhere"):
            config_read(tmp_path)

    (tmp_path / "config.json").write_text(json.dumps({key: "sdpa"}))
    assert config_read(tmp_path) == {key: "sdpa"}


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 30, b"\x02" + b"\x00" * 7 + b"[]", b"\x80\x04cos\n"])
def test_what_is_no_safetensors_file_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)

    with pytest.raises(BadCheckpoint, match="is no safetensors file"):
        tensor_places(tmp_path)
