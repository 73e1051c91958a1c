"""Guidelines as raters meet them: what is in force, what they have accepted, what is new since, as safe HTML."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

import nh3
from django.db.models import Max
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from labelling.people.models import User
from labelling.rating.models import GuidelineAcknowledgement
from labelling.rounds.models import Campaign, GuidelineChange, GuidelineVersion

LOWEST: Final = 6  # level of a heading


@lru_cache(maxsize=32)
def rendered(markdown: str) -> SafeString:
    """HTML of a Markdown text: no raw HTML gets through, and what comes out is cleaned again.

    Formulas stay as they are written: the page sets them. Pictures are left out: the policy loads none from elsewhere.
    Headings go down a level, as the page has its own title above the text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, LOWEST)}"
    html = parser.renderer.render(tokens, parser.options, {})
    return mark_safe(nh3.clean(html, tags=nh3.ALLOWED_TAGS - {"img"}))  # noqa: S308  cleaned in this very line


@dataclass(frozen=True)
class GuidelineNews:
    """One rater before one campaign's guidelines. ``accepted``: the newest number acknowledged, 0 for none.

    ``since``: the versions that came after it, newest first, without their bodies.
    """

    number: int
    accepted: int
    since: Sequence[GuidelineVersion]

    @property
    def must_read(self) -> bool:
        """Whether the next item waits for it."""
        return any(version.change == GuidelineChange.RULES for version in self.since)

    @property
    def is_changed(self) -> bool:
        """Something is new to somebody who has accepted an earlier version."""
        return bool(self.accepted and self.since)


def guideline_news(*, rater: User, campaigns: Iterable[Campaign]) -> Mapping[int, GuidelineNews]:
    """By campaign id, for campaigns that have guidelines: two queries however many they are."""
    ids = [campaign.pk for campaign in campaigns]
    read = GuidelineAcknowledgement.objects.filter(rater=rater, guideline__campaign__in=ids)
    accepted = dict(read.values_list("guideline__campaign").annotate(newest=Max("guideline__number")))
    versions = GuidelineVersion.objects.filter(campaign__in=ids).defer("body").order_by("campaign", "-number")
    return {
        campaign: _news(list(of_campaign), accepted.get(campaign, 0))
        for campaign, of_campaign in groupby(versions, key=lambda version: version.campaign_id)
    }


def _news(versions: Sequence[GuidelineVersion], accepted: int) -> GuidelineNews:
    since = [version for version in versions if version.number > accepted]
    return GuidelineNews(number=versions[0].number, accepted=accepted, since=since)
