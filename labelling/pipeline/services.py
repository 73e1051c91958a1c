"""What spans stations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError

from labelling.corpus.importers import ImportContext
from labelling.corpus.services import (
    ImportProblem,
    ImportReport,
    Source,
    solutions_import,
    sources_open,
    verdicts_job_create,
)
from labelling.jobs.models import Job
from labelling.rounds.services import campaign_get_or_create


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


def grading_create() -> Job | None:
    """The job that grades what an import brought; the caller enqueues it. None where nothing is ungraded."""
    return verdicts_job_create()
