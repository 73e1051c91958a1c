"""What spans stations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError

from labelling.corpus.importers import ImportContext
from labelling.corpus.selectors import Share, ungraded_count
from labelling.corpus.services import (
    ImportProblem,
    ImportReport,
    Source,
    solutions_import,
    sources_open,
    verdicts_add,
    verdicts_jobs_create,
    verdicts_return,
)
from labelling.jobs.models import Job
from labelling.rounds.services import campaign_get_or_create
from labelling.rounds.withdrawals import items_withdraw


@dataclass(frozen=True)
class ImportPlan:
    """An import that can start: its files are there, of known formats, and its campaign exists."""

    sources: Sequence[Source]
    context: ImportContext
    campaign: str
    campaign_created: bool

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where one is standard input."""
        sizes = [source.size for source in self.sources]
        return None if None in sizes else sum(size or 0 for size in sizes)


def import_plan(
    *, files: Sequence[str], format_name: str | None, context: ImportContext, campaign: str = ""
) -> ImportPlan:
    """Look at the files, then find or make the campaign (by slug; empty for none). Raises ImportProblem."""
    sources = sources_open(files=files, format_name=format_name, context=context)
    created = False
    if campaign:
        try:
            _, created = campaign_get_or_create(slug=campaign)
        except ValidationError as error:
            raise ImportProblem(f"--campaign {campaign}: {' '.join(error.messages)}") from error
    return ImportPlan(sources, context, campaign, created)


def import_run(
    *, plan: ImportPlan, rejects: Path | None, watch: Callable[[ImportReport], None] | None = None
) -> ImportReport:
    """Import the plan's files into the corpus and into its campaign's pool."""
    return solutions_import(
        sources=plan.sources, context=plan.context, campaign=plan.campaign, rejects=rejects, watch=watch
    )


def gradings_create() -> list[Job]:
    """The jobs that grade what an import brought; the caller enqueues them. None where nothing is ungraded."""
    return verdicts_jobs_create()


def reference_settle(
    *, problem: int, reason: str, watch: Callable[[int, int], None] = lambda _done, _total: None
) -> tuple[int, int]:
    """Grade a problem's solutions against its present reference, and take what is no longer wrong out of the queues.

    Returns how many solutions were graded and how many items withdrawn. Safe to run again. ``watch`` is told how many
    are graded, of how many.
    """
    graded, after, share = 0, 0, Share(problem=problem)
    total = ungraded_count(share=share)
    while (chunk := verdicts_add(after=after, share=share)) is not None:
        after = chunk.last
        graded += chunk.values.total()
        watch(graded, max(graded, total))
    graded += verdicts_return(problem_id=problem)
    return graded, items_withdraw(problem_id=problem, reason=reason)
