"""What review reads of the raters' work."""

from django.db.models import QuerySet

from labelling.rating.models import Annotation, AssignmentState, Outbox
from labelling.rating.selectors import annotations_current
from labelling.review.agreement import Answer
from labelling.rounds.models import Gold

AT_A_TIME = 1_000


def outbox_waiting(*, after: int = 0) -> list[int]:
    """Ids of what has happened and nobody has acted on yet, the oldest first; at most ``AT_A_TIME``."""
    waiting = Outbox.objects.filter(drained_at=None, pk__gt=after).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:AT_A_TIME])


def item_answers(item_id: int) -> list[Answer]:
    """The answers that fill the item's overlap, each as it stands now. Late ones are beyond it, and don't count."""
    current = annotations_current().filter(item=item_id, assignment__state=AssignmentState.COMPLETED)
    return [Answer(*row) for row in current.order_by("pk").values_list("finish_reason", "first_error")]


def first_errors_decided(annotations: QuerySet[Annotation, Annotation]) -> dict[int, int]:
    """What a person has decided of the annotated solutions, by solution: the first error's step, -1 for none.

    Today that is a gold with one acceptable answer, in force; two golds that disagree decide nothing.
    """
    golds = Gold.objects.filter(active=True, acceptable__len=1, solution__in=annotations.values("solution"))
    found: dict[int, set[int]] = {}
    for solution, acceptable in golds.values_list("solution", "acceptable"):
        found.setdefault(solution, set()).update(acceptable)
    return {solution: answers.pop() for solution, answers in found.items() if len(answers) == 1}
