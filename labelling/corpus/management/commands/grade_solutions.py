"""``manage.py grade_solutions``: what ``import_solutions`` queues at its end, alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labelling.corpus.services import verdicts_jobs_create
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait


class Command(BaseCommand):
    help = "Queue the grading of all final answers that this grader has not judged yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="Show progress until the worker is done.")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs = verdicts_jobs_create()
        if not jobs:
            self.stdout.write("Nothing to grade.")
        for job in jobs:
            job_enqueue(job)
            self.stdout.write(f"Job {job.pk} grades {job.total:,} solutions.")
        for job in jobs if options["wait"] else ():
            job_wait(job.pk, console_on(self.stdout))
