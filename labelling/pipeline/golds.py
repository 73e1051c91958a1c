"""Gold from a file: native lines with ``acceptable`` and ``explanation``, stored as samples first and as gold then."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from labelling.corpus.importers import IMPORTERS, BadLine, ImportContext, Line, SampleRecord
from labelling.corpus.importers.checks import stored, wrong_type
from labelling.corpus.models import Solution
from labelling.corpus.services import ImportReport, Source, solutions_import, sources_open
from labelling.people.models import User
from labelling.rounds.golds import GoldRefused, acceptable_checked, gold_add, gold_edit
from labelling.rounds.models import NO_ERROR, Campaign, GoldUse

FORMAT = "native"
SOURCE = "gold"  # of the samples, where a line names none
GENERATOR = "gold"
LONGEST_EXPLANATION = 5_000  # characters
AT_ONCE = 1_000


@dataclass(frozen=True)
class Spec:
    """One line's gold: whose (problem key, solution key), where it stood, and what it says."""

    problem: UUID
    solution: UUID
    path: str
    line: Line
    acceptable: Sequence[int]
    explanation: str | None


@dataclass(frozen=True)
class Terms:
    """Whose gold the lines become, what for, and by whom."""

    campaign: Campaign
    use: GoldUse
    person: User | None = None


@dataclass
class GoldReport:
    """What became of the lines: so many golds ``added``, ``changed`` (known, with another answer) and ``known``."""

    samples: ImportReport
    counts: Counter[str] = field(default_factory=Counter)


def golds_import(*, files: Sequence[str], terms: Terms, rejects: Path | None = None) -> GoldReport:
    """Store the files' samples (in no pool: gold is picked by no round), and make them gold of a campaign.

    Lines that are no sample, or whose gold is refused, are set aside with the reason. Raises ImportProblem.
    """
    context = ImportContext(source=SOURCE, generator=GENERATOR)
    specs: list[Spec] = []
    sources = [
        _with_gold(source, context, specs)
        for source in sources_open(files=files, format_name=FORMAT, context=ImportContext())
    ]
    samples = solutions_import(sources=sources, context=context, rejects=rejects)
    report = GoldReport(samples)
    try:
        for start in range(0, len(specs), AT_ONCE):
            _store(specs[start : start + AT_ONCE], terms, report)
    finally:
        samples.rejects.close()
    return report


def _with_gold(source: Source, context: ImportContext, specs: list[Spec]) -> Source:
    """The source with plain native lines, what they say of gold taken out and kept in ``specs``."""

    def lines() -> Iterator[Line]:
        for line in source.lines():
            yield _plain(line, source.path, context, specs)

    return replace(source, lines=lines)


def _plain(line: Line, path: str, context: ImportContext, specs: list[Spec]) -> Line:
    if line.obj is None:
        return line
    plain = {key: value for key, value in line.obj.items() if key not in ("acceptable", "explanation")}
    try:
        specs.extend(
            _spec(line.obj, record, path, line)
            for record in IMPORTERS[FORMAT].parse(plain, context)
            if isinstance(record, SampleRecord)
        )
    except (BadLine, GoldRefused) as error:
        return replace(line, parsed=(None, str(error)))
    return replace(line, parsed=(plain, None))


def _spec(given: Mapping[str, object], record: SampleRecord, path: str, line: Line) -> Spec:
    explanation = given.get("explanation")
    if explanation is not None and not isinstance(explanation, str):
        raise wrong_type("explanation", "a string", explanation)
    if len(explanation or "") > LONGEST_EXPLANATION:
        raise BadLine(f"explanation: expected at most {LONGEST_EXPLANATION:,} characters")
    return Spec(
        problem=record.problem_key,
        solution=record.solution_key,
        path=path,
        line=line,
        acceptable=_acceptable(given, steps=len(record.steps)),
        explanation=None if explanation is None else stored("explanation", explanation),
    )


def _acceptable(given: Mapping[str, object], *, steps: int) -> list[int]:
    value = given.get("acceptable")
    if value is None:
        value = _of_ratings(given.get("meta"), steps=steps)
    if not isinstance(value, list):
        raise wrong_type("acceptable", "a list of 0-based steps (-1 for no error)", value)
    for at, step in enumerate(value):
        if type(step) is not int:
            raise wrong_type(f"acceptable[{at}]", "a whole number", step)
    return acceptable_checked(value, steps=steps)


def _of_ratings(meta: object, *, steps: int) -> list[int]:
    """The first error of the right ratings, as the demo world tells them."""
    ratings = meta.get("step_ratings") if isinstance(meta, dict) else None
    if not isinstance(ratings, list):
        raise BadLine(
            "acceptable: expected a list of 0-based steps (-1 for no error), found neither it nor meta.step_ratings"
        )
    if -1 in ratings:
        return [ratings.index(-1)]
    if len(ratings) != steps:
        raise BadLine(f"meta.step_ratings: {len(ratings)} ratings without an error, but there are {steps} steps")
    return [NO_ERROR]


def _store(specs: Sequence[Spec], terms: Terms, report: GoldReport) -> None:
    found = Solution.objects.filter(key__in=[spec.solution for spec in specs]).select_related("problem")
    solutions = {(solution.problem.key, solution.key): solution for solution in found}
    for spec in specs:
        solution = solutions.get((spec.problem, spec.solution))
        if solution is None:  # the import of the samples has told why
            continue
        try:
            report.counts[_one(spec, solution, terms)] += 1
        except GoldRefused as error:
            report.samples.rejects.add(file=spec.path, line=spec.line, reasons=[str(error)])


def _one(spec: Spec, solution: Solution, terms: Terms) -> str:
    """What became of one: ``added``, ``changed`` or ``known``."""
    gold, made = gold_add(
        campaign=terms.campaign,
        solution=solution,
        acceptable=spec.acceptable,
        use=terms.use,
        explanation=spec.explanation or "",
        source=Path(spec.path).name,
        person=terms.person,
    )
    if made:
        return "added"
    if gold.use != terms.use:
        raise GoldRefused(f"This solution is in use for {gold.use} in this campaign, and can't be for {terms.use} too.")
    return "changed" if gold_edit(gold=gold, acceptable=spec.acceptable, explanation=spec.explanation) else "known"
