"""A transformer PRM of random weights on solutions of real lengths: our batches, one by one, random batches of 32."""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kit import Skipped, run, say
from benchmarks.prm.solutions import solutions
from labelling.prm.backends.transformers import BUDGET

RANDOM_BATCH = 32
CHUNK = 500  # solutions at a time, as the worker's


def measure(options: argparse.Namespace) -> dict[str, Any]:
    try:
        import torch
    except ImportError as error:
        raise Skipped("needs the ml extra (pip install -r requirements-ml.txt)") from error
    from benchmarks.prm.shapes import SEVEN_BILLION, SMALL

    figures = _small(options, SMALL)
    if torch.cuda.is_available():
        say("a 7B-shaped model in bfloat16 …")
        figures |= _large(options, SEVEN_BILLION)
    return figures


def _small(options: argparse.Namespace, shape: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.prm.shapes import checkpoint_make
    from labelling.prm.checkpoints.scorer import Work, scorer_load

    texts, source = solutions(options.problems, options.samples)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint_make(Path(folder), texts, shape, "float32")
        scorer = scorer_load(Path(folder), budget=BUDGET, remote_code=False)
    steps = sum(len(given) for _, given in texts)
    encoded = scorer.encoder.encode(texts)
    scorer.score(texts[:4])  # whatever is made at the first call
    scorer.work = Work()
    say(f"{len(texts)} solutions ({source}), {steps} steps, {sum(len(one.ids) for one in encoded)} tokens; ours …")
    ours = _seconds(lambda: [scorer.score(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    work, scorer.work, scorer.share = scorer.work, Work(), False
    say(f"{ours:.1f} s; without shared prefixes …")
    unshared = _seconds(lambda: [scorer.score(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)])
    say(f"{unshared:.1f} s; random batches of {RANDOM_BATCH} …")
    shuffled = random.Random(0).sample(encoded, len(encoded))  # noqa: S311  no secret
    batches = [shuffled[at : at + RANDOM_BATCH] for at in range(0, len(shuffled), RANDOM_BATCH)]
    padded = _seconds(lambda: [_padded(scorer, [one.ids for one in batch]) for batch in batches])
    say(f"{padded:.1f} s; one by one …")
    alone = _seconds(lambda: [_padded(scorer, [one.ids]) for one in encoded])
    return {
        "solutions": len(texts),
        "lengths": source,
        "steps_per_second": round(steps / ours, 1),
        "tokens_per_second": round(work.needed / ours),
        "speedup_over_naive": round(alone / ours, 3),
        "speedup_over_random_batches": round(padded / ours, 3),
        "speedup_by_shared_prefixes": round(unshared / ours, 3),
        "speedup_over_random_batches_unshared": round(padded / unshared, 3),
        "tokens_computed_over_needed": round(work.computed / work.needed, 4),
        "tokens_computed_over_given": round(work.computed / work.given, 4),
        "tokens_computed_over_needed_unshared": round(scorer.work.computed / scorer.work.needed, 4),
        "tokens_computed_over_needed_at_random": round(
            sum(len(batch) * max(len(one.ids) for one in batch) for batch in batches) / work.needed, 3
        ),
        "peak_memory_mb": round(peak),
        "device": str(scorer.backbone.device),
    }


def _padded(scorer: Any, ids: Sequence[list[int]]) -> int:
    """As a first script does it: padded to the longest, with a mask, the head at every token."""
    import torch

    device, width = scorer.backbone.device, max(map(len, ids))
    rows, mask = (torch.zeros((len(ids), width), dtype=torch.long) for _ in range(2))
    for at, one in enumerate(ids):
        rows[at, : len(one)] = torch.tensor(one)
        mask[at, : len(one)] = 1
    with torch.inference_mode():
        hidden = scorer.backbone.model(input_ids=rows.to(device), attention_mask=mask.to(device)).last_hidden_state
        scorer.head.probabilities(hidden.flatten(0, 1)).cpu()
    return int(rows.numel())


def _large(options: argparse.Namespace, shape: dict[str, Any], precision: str = "bfloat16") -> dict[str, Any]:
    """Ours alone, of a model as large as those in use, and how much of what the device can do at best that is."""
    import torch

    from benchmarks.prm.shapes import checkpoint_make, matrix_peak, operations_a_token
    from labelling.prm.checkpoints.scorer import scorer_load

    texts, _ = solutions(options.problems, options.samples)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint_make(Path(folder), texts, shape, precision)
        scorer = scorer_load(Path(folder), budget=BUDGET, remote_code=False)
    device = scorer.backbone.device
    peak = matrix_peak(device, scorer.backbone.dtype, size=options.matrix)
    scorer.score(texts[:CHUNK])
    needed = scorer.work.needed
    seconds = _seconds(lambda: scorer.score(texts))
    rate = (scorer.work.needed - needed) / seconds
    memory = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else 0
    return {
        "large_parameters": sum(weight.numel() for weight in scorer.backbone.model.parameters()),
        "large_device": torch.cuda.get_device_name() if device.type == "cuda" else str(device),
        "large_solutions_per_second": round(len(texts) / seconds, 2),
        "large_steps_per_second": round(sum(len(steps) for _, steps in texts) / seconds, 1),
        "large_tokens_per_second": round(rate),
        "large_share_of_matrix_peak": round(rate * operations_a_token(scorer.backbone.model) / peak, 4),
        "large_matrix_peak_teraflops": round(peak / 1e12, 2),
        "large_peak_memory_mb": round(memory),
    }


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def broken(figures: Mapping[str, Any]) -> list[str]:
    """Padding doesn't hang on the machine's speed."""
    most = 1.02
    bars = ("tokens_computed_over_needed", "tokens_computed_over_needed_unshared")
    return [name for name in bars if figures.get(name, 0) > most]


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--problems", type=int, default=32)
    parser.add_argument("--samples", type=int, default=16, help="of each problem")
    parser.add_argument("--matrix", type=int, default=8_192, help="rows of the product that measures a GPU's peak")


if __name__ == "__main__":
    run("scoring", measure, options=options, broken=broken)
