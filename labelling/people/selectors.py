"""Questions about roles. Everything not granted by a membership row is denied."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser

from labelling.people.models import EVERY_CAMPAIGN, Membership, Role, User

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


def has_role(user: Person, *roles: Role, campaign: str | None = None) -> bool:
    """Whether the user has one of the roles in this campaign; with none given, in any campaign."""
    return any(
        role in roles and (campaign is None or granted in (campaign, EVERY_CAMPAIGN)) for granted, role in _grants(user)
    )


def campaigns_with_role(user: Person, roles: Iterable[Role]) -> frozenset[str]:
    """Slugs of the campaigns in which the user has one of the roles; ``{"*"}`` within it means every campaign."""
    wanted = set(roles)
    return frozenset(campaign for campaign, role in _grants(user) if role in wanted)
