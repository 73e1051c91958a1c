"""Questions about roles. Everything not granted by a membership row is denied."""

from collections.abc import Iterable
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from labelling.people.models import EVERY_CAMPAIGN, Membership, Role, User
from labelling.people.statements import rows

Person = User | AnonymousUser


def _grants(user: Person) -> frozenset[tuple[str, str]]:
    """All (campaign, role) pairs of an active user, read once per request."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    cached: frozenset[tuple[str, str]] | None = getattr(user, "_grants", None)
    if cached is None:
        cached = frozenset(Membership.objects.filter(user=user).values_list("campaign", "role"))
        user._grants = cached  # type: ignore[attr-defined]
    return cached


@cache
def _user_columns() -> tuple[tuple[str, str], ...]:
    return tuple((field.attname, str(field.column)) for field in User._meta.concrete_fields)


def user_with_grants(user_id: int) -> User | None:
    """The user and, in the same statement, what their memberships grant."""
    query = f"""
        SELECT {", ".join(f"u.{column}" for _, column in _user_columns())}, m.campaigns, m.roles
        FROM people_user u LEFT JOIN LATERAL (
            SELECT array_agg(campaign::text) AS campaigns, array_agg(role::text) AS roles
            FROM people_membership WHERE user_id = u.id) m ON true
        WHERE u.id = %(user)s"""
    found = rows(query, {"user": user_id})
    if not found:
        return None
    row = found[0]
    names = [name for name, _ in _user_columns()]
    user = User.from_db("default", names, [row[column] for _, column in _user_columns()])
    user._grants = frozenset(zip(row["campaigns"] or (), row["roles"] or (), strict=True))  # type: ignore[attr-defined]
    return user


def has_role(user: Person, *roles: Role, campaign: str | None = None) -> bool:
    """Whether the user has one of the roles in this campaign; with none given, in any campaign."""
    return any(
        role in roles and (campaign is None or granted in (campaign, EVERY_CAMPAIGN)) for granted, role in _grants(user)
    )


def rates_in(campaign: str) -> Exists:
    """For a query of users: whether a rater's role in this campaign lets them work."""
    granted = Membership.objects.filter(role=Role.RATER, campaign__in=(campaign, EVERY_CAMPAIGN), user__is_active=True)
    return Exists(granted.filter(user=OuterRef("pk")))


def campaigns_with_role(user: Person, roles: Iterable[Role]) -> frozenset[str]:
    """Slugs of the campaigns in which the user has one of the roles; ``{"*"}`` within it means every campaign."""
    wanted = set(roles)
    return frozenset(campaign for campaign, role in _grants(user) if role in wanted)
