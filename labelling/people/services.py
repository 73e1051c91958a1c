"""Changes to people: accounts, passwords, memberships."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import F

from labelling.people.models import EVERY_CAMPAIGN, Membership, Role, User


def password_make() -> str:
    """A fresh password of about 96 bits."""
    return secrets.token_urlsafe(12)


@transaction.atomic
def user_add(*, username: str, password: str, email: str = "") -> User:
    """Make an account. Raises ``ValidationError`` for a bad name or a weak password, also for a name that is taken."""
    user = User(username=username, email=email)
    user.full_clean(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    user.save()
    return user


def user_set_password(*, user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])


def member_add(*, user: User, role: Role, campaign: str = EVERY_CAMPAIGN) -> Membership:
    """Give a role in a campaign; giving it again changes nothing. Operators are operators everywhere."""
    membership, _ = Membership.objects.get_or_create(user=user, role=role, campaign=campaign)
    if role == Role.OPERATOR and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return membership


def user_set_preferences(*, user: User, language: str, time_zone: str) -> None:
    """What the pages speak, and where days begin; empty: as the browser asks, as the server has it."""
    user.language, user.time_zone = language, time_zone
    user.save(update_fields=["language", "time_zone"])


def user_sign_out_everywhere(*, user: User) -> None:
    """End every session of the account, the one at hand too unless its check is renewed."""
    User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
    user.refresh_from_db(fields=["sign_outs"])
