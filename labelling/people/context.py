"""What every page's header needs to know."""

from django.http import HttpRequest

from labelling.people.models import Role
from labelling.people.selectors import has_role


def navigation(request: HttpRequest) -> dict[str, bool]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "may_label": has_role(user, Role.RATER),
        "may_lead": has_role(user, Role.LEAD),
        "may_export": has_role(user, Role.LEAD, Role.RESEARCHER),
        "may_operate": has_role(user, Role.OPERATOR),
    }
