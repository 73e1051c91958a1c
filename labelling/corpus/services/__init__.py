"""Changes to the corpus: importing samples and scores, and what is said of final answers."""

from labelling.corpus.services.importing import ImportReport, solutions_import
from labelling.corpus.services.sources import ImportProblem, Source, sources_open
from labelling.corpus.services.verdicts import verdict_override, verdicts_add, verdicts_job_create

__all__ = [
    "ImportProblem",
    "ImportReport",
    "Source",
    "solutions_import",
    "sources_open",
    "verdict_override",
    "verdicts_add",
    "verdicts_job_create",
]
