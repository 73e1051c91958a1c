"""Who works here: users, and which role each has in which campaign."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

EVERY_CAMPAIGN = "*"
SIMULATED = "sim-"  # what the pseudonym of a simulated rater begins with, in every dataset too; a person's with "r-"
IMPORTED = (
    "imported-"  # what the account's name begins with of a rater whom a labelled file names: nobody signs in by it
)


class Role(models.TextChoices):
    RATER = "rater", _("Rater")
    REVIEWER = "reviewer", _("Reviewer")
    RESEARCHER = "researcher", _("Researcher")
    LEAD = "lead", _("Lead")
    OPERATOR = "operator", _("Operator")


def make_pseudonym() -> str:
    """A stable name that tells nothing about the person: what datasets and researchers see."""
    return f"r-{secrets.token_hex(6)}"


def make_simulated_pseudonym() -> str:
    return f"{SIMULATED}{secrets.token_hex(6)}"


class User(AbstractUser):
    """``language`` and ``time_zone``: the person's choices, empty where the browser and the server decide.

    ``sign_outs``: raised to end every session of theirs, as it is part of what a session is checked against.
    """

    pseudonym = models.CharField(max_length=64, unique=True, default=make_pseudonym, editable=False)
    language = models.CharField(max_length=16, blank=True, help_text=_("Of the pages; empty: as the browser asks."))
    time_zone = models.CharField(max_length=64, blank=True, help_text=_("Of dates and days; empty: the server’s."))
    sign_outs = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.username

    @property
    def simulated(self) -> bool:
        """A simulated rater's account, not a person's."""
        return self.pseudonym.startswith(SIMULATED)

    @property
    def shown(self) -> str:
        """What a lead knows them by: the account's name, or the file's for an imported rater."""
        if not self.username.startswith(IMPORTED):
            return self.username
        return _("%(name)s (imported)") % {"name": self.first_name or self.username}

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        before: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # the stubs leave it out
        return before if not self.sign_outs else f"{before}/{self.sign_outs}"


class Membership(models.Model):
    """One role of one person in one campaign (named by slug: campaigns live above this app), or in every campaign."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    campaign = models.CharField(max_length=64, help_text=_("A campaign's slug, or * for every campaign."))
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user_id", "campaign", "role"]
        constraints = [
            models.UniqueConstraint(fields=["user", "campaign", "role"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_known_role"),
            models.CheckConstraint(condition=~Q(campaign=""), name="membership_names_campaign"),
            models.CheckConstraint(
                condition=~Q(role="operator") | Q(campaign=EVERY_CAMPAIGN), name="membership_operator_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} in {self.campaign}"
