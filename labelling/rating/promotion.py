"""From an annotation to gold: its first error becomes the one acceptable answer, which a lead may widen later."""

from django.utils.translation import gettext as _

from labelling.people.models import User
from labelling.rating.models import Annotation
from labelling.rounds.golds import GoldRefused, gold_add
from labelling.rounds.judge import JUDGED
from labelling.rounds.models import NO_ERROR, Gold, GoldUse, ItemKind


def annotation_promote(
    *, annotation: Annotation, person: User | None, use: GoldUse = GoldUse.GOLD
) -> tuple[Gold, bool]:
    """Make the annotation's solution gold of its campaign; False where it was before. Raises GoldRefused.

    The annotation and its item stay; who has met the solution doesn't meet it again.
    """
    if annotation.item.kind != ItemKind.NORMAL:
        raise GoldRefused(_("It answers a gold item already."))
    if annotation.finish_reason not in JUDGED:
        raise GoldRefused(_("Its rater gave up or called the problem bad: there is no first error to go by."))
    return gold_add(
        campaign=annotation.campaign,
        solution=annotation.solution,
        acceptable=[NO_ERROR if annotation.first_error is None else annotation.first_error],
        use=use,
        source=f"annotation {annotation.pk}",
        person=person,
    )
