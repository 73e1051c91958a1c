"""The example of docs/alternatives.md, by its own commands, on problems of the demo's kind and without a network."""

import json
import re
import shlex
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from labelling.corpus.candidates import Candidate
from labelling.corpus.world import make_world, to_native
from labelling.people.models import Role, User
from labelling.people.selectors import has_role
from labelling.rating.services import annotation_submit, guideline_acknowledge, lease_claim
from labelling.rating.turns import turn_open
from labelling.rounds.models import Campaign, Item
from tests.conftest import person
from tests.processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "alternatives.md"


def lines_of_the_page() -> list[list[str]]:
    block = re.search(r"## Try it.*?```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return [shlex.split(line)[2:] for line in block[1].splitlines()]


def rated(candidates: list[Candidate]) -> list[dict[str, Any]]:
    return [{"id": one.id, "rating": 1, "flagged": False} for one in candidates]


def run_to_the_end(rater: User, lease: Any) -> dict[str, Any]:
    """Everything is positive, and the first candidate goes on, until one ends it or none is left."""
    path: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    for _ in range(30):
        view = turn_open(rater=rater, campaign="turns", lease=lease, data={"path": path})
        candidates = list(view.candidates or [])
        if not candidates:
            break
        chosen = candidates[0]
        turns.append({"key": str(view.key), "candidates": rated(candidates), "chosen": chosen.id, "own": None})
        path.append({"candidate": chosen.id})
        if chosen.ends:
            break
    body = {"uuid": str(uuid.uuid4()), "turns": turns, "finish_reason": "solution", "total_time": 9000}
    annotation_submit(rater=rater, campaign="turns", lease=lease, data=body)
    return body


def test_the_example_works_as_it_stands(tmp_path: Path, processes: Processes) -> None:
    file, rows = tmp_path / "problems.jsonl", tmp_path / "turns.jsonl"
    samples = (json.dumps(to_native(sample)) for sample in make_world(seed=7, problems=12, samples=6))
    file.write_text("\n".join(samples), encoding="utf-8")
    processes.worker()
    call_command("import_solutions", str(file), campaign="demo", wait=True)
    call_command("score_solutions", model="demo-embedded", backend="constant", config='{"value": 0.5}', wait=True)
    rater = person("rater")
    here = {"var/demo/problems.jsonl": str(file), "turns.jsonl": str(rows)}
    *setting_up, exporting = [[here.get(word, word) for word in line] for line in lines_of_the_page()]
    for line in setting_up:
        call_command(*line)
    assert has_role(rater, Role.RATER)
    assert Item.objects.filter(campaign__slug="turns").count() >= 8
    guideline = Campaign.objects.get(slug="turns").guidelines.get()
    guideline_acknowledge(rater=rater, guideline=guideline)
    lease = lease_claim(rater=rater, campaign="turns").lease
    assert lease is not None
    body = run_to_the_end(rater, lease)
    call_command(*exporting)
    (row,) = map(json.loads, rows.read_text(encoding="utf-8").splitlines())
    assert len(row["label"]["steps"]) == len(body["turns"]) >= 2
    assert row["generation"] is None
