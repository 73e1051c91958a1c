"""What review reads of the raters' work."""

from labelling.rating.models import AssignmentState, Outbox
from labelling.rating.selectors import annotations_current
from labelling.review.agreement import Answer

AT_A_TIME = 1_000


def outbox_waiting(*, after: int = 0) -> list[int]:
    """Ids of what has happened and nobody has acted on yet, the oldest first; at most ``AT_A_TIME``."""
    waiting = Outbox.objects.filter(drained_at=None, pk__gt=after).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:AT_A_TIME])


def item_answers(item_id: int) -> list[Answer]:
    """The answers that fill the item's overlap, each as it stands now. Late ones are beyond it, and don't count."""
    current = annotations_current().filter(item=item_id, assignment__state=AssignmentState.COMPLETED)
    return [Answer(*row) for row in current.order_by("pk").values_list("finish_reason", "first_error")]
