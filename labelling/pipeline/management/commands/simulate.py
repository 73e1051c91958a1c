"""``manage.py simulate CAMPAIGN --raters careful=2 careless=1``: simulated raters label what is queued."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom
from statistics import median
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from labelling.jobs.terminal import console_on, printable
from labelling.people.models import User
from labelling.people.services import password_make, user_set_password
from labelling.pipeline.crew import Watch, work_at_once, work_in_turn
from labelling.pipeline.service_desk import ServiceDesk
from labelling.pipeline.simulated import (
    SimulationRefused,
    judged_before,
    passwords_drop,
    simulated_rater_add,
    truths_of,
    work_expected,
)
from labelling.pipeline.simulation import PROFILES, BadProfile, Profile, profiles_from_json
from labelling.pipeline.simulation.http_desk import HttpDesk
from labelling.pipeline.simulation.work import Session, SimulationFault
from labelling.pipeline.terminal import work_shown
from labelling.rating.models import Standing
from labelling.rounds.management.commands.open_round import campaign_named
from labelling.rounds.models import Campaign, ErrorNotes, Mode

MOST_RATERS = 500


class Command(BaseCommand):
    help = (
        "Let simulated raters of known accuracy, bias, speed, neutral habit and fatigue label what is queued, through "
        "the sign-in form and the API as people do, or (--fast) through the services. The truth about each solution "
        "must be known: the demo world's, or gold. They and their annotations are marked as simulated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = ", ".join(PROFILES)
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument(
            "--raters", nargs="+", metavar="PROFILE[=COUNT]", help=f"how many of which profile (there are: {kinds})"
        )
        parser.add_argument("--profiles", type=Path, metavar="FILE", help="further profiles, JSON (docs/simulation.md)")
        parser.add_argument("--items", type=int, metavar="N", help="at most so many each (default: all there are)")
        parser.add_argument("--seed", type=int, help="the same seed judges alike (default: by chance, and printed)")
        parser.add_argument("--fast", action="store_true", help="through the services, in this process")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the server's address (%(default)s)")
        parser.add_argument(
            "--pace", type=float, default=0.0, metavar="SHARE", help="of their active time really passes (default: 0)"
        )
        parser.add_argument("--pool", help="put them into this pool of raters (default: leave it)")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        if campaign.mode == Mode.ALTERNATIVES:
            raise CommandError("Simulated raters read finished solutions: they have no part in alternatives mode.")
        crew = _crew(options)
        seed = SystemRandom().randrange(2**31) if options["seed"] is None else options["seed"]
        try:
            truths = truths_of(campaign)
            users = [simulated_rater_add(campaign=campaign, username=n, pool=options["pool"]) for n, _ in crew]
        except (SimulationRefused, ValidationError) as error:
            raise CommandError(str(error)) from error
        before = judged_before(campaign=campaign, users=users)
        sessions = [
            Session(
                name=name,
                profile=profile,
                desk=ServiceDesk(rater=user, campaign=campaign),
                truths=truths,
                seed=seed,
                most=options["items"],
                before=before[user.pk],
                pace=options["pace"],
                every_step=campaign.mode == Mode.EVERY_STEP,
                notes=campaign.error_notes != ErrorNotes.OFF,
            )
            for (name, profile), user in zip(crew, users, strict=True)
        ]
        expected = work_expected(campaign=campaign, raters=len(users), most=options["items"])
        faults = self._work(sessions, users, campaign, expected, options)
        how = "the services" if options["fast"] else options["url"]
        _show(console_on(self.stdout), campaign, sessions, f"seed {seed}, through {how}")
        if faults:
            raise CommandError("\n".join(faults))

    def _work(
        self, sessions: Sequence[Session], users: Sequence[User], campaign: Campaign, expected: int, options: Any
    ) -> list[str]:
        """Let them work; what went wrong. Whatever happens, no password of theirs outlives the run."""
        try:
            with work_shown(console_on(self.stderr), expected) as watch:
                if options["fast"]:
                    return work_in_turn(sessions, watch)
                return _through_the_web(sessions, users, campaign, options["url"], watch)
        except KeyboardInterrupt:
            raise CommandError("Stopped; what was submitted is kept.", returncode=130) from None
        finally:
            if not options["fast"]:
                passwords_drop(users)


def _crew(options: Any) -> list[tuple[str, Profile]]:
    """(name, profile) of each rater that is asked for."""
    profiles = {**PROFILES, **_from_file(options["profiles"])}
    wanted = options["raters"] or ([f"{name}=1" for name in _from_file(options["profiles"])])
    if not wanted:
        raise CommandError(f"Say which raters: --raters careful=2 careless=1 (there are: {', '.join(profiles)}).")
    for name, value, least in (("items", options["items"], 1), ("pace", options["pace"], 0)):
        if value is not None and value < least:
            raise CommandError(f"--{name} is {value:g}: it must be {least} or more.")
    counts: Counter[str] = Counter()
    for one in wanted:
        name, _, count = one.partition("=")
        if name not in profiles:
            raise CommandError(f"There is no profile '{printable(name)}'; there are: {', '.join(profiles)}.")
        if not (count or "1").isdecimal() or not 1 <= int(count or 1) <= MOST_RATERS:
            raise CommandError(f"--raters {one}: the count must be a whole number from 1 to {MOST_RATERS}.")
        counts[name] += int(count or 1)
    return [(f"sim-{name}-{number}", profiles[name]) for name, n in counts.items() for number in range(1, n + 1)]


def _from_file(path: Path | None) -> dict[str, Profile]:
    if path is None:
        return {}
    try:
        return profiles_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadProfile) as error:
        raise CommandError(f"--profiles {path}: {error}") from error


def _through_the_web(
    sessions: Sequence[Session], users: Sequence[User], campaign: Campaign, url: str, watch: Watch
) -> list[str]:
    desks: list[HttpDesk] = []
    try:
        for session, user in zip(sessions, users, strict=True):
            password = password_make()
            user_set_password(user=user, password=password)
            desk = HttpDesk(url, campaign=campaign.slug)
            desks.append(desk)
            desk.sign_in(user.username, password)
            session.desk = desk
        return work_at_once(sessions, watch)
    except SimulationFault as error:
        return [str(error)]
    finally:
        for desk in desks:
            desk.close()


def _show(console: Console, campaign: Campaign, sessions: Sequence[Session], how: str) -> None:
    standings = {
        one.rater.username: one
        for one in Standing.objects.filter(
            campaign=campaign, rater__username__in=[session.name for session in sessions]
        ).select_related("rater")
    }
    table = Table("rater", "solutions", "right", "gold right", "median time", "in the end")
    for session in sessions:
        table.add_row(*_row(session, standings[session.name]))
    total = sum(len(session.done) for session in sessions)
    done = f"{len(sessions)} simulated raters judged {total:,} solutions of {campaign.slug}"
    console.print(f"{done} ({how}):", markup=False)
    console.print(table)
    for name in sorted(name for name, one in standings.items() if one.paused_at):
        reason = standings[name].pause_reason
        console.print(f"{name} is paused: {printable(reason)}", markup=False, highlight=False)


def _row(session: Session, standing: Standing) -> tuple[str, ...]:
    judged = [one.right for one in session.done if one.right is not None]
    times = [one.total_time for one in session.done]
    gold = f"{standing.gold_right} of {standing.gold_seen}" if standing.gold_seen else "–"
    right = f"{sum(judged) / len(judged):.0%}" if judged else "–"
    middle = f"{median(times) / 1000:.0f} s" if times else "–"
    return session.name, str(len(session.done)), right, gold, middle, session.ended.replace("-", " ")
