"""``manage.py seed_demo``: the demo's problems, scores, round and people, through the same commands that people use.

Safe to run again: the world is made from a seed, so nothing is added twice; only the passwords are fresh each time.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from labelling.corpus.world import SCORER, make_world, to_native
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.services import member_add, password_make, user_set_password
from labelling.rounds.models import Campaign, Round

CAMPAIGN = "demo"
SEED = 20230531
SAMPLES = 8


class Command(BaseCommand):
    help = "Make the demo's problems, import, grade and score them, open a round, and set fresh passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--problems", type=int, default=60)

    def handle(self, *args: Any, **options: Any) -> None:
        path = self._world(options["problems"])
        call_command("import_solutions", str(path), campaign=CAMPAIGN, wait=True, stdout=self.stdout)
        Campaign.objects.filter(slug=CAMPAIGN, name=CAMPAIGN).update(name="Demo: algebra and word problems")
        if not Round.objects.filter(campaign__slug=CAMPAIGN).exists():  # a second start has no worker to wait for
            call_command("score_solutions", model=SCORER, campaign=CAMPAIGN, wait=True, stdout=self.stdout)
            call_command("open_round", CAMPAIGN, per_problem=2, budget=80, model=SCORER, stdout=self.stdout)
        self._people()

    def _world(self, problems: int) -> Path:
        path = settings.VAR / "demo" / "problems.jsonl"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for sample in make_world(seed=SEED, problems=problems, samples=SAMPLES):
                file.write(json.dumps(to_native(sample), ensure_ascii=False) + "\n")
        return path

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
