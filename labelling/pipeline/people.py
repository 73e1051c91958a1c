"""Who a command speaks for."""

from django.core.management.base import CommandError

from labelling.people.models import User


def person_named(username: str | None) -> User | None:
    """The person of that name, None where none is named. Raises CommandError where there is no such person."""
    if not username:
        return None
    found = User.objects.filter(username=username).first()
    if found is None:
        raise CommandError(f"--person {username}: there is no such person; `manage.py add_person` makes one.")
    return found
