"""``manage.py override_verdict SOLUTION_ID VALUE --person … --reason …``: a person's word over every grader's."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.corpus.models import Solution, VerdictValue
from labelling.corpus.services import regrade_job_create, verdict_override
from labelling.jobs.tasks import job_enqueue
from labelling.pipeline.people import person_named


class Command(BaseCommand):
    help = "Give a solution's final answer a person's verdict: in force until a person gives another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("solution", type=int, metavar="SOLUTION_ID")
        parser.add_argument("value", choices=VerdictValue.values)
        parser.add_argument("--person", metavar="USERNAME", required=True, help="whose verdict it is")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        solution = Solution.objects.select_related("problem").filter(pk=options["solution"]).first()
        if solution is None:
            raise CommandError(f"There is no solution {options['solution']}.")
        person = person_named(options["person"])
        if person is None:
            raise CommandError("--person: a person's verdict needs a person.")
        before, value = solution.verdict or "ungraded", VerdictValue(options["value"])
        try:
            verdict_override(solution=solution, person=person, value=value, reason=options["reason"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        job_enqueue(regrade_job_create(problem=solution.problem, reason=options["reason"], user=person))
        self.stdout.write(f"Solution {solution.pk} was {before}; {person} says {value}.")
