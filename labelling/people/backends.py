"""Model permissions of Django's admin, from our roles."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from labelling.people.models import Role
from labelling.people.selectors import Person, has_role


class RoleBackend(BaseBackend):
    """Operators may use every model in Django's admin; nobody else gets anything from here."""

    def has_perm(self, user_obj: Person, perm: str, obj: Any = None) -> bool:
        return has_role(user_obj, Role.OPERATOR)

    def has_module_perms(self, user_obj: Person, app_label: str) -> bool:
        return has_role(user_obj, Role.OPERATOR)
