"""What the header of every page says to raters."""

from django import template

from labelling.people.models import User
from labelling.rating.questions import unread_count

register = template.Library()


@register.simple_tag
def unread_answers(user: User) -> int:
    """Answers of leads that the rater has not read yet: one small query."""
    return unread_count(user)
