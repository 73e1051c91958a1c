"""A campaign with a long queue and its raters, made in the database: the big tables by ``INSERT … SELECT``.

Texts are the demo world's, each problem and solution a variant of its own. To be called with Django set up.
"""

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from benchmarks.kit import say
from benchmarks.load.stage import Connection, Stage

TEMPLATES = 400
PER_PROBLEM = 10
GOLDS = 12
SLUG = "load"
PASSWORD = "a-load-of-labels-4711"  # noqa: S105  of made-up people in a folder that is gone after the run
PAGE = f"/label/{SLUG}/"

MAKE_TEMPLATES = """
CREATE TABLE bench_template (number int PRIMARY KEY, problem text, answer text, solution text, steps text[], found text)
"""
PROBLEMS = """
INSERT INTO corpus_problem (key, text, reference_answer, reference_solution, held_out, created_at)
SELECT md5('problem ' || n)::uuid, t.problem || ' (Variant ' || n || '.)', t.answer, t.solution, false, now()
FROM generate_series(0, %(problems)s::int - 1) n JOIN bench_template t ON t.number = n %% %(templates)s::int
"""
SOLUTIONS = """
INSERT INTO corpus_solution (problem_id, key, text, steps, final_answer, truncated, first_index, verdict, verdict_why,
                             created_at)
SELECT p.id, md5('solution ' || n || ' ' || k)::uuid, array_to_string(v.steps, E'\\n'), v.steps, t.found, false, k - 1,
       'wrong', 'other answer', now()
FROM generate_series(0, %(problems)s::int - 1) n JOIN bench_template t ON t.number = n %% %(templates)s::int
JOIN corpus_problem p ON p.key = md5('problem ' || n)::uuid
CROSS JOIN generate_series(1, %(per_problem)s::int) k
CROSS JOIN LATERAL (SELECT ARRAY['Attempt ' || k || '. ' || t.steps[1]] || t.steps[2:] AS steps) v
"""
ITEMS = """
INSERT INTO rounds_item (round_id, campaign_id, solution_id, kind, state, state_reason, position, strategy,
                         strategy_version, verdict, score, rank, overlap, held, completed)
SELECT %(round)s, %(campaign)s, s.id, 'normal', 'queued', '', row_number() OVER (ORDER BY s.first_index, s.id) - 1,
       'convincing-wrong', 1, 'wrong', random(), s.first_index + 1, %(overlap)s, 0, 0
FROM corpus_solution s WHERE s.id <= %(last)s
"""
# The queue's next items, from the solutions in reserve: as many as annotations came in since the last look.
LOOK = "SELECT count(*), max(id) FROM rating_annotation WHERE id > %(seen)s"
REFILL = """
INSERT INTO rounds_item (round_id, campaign_id, solution_id, kind, state, state_reason, position, strategy,
                         strategy_version, verdict, score, rank, overlap, held, completed)
SELECT last.round_id, last.campaign_id, s.id, 'normal', 'queued', '',
       last.furthest + row_number() OVER (ORDER BY s.id), last.strategy, 1, 'wrong', 0.5, 1, last.overlap, 0, 0
FROM (SELECT i.*, (SELECT max(position) FROM rounds_item) AS furthest
      FROM rounds_item i WHERE i.kind = 'normal' LIMIT 1) last,
     (SELECT id FROM corpus_solution WHERE id > %(last)s ORDER BY id LIMIT %(count)s) s
"""
REFILL_SECONDS = 0.5


class OutOfReserve(Exception):
    """More was labelled than solutions were made for."""


@dataclass(frozen=True)
class Cast:
    """Who labels, by user name (sign-in: ``PASSWORD``), and two more for what is logged in this process."""

    raters: list[str]
    loggers: list[str]
    last_queued: int  # the last solution that has an item; those after it are the reserve


