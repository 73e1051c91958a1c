"""``manage.py correct_reference PROBLEM_ID ANSWER --reason …``: another reference answer, and what follows from it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.corpus.models import Problem
from labelling.corpus.services import reference_correct, regrade_job_create
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait
from labelling.pipeline.people import person_named


class Command(BaseCommand):
    help = "Correct a problem's reference answer: its samples are graded again, what is no longer wrong is withdrawn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("problem", type=int, metavar="PROBLEM_ID")
        parser.add_argument("answer", metavar="ANSWER", help="the right final answer")
        parser.add_argument("--reason", required=True, help="kept with the decision, and with what is withdrawn")
        parser.add_argument("--person", metavar="USERNAME", help="whose decision it is")
        parser.add_argument("--wait", action="store_true", help="show progress until the worker is done")

    def handle(self, *args: Any, **options: Any) -> None:
        problem = Problem.objects.filter(pk=options["problem"]).first()
        if problem is None:
            raise CommandError(f"There is no problem {options['problem']}.")
        person = person_named(options["person"])
        before = problem.reference_answer
        try:
            reference_correct(problem=problem, answer=options["answer"], reason=options["reason"], person=person)
        except ValueError as error:
            raise CommandError(str(error)) from error
        job = regrade_job_create(problem=problem, reason=options["reason"], user=person)
        job_enqueue(job)
        self.stdout.write(
            f"Problem {problem.pk}: the reference was {before!r}, now it is {problem.reference_answer!r}."
        )
        self.stdout.write(f"Job {job.pk} grades its solutions again.")
        if options["wait"]:
            job_wait(job.pk, console_on(self.stdout))
