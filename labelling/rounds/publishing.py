"""Publishing guidelines: a text in force is never edited, the next one says how it differs."""

from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from labelling.people.models import User
from labelling.rounds.models import Campaign, GuidelineChange, GuidelineVersion

DEFAULT_GUIDELINES: Final = Path(__file__).parent / "guidelines" / "default.md"
LONGEST_BODY: Final = 200_000  # characters
LONGEST_SUMMARY: Final = 2_000


class GuidelinesRefused(Exception):
    """That can't be published; the message says why."""


def campaign_locked(campaign: Campaign) -> Campaign:
    """The campaign as it is now, its rounds and guidelines ours to number; raters go on meanwhile (no key lock)."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)


@transaction.atomic
def guideline_publish(
    *,
    campaign: Campaign,
    body: str,
    change: str = GuidelineChange.RULES,
    summary: str = "",
    by: User | None = None,
) -> GuidelineVersion:
    """A new version of the campaign's guidelines, numbered from 1. The text in force published again adds nothing.

    Where the rules changed, raters accept them before their next item. Raises GuidelinesRefused.
    """
    campaign_locked(campaign)  # numbers are given one at a time
    body, summary = body.replace("\r\n", "\n"), " ".join(summary.split())
    newest = campaign.guidelines.first()
    if newest is not None and newest.body == body:
        return newest
    _check(body=body, change=change, summary=summary, newest=newest)
    return campaign.guidelines.create(
        number=1 + (newest.number if newest else 0),
        body=body,
        change=change if newest else GuidelineChange.RULES,
        summary=summary,
        published_by=by,
    )


def _check(*, body: str, change: str, summary: str, newest: GuidelineVersion | None) -> None:
    if not body.strip() or "\x00" in body + summary:
        raise GuidelinesRefused(_("The guidelines must be a text, and not an empty one."))
    if len(body) > LONGEST_BODY or len(summary) > LONGEST_SUMMARY:
        longest = {"body": f"{LONGEST_BODY:,}", "summary": f"{LONGEST_SUMMARY:,}"}
        raise GuidelinesRefused(_("Too long: %(body)s characters at most, %(summary)s for the summary.") % longest)
    if change not in GuidelineChange.values:
        raise GuidelinesRefused(_("A change is minor, or it is one of the rules."))
    if newest is not None and not summary:
        raise GuidelinesRefused(_("Say in a sentence what changed: raters read it."))


def guideline_default(*, campaign: Campaign) -> GuidelineVersion:
    """The guidelines that the product brings, as the campaign's first version."""
    return guideline_publish(campaign=campaign, body=DEFAULT_GUIDELINES.read_text(encoding="utf-8"))
