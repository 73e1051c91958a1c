"""What a lead does to a rater's standing in a campaign: pause, let go on, admit, grant a try, pool and quota.

Each waits for the standing's row among the rater's own claims and submits, and may be the one that a deadlock ends.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.people.models import User
from labelling.rating.claims import leases_release
from labelling.rating.database import tried_again
from labelling.rating.models import Admission, Standing, StandingAct
from labelling.rating.screening import screening_retry
from labelling.rounds.models import Campaign


class StandingRefused(Exception):
    """That can't be done to this rater; the message says why."""


def _locked(rater: User, campaign: Campaign) -> Standing:
    Standing.objects.get_or_create(rater=rater, campaign=campaign)
    return Standing.objects.select_for_update(no_key=True).get(rater=rater, campaign=campaign)


def _record(standing: Standing, act: StandingAct, reason: str, lead: User) -> None:
    if not reason.strip():
        raise StandingRefused(_("A reason is needed."))
    standing.events.create(act=act, reason=reason.strip(), made_by=lead)


@tried_again
def rater_pause(*, rater: User, campaign: Campaign, lead: User, reason: str) -> None:
    """Give a rater no further items; the reason is shown to them. Raises StandingRefused.

    What was leased ahead goes back at once; the item on screen may still be submitted.
    """
    standing = _locked(rater, campaign)
    if standing.paused_at is not None:
        raise StandingRefused(_("This rater is paused already."))
    _record(standing, StandingAct.PAUSED, reason, lead)
    standing.paused_at, standing.paused_by, standing.pause_reason = timezone.now(), lead, reason.strip()
    standing.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    leases_release(rater=rater.pk, campaign=campaign.pk, keep=1)


@tried_again
def rater_resume(*, rater: User, campaign: Campaign, lead: User, reason: str) -> None:
    """Let a paused rater go on; gold is judged anew from here. Raises StandingRefused."""
    standing = _locked(rater, campaign)
    if standing.paused_at is None:
        raise StandingRefused(_("This rater is not paused."))
    _record(standing, StandingAct.RESUMED, reason, lead)
    standing.paused_at, standing.paused_by, standing.pause_reason = None, None, ""
    standing.gold_from, standing.gold_right_from = standing.gold_seen, standing.gold_right
    standing.save(update_fields=["paused_at", "paused_by", "pause_reason", "gold_from", "gold_right_from"])


@tried_again
def rater_admit(*, rater: User, campaign: Campaign, lead: User, reason: str) -> None:
    """Admit a rater without, or in spite of, the screening. A try under way no longer decides."""
    standing = _locked(rater, campaign)
    if standing.admission == Admission.ADMITTED:
        raise StandingRefused(_("This rater is admitted already."))
    _record(standing, StandingAct.ADMITTED, reason, lead)
    standing.admission = Admission.ADMITTED
    standing.save(update_fields=["admission"])


@tried_again
def rater_grant_try(*, rater: User, campaign: Campaign, lead: User, reason: str) -> None:
    """Let a rater who failed the screening try again, past the allowance. Raises ScreeningRefused."""
    _record(_locked(rater, campaign), StandingAct.RETRY, reason, lead)
    screening_retry(rater_id=rater.pk, campaign=campaign, granted=True)


@tried_again
def rater_set_terms(*, rater: User, campaign: Campaign, pool: str, items_per_day: int | None) -> None:
    """The pool whose rounds the rater gets besides the open ones, and a quota a day (None: the campaign's)."""
    standing = _locked(rater, campaign)
    standing.pool, standing.items_per_day = pool.strip(), items_per_day
    standing.save(update_fields=["pool", "items_per_day"])
