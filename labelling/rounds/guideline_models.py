"""The versions of a campaign's guidelines."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class GuidelineChange(models.TextChoices):
    MINOR = "minor", _("Minor: raters are told, and go on")
    RULES = "rules", _("Rules changed: raters read and accept them before their next item")


class GuidelineVersion(models.Model):
    """The rules that raters judge by, in Markdown; a new text is a new version, which says how it differs."""

    campaign = models.ForeignKey("rounds.Campaign", on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    body = models.TextField()
    change = models.CharField(max_length=5, choices=GuidelineChange.choices, default=GuidelineChange.RULES)
    summary = models.TextField(blank=True, help_text=_("What changed since the version before, for raters to read."))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="guideline_version_once"),
            models.CheckConstraint(condition=Q(change__in=GuidelineChange.values), name="guideline_known_change"),
            models.CheckConstraint(condition=~Q(number=1, change="minor"), name="guideline_first_is_rules"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.slug} guidelines v{self.number}"
