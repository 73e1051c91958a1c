"""``manage.py seed_demo``: the demo's problems, reward model, rounds and people, by the same commands that people use.

Five simulated raters (docs/simulation.md) label a first round, which is closed; a second one is open for people.

Safe to run again, after a kill too: the worlds are made from seeds, so nothing is added twice and the same labels train
the same model; only the passwords are fresh each time.
"""

import io
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from labelling.corpus.models import PoolEntry
from labelling.corpus.text import problem_key
from labelling.corpus.world import WorldSample, make_world, to_native, to_prm800k_row
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.services import member_add, password_make, user_set_password
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign, ItemKind, ItemState, Round, RoundState

CAMPAIGN = "demo"
SEED = 20230531
SAMPLES = 8
MODEL = "demo-embedded"
TRAINING_SEED = SEED - 1  # another world: made by the same rules, of other problems
TRAINING_SAMPLES = 4
GOLDS = 30
SIMULATED = "simulated"  # the pool of raters whom the first round is for
RATERS = ("careful=1", "steady=1", "strict=1", "tired=1", "careless=1")  # the last one is bad
CREW_SEED = 40  # by which each good rater misses one of the round's golds at most: gold pauses the bad one alone
OVERLAP = 3
_SPARE = 2  # so many times the problems asked for: more than the pool can have of them


class Command(BaseCommand):
    help = "Make the demo's problems, import, grade and score them, let simulated raters label a round, open the next."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--problems", type=int, default=60, help="in the pool")
        parser.add_argument("--simulated-items", type=int, default=40, help="in the round of simulated raters")
        parser.add_argument("--training-problems", type=int, default=200, help="whose gold labels the PRM learns from")

    def handle(self, *args: Any, **options: Any) -> None:
        samples = list(make_world(seed=SEED, problems=options["problems"], samples=SAMPLES))
        path = _written("problems.jsonl", map(to_native, samples))
        call_command("import_solutions", str(path), campaign=CAMPAIGN, wait=True, stdout=self.stdout)
        Campaign.objects.filter(slug=CAMPAIGN, name=CAMPAIGN).update(name="Demo: algebra and word problems")
        rounds = Round.objects.filter(campaign__slug=CAMPAIGN)
        if not rounds.exists():  # a second start finds all done
            self._train(options["training_problems"])
            call_command("score_solutions", model=MODEL, campaign=CAMPAIGN, wait=True, stdout=self.stdout)
            gold = _written("gold.jsonl", map(_gold, _chosen_for_gold(samples)))
            call_command("import_gold", str(gold), campaign=CAMPAIGN, stdout=self.stdout)
            simulated = {"per_problem": 1, "budget": options["simulated_items"], "overlap": OVERLAP, "pool": SIMULATED}
            call_command("open_round", CAMPAIGN, **simulated, model=MODEL, stdout=io.StringIO())
        if not rounds.filter(pool="").exists():
            self._simulate(rounds.get(pool=SIMULATED))
            call_command("open_round", CAMPAIGN, per_problem=2, budget=80, model=MODEL, stdout=self.stdout)
        self._people()

    def _simulate(self, first: Round) -> None:
        """Let the simulated raters label what they have not labelled yet, and close their round."""
        if first.items.filter(kind=ItemKind.NORMAL, state=ItemState.QUEUED).exists():
            self.stderr.write(f"  {len(RATERS)} simulated raters label a first round …", style_func=str)
            crew = {"raters": RATERS, "pool": SIMULATED, "seed": CREW_SEED, "fast": True}
            call_command("simulate", CAMPAIGN, **crew, stdout=self.stdout, stderr=self.stderr)
        if first.state == RoundState.OPEN:
            call_command("close_round", CAMPAIGN, stdout=self.stdout)

    def _train(self, count: int) -> None:
        """Train the demo's reward model on gold labels of problems that the pool has not, and say so."""
        training, met = _training(count)
        path = _written("training.jsonl", map(to_prm800k_row, training))
        # At once, as it takes a while: `make demo` shows standard output last of all.
        self.stderr.write(f"  training {MODEL} on gold labels of {count:,} generated problems …", style_func=str)
        call_command("train_prm", str(path), name=MODEL, stdout=io.StringIO(), stderr=self.stderr)
        version = ModelVersion.objects.select_related("model").filter(model__name=MODEL).latest("number")
        facts = version.facts
        self.stdout.write(
            f"Trained {version} on gold labels of {facts['problems']:,} generated problems kept out of the pool "
            f"(left out for being in it: {met:,}):\n{facts['steps']:,} rated steps and alternatives in "
            f"{facts['seconds']} s, AUC {facts['auc']:.3f}, ECE {facts['ece']:.3f} ({facts['measured']})."
        )

    def _people(self) -> None:
        """One rater, and one lead who is the operator too: on a laptop these are one person."""
        roles = {"rater": [(Role.RATER, CAMPAIGN)], "lead": [(Role.LEAD, CAMPAIGN), (Role.OPERATOR, EVERY_CAMPAIGN)]}
        lines = []
        for username, granted in roles.items():
            user, password = self._person(username)
            for role, campaign in granted:
                member_add(user=user, role=role, campaign=campaign)
            lines.append(f"  {username:<6} password {password}")
        self.stdout.write("\n".join(["", "Sign in as", *lines, ""]))

    def _person(self, username: str) -> tuple[User, str]:
        user, _ = User.objects.get_or_create(username=username)
        password = password_make()
        user_set_password(user=user, password=password)
        return user, password


def _chosen_for_gold(samples: Sequence[WorldSample]) -> list[WorldSample]:
    """The last sample of every other problem: right and wrong ones; most of each problem is left for the rounds."""
    return [sample for sample in samples if sample.sample_index == SAMPLES - 1][::2][:GOLDS]


def _gold(sample: WorldSample) -> dict[str, object]:
    if sample.first_error is None:
        return to_native(sample) | {"explanation": "No step of this solution is wrong."}
    kind = (sample.error_kind or "error").replace("-", " ")
    return to_native(sample) | {"explanation": f"The first error is in step {sample.first_error + 1}: {kind}."}


def _training(count: int) -> tuple[list[WorldSample], int]:
    """Samples of ``count`` problems that the pool has not, and how many problems were left out for being in it."""
    pool = {key.hex for key in PoolEntry.objects.filter(campaign=CAMPAIGN).values_list("problem__key", flat=True)}
    world = make_world(seed=TRAINING_SEED, problems=_SPARE * count, samples=TRAINING_SAMPLES)
    taken: list[WorldSample] = []
    met = new = 0
    for problem, samples in groupby(world, key=lambda sample: sample.problem):
        if new == count:
            break
        if problem_key(problem) in pool:
            met += 1
        else:
            new += 1
            taken += samples
    return taken, met


def _written(name: str, lines: Iterable[dict[str, object]]) -> Path:
    """The lines as a JSONL file among the demo's."""
    path: Path = settings.VAR / "demo" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return path
