"""What the import tests share: lines in the native format, files of them, and an import as the command does it."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labelling.corpus.importers import ImportContext
from labelling.corpus.services import ImportReport, solutions_import, sources_open


def line(**keys: Any) -> dict[str, Any]:
    """A sample in the native format; the keys given replace or add."""
    sample = {
        "problem": "What is 6 times 7?",
        "reference_answer": "42",
        "generator": "made-up-7b",
        "source": "tests",
        "sample_index": 0,
        "steps": ["6 times 7 is 42.", "A: 42"],
    }
    return sample | keys


def score_line(index: int, scores: list[float], *, problem_id: str = "p1", scorer: str = "prm-a") -> dict[str, Any]:
    """One PRM's step scores in a file of their own."""
    return {"problem_id": problem_id, "candidate_index": index, "prm_name": scorer, "step_scores": scores}


def pool_line(*texts: str, problem_id: str = "p1") -> dict[str, Any]:
    """A best-of-N pool: a problem and its candidates, each of as many steps as it has lines."""
    candidates = [{"text": text, "steps": text.split("\n"), "final": None} for text in texts]
    question = f"What is 6 times 7? ({problem_id})"
    return {"problem_id": problem_id, "question": question, "ground_truth": "42", "candidates": candidates}


def write(path: Path, lines: Iterable[dict[str, Any] | str | bytes]) -> Path:
    """Write lines; a dict becomes JSON, text and bytes stand as they are."""
    parts = [json.dumps(one).encode() if isinstance(one, dict) else one for one in lines]
    content = b"\n".join(part.encode() if isinstance(part, str) else part for part in parts) + b"\n"
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def import_files(
    *paths: Path | str,
    rejects: Path,
    campaign: str = "",
    format_name: str | None = None,
    context: ImportContext | None = None,
) -> ImportReport:
    context = context or ImportContext()
    sources = sources_open(files=[str(path) for path in paths], format_name=format_name, context=context)
    return solutions_import(sources=sources, context=context, campaign=campaign, rejects=rejects)


def rejected(path: Path) -> list[dict[str, Any]]:
    """The rejects file's rows."""
    return [json.loads(row) for row in path.read_text("ascii").splitlines()] if path.exists() else []
