"""The transformer below the head, loaded from safetensors without anybody's code unless that is allowed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a checkpoint is a folder here: nothing is ever fetched

import torch
import transformers
from torch import nn

from labelling.prm.checkpoints.card import Card
from labelling.prm.checkpoints.files import BadCheckpoint, config_read, context_told, lengths_told, weight_files

_PLACES: Final = "position_embeddings"
_UNUSED: Final = "pooler."  # of encoders: made anew, and never asked


@dataclass(frozen=True)
class Backbone:
    """``causal``: no token sees a later one, so padding behind it, and what follows the last mark, change nothing."""

    model: nn.Module
    device: torch.device
    dtype: torch.dtype
    causal: bool
    limit: int | None


def backbone_load(folder: Path, card: Card, *, remote_code: bool) -> Backbone:
    """Load onto the GPU, where there is one. Raises BadCheckpoint."""
    weight_files(folder)
    config = config_read(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = _dtype(card, device)
    model = _loaded(folder, dtype, remote_code=remote_code).to(device).eval()
    model.config.use_cache, model.config.return_dict = False, True
    model.requires_grad_(requires_grad=False)
    return Backbone(model, device, dtype, _is_causal(model), context_of(model, config, card))


def context_of(model: nn.Module, config: Mapping[str, Any], card: Card) -> int | None:
    """How many tokens the model takes, or None. RoBERTa's kin count places from behind the padding's."""
    lengths = [one - _first_place(model) for one in lengths_told(config)]
    return context_told(lengths, card)


def _first_place(model: nn.Module) -> int:
    for name, module in model.named_modules():
        if name.endswith(_PLACES) and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            return int(module.padding_idx) + 1
    return 0


def _loaded(folder: Path, dtype: torch.dtype, *, remote_code: bool) -> Any:
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()  # that the head is not the backbone's is known
    bars = transformers.logging.is_progress_bar_enabled()
    transformers.logging.disable_progress_bar()
    try:
        model, told = transformers.AutoModel.from_pretrained(
            str(folder),
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=remote_code,
            output_loading_info=True,
        )
    except Exception as error:  # of safetensors, of a configuration's checks, of arithmetic on its figures …
        hint = _hint(folder, remote_code) if isinstance(error, OSError | ValueError | ImportError) else ""
        raise BadCheckpoint(f"{folder}: can't be loaded: {type(error).__name__}: {error}{hint}") from error
    finally:
        transformers.logging.set_verbosity(level)
        if bars:
            transformers.logging.enable_progress_bar()
    missing = sorted(name for name in told["missing_keys"] if not name.startswith(_UNUSED))
    if missing:
        raise BadCheckpoint(f"{folder}: the weights lack {len(missing)} tensors of the model, such as {missing[0]}")
    return model


def _hint(folder: Path, remote_code: bool) -> str:
    if remote_code or "auto_map" not in config_read(folder):
        return ""
    return ". It brings code of its own, which runs only where STEPMARK_TRUST_REMOTE_CODE=1: read that code first."


def _dtype(card: Card, device: torch.device) -> torch.dtype:
    if card.precision == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return torch.bfloat16 if card.precision == "bfloat16" else torch.float32


def _is_causal(model: nn.Module) -> bool:
    told = [module.is_causal for module in model.modules() if isinstance(getattr(module, "is_causal", None), bool)]
    return bool(told) and all(told)
