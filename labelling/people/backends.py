"""Who is signed in, and model permissions of Django's admin, from our roles."""

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend

from labelling.people.models import Role, User
from labelling.people.selectors import Person, has_role, user_with_grants


class PersonBackend(ModelBackend):
    """Names and passwords as Django has them; a session's user comes with all roles in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        user = user_with_grants(int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None


class RoleBackend(BaseBackend):
    """Operators may use every model in Django's admin; nobody else gets anything from here."""

    def has_perm(self, user_obj: Person, perm: str, obj: Any = None) -> bool:
        return has_role(user_obj, Role.OPERATOR)

    def has_module_perms(self, user_obj: Person, app_label: str) -> bool:
        return has_role(user_obj, Role.OPERATOR)
