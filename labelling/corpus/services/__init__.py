"""Changes to the corpus: importing samples and scores, and what is said of final answers and of references."""

from labelling.corpus.services.importing import ImportReport, solutions_import
from labelling.corpus.services.references import (
    problem_leave_out,
    reference_confirm,
    reference_correct,
    regrade_job_create,
)
from labelling.corpus.services.sources import ImportProblem, Source, sources_open
from labelling.corpus.services.verdicts import (
    answer_override,
    verdict_override,
    verdicts_add,
    verdicts_job_create,
    verdicts_jobs_create,
    verdicts_return,
)

__all__ = [
    "ImportProblem",
    "ImportReport",
    "Source",
    "answer_override",
    "problem_leave_out",
    "reference_confirm",
    "reference_correct",
    "regrade_job_create",
    "solutions_import",
    "sources_open",
    "verdict_override",
    "verdicts_add",
    "verdicts_job_create",
    "verdicts_jobs_create",
    "verdicts_return",
]
