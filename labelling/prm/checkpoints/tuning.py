"""Fine-tuning a token classifier on labelled steps by Transformers' own Trainer. Torch is loaded by this module alone.

The tokens that are labelled are those that scoring reads (``encoding``). Checkpoints of the training lie in ``work``:
killed, it goes on from the last of them.
"""

import json
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
import transformers
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

from labelling.prm.checkpoints.backbone import context_of
from labelling.prm.checkpoints.card import CARD, Card, card_of, card_read, card_write
from labelling.prm.checkpoints.encoding import Encoder, cut
from labelling.prm.checkpoints.files import CONFIG, BadCheckpoint, config_read
from labelling.prm.checkpoints.recipe import LabelledText, Recipe

IGNORED: Final = -100  # a token that no loss is computed of
_TOKENIZER: Final = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
_HALF: Final = 0.5

Watch = Callable[[int, int, str], None]  # steps of training done, of how many, the loss in words


@dataclass(frozen=True)
class Tuned:
    """``losses``: on the training data, of the first steps and of the last ones told; ``held_loss``: the best."""

    losses: tuple[float, float]
    held_loss: float | None
    steps: int
    epochs: float


def card_for(base: Path, objective: str) -> Card:
    """The base's own card where it is a classifier's, else TRL's. Raises BadCard, BadCheckpoint."""
    if not (base / CONFIG).is_file():
        raise BadCheckpoint(f"{base}: is no folder with a model to begin from ({CONFIG} and tokenizer.json).")
    card = card_read(base) if (base / CARD).is_file() else card_of("trl")
    if card.head != "labels":
        raise BadCheckpoint(f"{base}: its card reads the vocabulary ({card.family}); a classifier's can be trained.")
    return replace(card, form=objective)


def tune(
    train: Sequence[LabelledText], held: Sequence[LabelledText], *, recipe: Recipe, card: Card, work: Path, watch: Watch
) -> Tuned:
    """Train from ``recipe.base``; the best model by the loss on ``held`` lies in ``work / "model"`` at the end."""
    transformers.set_seed(recipe.seed)
    base = Path(recipe.base)
    config, encoder, model = config_read(base), Encoder.from_folder(base, card), _model(base)
    tokens = min(recipe.tokens, context_of(model, config, card) or recipe.tokens)
    rows = {name: _rows(texts, encoder, tokens) for name, texts in (("train", train), ("held", held))}
    if not rows["train"]:
        raise BadCheckpoint(f"No labelled step lies within {tokens} tokens.")
    trainer = transformers.Trainer(
        model=model,
        args=_arguments(recipe, work, len(rows["train"]), has_held=bool(rows["held"])),
        train_dataset=rows["train"],
        eval_dataset=rows["held"] or None,
        data_collator=_together,
        callbacks=[_Told(watch), *_stopping(recipe, has_held=bool(rows["held"]))],
    )
    trainer.train(resume_from_checkpoint=_last_whole(work))
    _save(trainer, base, card, work / "model")
    return _tuned(trainer)


def _last_whole(work: Path) -> str | None:
    """The last checkpoint that was written to its end, which its state tells of. What a kill left half written goes."""
    while work.is_dir() and (last := get_last_checkpoint(str(work))) is not None:
        try:
            json.loads((Path(last) / TRAINER_STATE_NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(last)
        else:
            return str(last)
    return None


def _rows(texts: Sequence[LabelledText], encoder: Encoder, tokens: int) -> list[dict[str, list[int]]]:
    """Token ids and a label a token; solutions of which nothing labelled fits are left out."""
    encoded = [cut(one, tokens) for one in encoder.encode([(text.problem, text.steps) for text in texts])]
    found = []
    for text, one in zip(texts, encoded, strict=True):
        labels = [IGNORED] * len(one.ids)
        for at, target in text.labels.items():
            if at < len(one.marks):
                labels[one.marks[at]] = int(target >= _HALF) ^ int(encoder.card.good == 0)
        if any(label != IGNORED for label in labels):
            found.append({"input_ids": one.ids, "labels": labels})
    return found


def _together(rows: Sequence[Mapping[str, list[int]]]) -> dict[str, torch.Tensor]:
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, value: int) -> torch.Tensor:
        return torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in rows])

    ids = padded("input_ids", 0)
    seen = torch.tensor([[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows])
    return {"input_ids": ids, "attention_mask": seen, "labels": padded("labels", IGNORED)}


def _model(base: Path) -> Any:
    """Weights as safetensors only, no code of the checkpoint's own; a head of two labels where it has none."""
    made = transformers.AutoModelForTokenClassification.from_pretrained(
        base, num_labels=2, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, local_files_only=True
    )
    made.config.use_cache = False
    return made


def _arguments(recipe: Recipe, work: Path, rows: int, *, has_held: bool) -> Any:
    on_gpu = torch.cuda.is_available()
    an_epoch = -(-rows // recipe.batch)
    every = max(1, min(recipe.checkpoint_steps, an_epoch))
    return transformers.TrainingArguments(
        output_dir=str(work),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.rate,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=recipe.batch,
        train_sampling_strategy="group_by_length",
        lr_scheduler_type="linear",
        warmup_steps=0.05,
        weight_decay=0.01,
        seed=recipe.seed,
        data_seed=recipe.seed,
        bf16=on_gpu,
        gradient_checkpointing=on_gpu,
        use_cpu=not on_gpu,
        logging_steps=max(1, min(10, an_epoch)),
        logging_first_step=True,
        logging_nan_inf_filter=False,  # else a loss that ran over is told as 0
        eval_strategy="steps" if has_held else "no",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        restore_callback_states_from_checkpoint=True,  # a kill gives no new patience
        load_best_model_at_end=has_held,
        metric_for_best_model="eval_loss" if has_held else None,
        greater_is_better=False if has_held else None,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
        dataloader_pin_memory=on_gpu,
    )


def _stopping(recipe: Recipe, *, has_held: bool) -> list[Any]:
    return [transformers.EarlyStoppingCallback(early_stopping_patience=recipe.patience)] if has_held else []


class _Told(transformers.TrainerCallback):  # type: ignore[misc]  # it has no types here
    """Tells of every log: how far, and the loss. Raises BadCheckpoint where that is no number any more."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            if not math.isfinite(float(logs["loss"])):
                raise BadCheckpoint(f"The training ran over at step {state.global_step}: take a lower rate.")
            self.watch(state.global_step, state.max_steps, f"loss {float(logs['loss']):.3f}")


def _save(trainer: Any, base: Path, card: Card, folder: Path) -> None:
    trainer.model.save_pretrained(folder)
    for name in _TOKENIZER:
        if (base / name).is_file():
            shutil.copy(base / name, folder / name)
    card_write(folder, card)


def _tuned(trainer: Any) -> Tuned:
    history = trainer.state.log_history
    losses = [float(one["loss"]) for one in history if "loss" in one]
    held = [float(one["eval_loss"]) for one in history if "eval_loss" in one]
    return Tuned(
        (round(losses[0], 4), round(losses[-1], 4)),
        round(min(held), 4) if held else None,
        int(trainer.state.global_step),
        round(float(trainer.state.epoch or 0), 2),
    )


def versions() -> str:
    """Of what trains, for the record."""
    return json.dumps({"torch": torch.__version__, "transformers": transformers.__version__})
