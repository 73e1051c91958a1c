"""``manage.py void_annotations CAMPAIGN RATER …``: take annotations of a rater out, or put them back."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from labelling.people.models import Role, User
from labelling.people.selectors import has_role
from labelling.rating.models import Void
from labelling.rating.tasks import drain_soon
from labelling.rating.voids import Preview, Span, VoidRefused, annotations_void, void_preview, void_reverse
from labelling.rounds.models import Campaign, Round


class Command(BaseCommand):
    help = "Void a rater's annotations: without --yes it only counts what that would be. --reverse ID puts them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("rater", nargs="?", metavar="USERNAME", help="whose annotations; not with --reverse")
        parser.add_argument("--round", type=int, metavar="N", help="only this round's")
        parser.add_argument(
            "--since", type=_moment, metavar="TIME", help="stored at or after, as 2026-03-02T12:00 (UTC)"
        )
        parser.add_argument("--until", type=_moment, metavar="TIME", help="stored before")
        parser.add_argument("--reason", default="", help="kept with the void; required with --yes")
        parser.add_argument(
            "--by", metavar="LEAD", help="the lead whose decision it is; required with --yes, --reverse"
        )
        parser.add_argument("--yes", action="store_true", help="do it, not only count")
        parser.add_argument("--reverse", type=int, metavar="ID", help="put back what this void took out")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign '{options['campaign']}'.")
        try:
            if options["reverse"] is not None:
                self._reverse(campaign, options)
            else:
                self._void(campaign, options)
        except VoidRefused as refused:
            raise CommandError(str(refused)) from refused

    def _reverse(self, campaign: Campaign, options: dict[str, Any]) -> None:
        void = Void.objects.select_related("rater").filter(pk=options["reverse"], campaign=campaign).first()
        if void is None:
            raise CommandError(f"There is no void {options['reverse']} in '{campaign.slug}'.")
        void_reverse(void=void, by=_lead(campaign, options["by"]))
        drain_soon()
        self.stdout.write(
            f"Void {void.pk} is reversed: {_annotations(void.annotations.count())} of {void.rater} stand."
        )

    def _void(self, campaign: Campaign, options: dict[str, Any]) -> None:
        span = _span(campaign, options)
        if not options["yes"]:
            for line in _lines(span, void_preview(span)):
                self.stdout.write(line)
            return
        void = annotations_void(
            campaign=campaign,
            rater=span.rater,
            by=_lead(campaign, options["by"]),
            reason=options["reason"],
            round=span.round,
            since=span.since,
            until=span.until,
        )
        drain_soon()
        self.stdout.write(f"Void {void.pk} took out {_annotations(void.annotations.count())} of {void.rater}.")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:  # as for a 32nd of a month
        moment = None
    if moment is None:
        raise ArgumentTypeError(f"{text!r} is no time: write it as 2026-03-02T12:00 (UTC)")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _span(campaign: Campaign, options: dict[str, Any]) -> Span:
    rater = User.objects.filter(username=options["rater"] or "").first()
    if rater is None:
        raise CommandError(f"There is nobody called '{options['rater'] or ''}': name the rater after the campaign.")
    number = options["round"]
    of_round = None if number is None else Round.objects.filter(campaign=campaign, number=number).first()
    if number is not None and of_round is None:
        raise CommandError(f"'{campaign.slug}' has no round {number}.")
    since, until = options["since"], options["until"]
    if since is not None and until is not None and since >= until:
        raise CommandError("--until must come after --since.")
    return Span(campaign=campaign, rater=rater, round=of_round, since=since, until=until)


def _lead(campaign: Campaign, name: str | None) -> User:
    person = User.objects.filter(username=name or "").first()
    if person is None or not has_role(person, Role.LEAD, campaign=campaign.slug):
        raise CommandError(f"--by must name a lead of '{campaign.slug}': a void is a lead's decision.")
    return person


def _annotations(count: int) -> str:
    return f"{count:,} annotation{'' if count == 1 else 's'}"


def _lines(span: Span, preview: Preview) -> list[str]:
    return [
        f"Would void {_annotations(preview.annotations)} of {span.rater} (nothing is done without --yes):",
        f"  {preview.back:,} items back to the queue, {preview.closed:,} in closed rounds, {preview.late:,} late,",
        f"  {preview.control:,} of gold or screening items (the rater's score stays).",
    ]