def fill(stage: Stage, *, items: int, reserve: int, overlap: int, raters: int, lease_minutes: int = 60) -> Cast:
    """Make a round of so many items and its raters, who have read the guidelines; then let the database settle.

    ``reserve``: further solutions, which ``Refill`` may queue.
    """
    begun = time.monotonic()
    problems = -(-(items + reserve + GOLDS) // PER_PROBLEM)
    cast = Cast([f"rater-{number}" for number in range(raters)], ["logger-0", "logger-1"], last_queued=items)
    campaign, round_ = _campaign(overlap=overlap, lease_minutes=lease_minutes)
    _people([*cast.raters, *cast.loggers], campaign)
    with stage.connect() as connection:
        _templates(connection)
        counts = {"problems": problems, "templates": TEMPLATES, "per_problem": PER_PROBLEM}
        connection.execute(PROBLEMS, counts)
        connection.execute("ANALYZE corpus_problem")
        connection.execute(SOLUTIONS, counts)
        queue = {"round": round_, "campaign": campaign, "overlap": overlap, "last": cast.last_queued}
        connection.execute(ITEMS, queue)  # a new database counts from 1
        connection.execute("DROP TABLE bench_template")
        _golds(round_)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    say(f"{items:,} items queued, {reserve:,} more in reserve, in {time.monotonic() - begun:.0f} s")
    return cast


class Refill(threading.Thread):
    """A context in which the queue keeps its length: what is labelled is queued anew out of the reserve."""

    def __init__(self, stage: Stage, cast: Cast, *, overlap: int) -> None:
        super().__init__()
        self.stage = stage
        self.last = cast.last_queued
        self.overlap = overlap
        self.seen = 0
        self.over = threading.Event()
        self.is_out = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over.set()
        self.join()
        if self.is_out:
            raise OutOfReserve("the reserve of solutions is used up: the queue could not keep its length") from error

    def run(self) -> None:
        with self.stage.connect() as connection:
            while not self.over.wait(REFILL_SECONDS):
                self._look(connection)

    def _look(self, connection: Connection) -> None:
        row = connection.execute(LOOK, {"seen": self.seen}).fetchone()
        if row and row[0]:
            wanted = -(-row[0] // self.overlap)
            self.seen = row[1]
            self.is_out |= connection.execute(REFILL, {"last": self.last, "count": wanted}).rowcount < wanted
            self.last += wanted


def _templates(connection: Connection) -> None:
    from labelling.corpus.world import make_world

    connection.execute(MAKE_TEMPLATES)
    with connection.cursor().copy("COPY bench_template FROM STDIN") as copy:
        for number, sample in enumerate(make_world(seed=4, problems=TEMPLATES, samples=1)):
            row = (number, sample.problem, sample.reference_answer, sample.reference_solution, list(sample.steps))
            copy.write_row((*row, sample.answer))


def _campaign(*, overlap: int, lease_minutes: int) -> tuple[int, int]:
    """The ids of the campaign and its open round."""
    from labelling.prm.services import model_register
    from labelling.rounds.models import Round
    from labelling.rounds.services import campaign_get_or_create

    campaign, _ = campaign_get_or_create(slug=SLUG, name="Load")
    campaign.overlap, campaign.lease_minutes = overlap, lease_minutes
    campaign.save(update_fields=["overlap", "lease_minutes"])
    version = model_register(name="flat", backend="constant", config={"value": 0.5})[1]
    round_ = Round.objects.create(
        campaign=campaign, number=1, strategy="convincing-wrong", strategy_version=1, model_version=version
    )
    return campaign.pk, round_.pk


def _golds(round_: int) -> None:
    """Some of the last solutions; whatever is answered to them is right, as a paused rater would label no more."""
    from labelling.corpus.models import Solution
    from labelling.rounds.golds import items_of_golds
    from labelling.rounds.models import Gold, Round

    opened = Round.objects.get(pk=round_)
    for solution in Solution.objects.order_by("-pk")[:GOLDS]:
        acceptable = [-1, *range(len(solution.steps))]
        Gold.objects.create(campaign=opened.campaign, solution=solution, acceptable=acceptable)
    items_of_golds(opened=opened)


def _people(names: list[str], campaign: int) -> None:
    """One password for all, hashed once: each hash takes a quarter of a second."""
    from django.contrib.auth.hashers import make_password

    from labelling.people.models import Role, User
    from labelling.people.services import member_add
    from labelling.rating.services import guideline_acknowledge
    from labelling.rounds.models import GuidelineVersion

    guideline = GuidelineVersion.objects.get(campaign=campaign)
    hashed = make_password(PASSWORD)
    for name in names:
        user = User.objects.create(username=name, password=hashed)
        member_add(user=user, role=Role.RATER, campaign=SLUG)
        guideline_acknowledge(rater=user, guideline=guideline)
