"""Simulated raters of a campaign: their accounts, and what they know."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from labelling.corpus.models import Sample, Solution
from labelling.corpus.text import hide_calculator_marks
from labelling.people.models import Role, User, make_simulated_pseudonym
from labelling.people.services import member_add
from labelling.pipeline.simulation import Truth
from labelling.pipeline.simulation.work import question_key
from labelling.rating.models import Annotation, Standing
from labelling.rounds.models import Campaign, Gold, Item, ItemKind, ItemState, Mode, RoundState


class SimulationRefused(Exception):
    """The simulation cannot begin; the message says why, and the mend."""


@transaction.atomic
def simulated_rater_add(*, campaign: Campaign, username: str, pool: str | None = None) -> User:
    """A rater of the campaign marked as simulated, without a password; the one of that name where there is one.

    ``pool``: the pool of raters to put them into; None leaves it.
    Raises ``SimulationRefused`` where the name is a person's.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, pseudonym=make_simulated_pseudonym())
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
    elif not user.simulated:
        raise SimulationRefused(f"'{username}' is a person, not a simulated rater: give the profile another name.")
    member_add(user=user, role=Role.RATER, campaign=campaign.slug)
    terms = {"simulated": True} if pool is None else {"simulated": True, "pool": pool}
    Standing.objects.update_or_create(rater=user, campaign=campaign, defaults=terms)
    return user


def passwords_drop(users: Iterable[User]) -> None:
    """Nobody signs in as them any more."""
    for user in users:
        user.set_unusable_password()
        user.save(update_fields=["password"])


def judged_before(*, campaign: Campaign, users: Sequence[User]) -> dict[int, int]:
    """How many solutions each user (by id) has judged in the campaign."""
    rows = Annotation.objects.filter(campaign=campaign, rater__in=users, version=1).values_list("rater_id")
    return dict.fromkeys((user.pk for user in users), 0) | dict(rows.annotate(n=Count("pk")).order_by())


def _served(campaign: Campaign) -> Q:
    """Solutions that raters of the campaign may meet now; items of screening are made as the first one comes."""
    queue = Q(items__campaign=campaign, items__round__state=RoundState.OPEN, items__state=ItemState.QUEUED)
    return queue | Q(golds__campaign=campaign, golds__active=True)


def truths_of(campaign: Campaign) -> dict[str, Truth]:
    """The truth about each solution that is served now, by what a rater reads (``question_key``).

    From the ratings that came with its samples (``meta.step_ratings``, and ``meta.alternative_ratings`` where there are
    any), and the answers that a gold accepts.
    Raises ``SimulationRefused`` where nothing is served, or the truth about anything that is served is not known.
    """
    if campaign.mode == Mode.ALTERNATIVES:
        raise SimulationRefused(
            f"'{campaign.slug}' is in alternatives mode: simulated raters judge finished solutions, not candidates."
        )
    served = Solution.objects.filter(_served(campaign)).distinct()
    served_rows = served.values_list("pk", "problem_id", "problem__text", "steps")
    golds = dict(Gold.objects.filter(campaign=campaign).values_list("solution_id", "acceptable"))
    ratings, others = _true_ratings(campaign), _true_alternatives(campaign)
    truths: dict[str, Truth] = {}
    unknown = 0
    for pk, problem_id, problem, steps in served_rows:
        truth = _truth(len(steps), golds.get(pk), ratings.get(pk))
        if truth is None:
            unknown += 1
        else:
            shown = [hide_calculator_marks(step) for step in steps]
            truths[question_key(hide_calculator_marks(problem), shown)] = replace(
                truth, alternatives=others[problem_id]
            )
    if unknown:
        raise SimulationRefused(
            f"The truth about {unknown:,} of the {unknown + len(truths):,} solutions queued in '{campaign.slug}' "
            "is not known: simulated raters need samples with meta.step_ratings (as the demo world's), or gold."
        )
    if not work_expected(campaign=campaign, raters=0, most=None):
        raise SimulationRefused(f"Nothing is queued in '{campaign.slug}': open a round first (manage.py open_round).")
    return truths


def _true_ratings(campaign: Campaign) -> dict[int, Any]:
    """What the samples' meta says, by solution; twins say the same, so the first sample's counts."""
    samples = Sample.objects.filter(
        solution__in=Solution.objects.filter(_served(campaign)).values("pk"), meta__has_key="step_ratings"
    )
    return dict(samples.order_by("-pk").values_list("solution_id", "meta__step_ratings"))


def _true_alternatives(campaign: Campaign) -> defaultdict[int, dict[str, int]]:
    """By problem: the true rating of each candidate as it is shown. A sample's meta is imported text, as above."""
    problems = Solution.objects.filter(_served(campaign)).values("problem")
    samples = Sample.objects.filter(problem__in=problems, meta__has_key="alternative_ratings")
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for problem_id, ratings in samples.values_list("problem_id", "meta__alternative_ratings"):
        known = ratings.items() if isinstance(ratings, dict) else ()
        found[problem_id].update((hide_calculator_marks(text), one) for text, one in known if one in (-1, 1))
    return found


def _truth(steps: int, acceptable: Sequence[int] | None, ratings: Any) -> Truth | None:
    """Meta is imported text: what is no list of true ratings, one a step, is as good as none."""
    try:
        whole = Truth.of_ratings(ratings) if isinstance(ratings, list) and len(ratings) == steps else None
    except (ValueError, TypeError):
        whole = None
    if acceptable is None:
        return whole
    return Truth.of_gold(acceptable, steps=steps, neutral=whole.neutral if whole else frozenset())


def work_expected(*, campaign: Campaign, raters: int, most: int | None) -> int:
    """About how many judgements there are to make: what the open round's queue asks for, and each rater's golds."""
    queued = Item.objects.filter(campaign=campaign, round__state=RoundState.OPEN, state=ItemState.QUEUED)
    free = queued.filter(kind=ItemKind.NORMAL).aggregate(n=Sum(F("overlap") - F("completed")))["n"] or 0
    golds = queued.filter(kind=ItemKind.GOLD).count()
    work = int(free) + raters * golds
    return work if most is None else min(work, raters * most)
