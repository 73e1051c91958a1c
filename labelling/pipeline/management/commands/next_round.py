"""``manage.py next_round CAMPAIGN``: train on the labels so far, score the pool again, open the next round."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait
from labelling.pipeline.looping import LoopRefused, loop_create
from labelling.rounds.management.commands.open_round import campaign_named


class Command(BaseCommand):
    help = (
        "Close the loop once, as the overview's button does: export a campaign's labels, train its reward model on "
        "them (and on the files that it learnt from before), score the pool, evaluate, and open the next round as "
        "the last one was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--model", metavar="NAME", help="the model that learns (default: the rounds' own)")
        parser.add_argument("--close", action="store_true", help="close the open round though items of it wait")
        parser.add_argument("--wait", action="store_true", help="show progress until it is done")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        try:
            job = loop_create(campaign=campaign, model=options["model"], close=options["close"])
        except LoopRefused as error:
            mend = " (--close)" if "may be closed" in str(error) else ""
            raise CommandError(f"{error}{mend}") from error
        job_enqueue(job)
        self.stdout.write(f"Job {job.pk} makes the next round of {campaign.slug}; {job.params['model']} learns.")
        if options["wait"]:
            job_wait(job.pk, console_on(self.stdout))
