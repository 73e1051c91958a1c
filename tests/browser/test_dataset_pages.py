"""The pages of datasets as leads and researchers see them: axe-core, light and dark, phone and wide."""

from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from exports import make_snapshot
from exports.snapshots.building import KIND, TASK
from labelling.people.models import Role, User
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import faults
from tests.conftest import person
from tests.factories import AnnotationFactory, CampaignFactory, JobFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(transactional_db: None, storage: Path) -> dict[str, str]:
    """Addresses of the pages: with snapshots of two raters and rounds, builds waiting, at work and failed."""
    campaign = CampaignFactory.create(slug="maths", name="Maths, the long evaluation campaign of this winter")
    CampaignFactory.create(slug="other")
    for number in (1, 2):
        round_ = RoundFactory.create(campaign=campaign, number=number, closed=True)
        AnnotationFactory.create_batch(3, assignment__item__round=round_)
    make_snapshot(format="prm800k", campaign="maths", split="both", test_share=0.5)
    whole = make_snapshot(
        format="trl", campaign="maths", neutral="positive", title="What the first model is trained on"
    )
    for facts in (
        {},
        {"state": "running", "done": 40, "total": 90},
        {"state": "failed", "error": "It does not fit.", "finished_at": timezone.now()},
    ):
        JobFactory.create(kind=KIND, task=TASK, params={"format": "dpo", "campaign": "maths"}, **facts)
    return {
        "campaigns": reverse("datasets"),
        "list": reverse("snapshots", args=["maths"]),
        "form": f"{reverse('snapshots', args=['maths'])}?format=trl",
        "whole": reverse("snapshot", args=["maths", whole.hash]),
    }


@pytest.fixture(params=[Role.LEAD, Role.RESEARCHER])
def worker(request: pytest.FixtureRequest, transactional_db: None) -> User:
    return person("rosa", request.param)


def test_no_page_of_datasets_has_a_violation(page: Page, made: dict[str, str], worker: User) -> None:
    sign_in(page, worker)
    found = {}
    for name, path in made.items():
        page.goto(path)
        if worst := faults(page):
            found[name] = worst
    page.goto(made["form"])
    page.get_by_label("neutral").evaluate("one => one.required = false")  # so that the server is the one to refuse
    page.get_by_role("button", name="Build the snapshot").click()
    expect(page.locator(".field-errors, .errorlist, .form-errors").first).to_be_visible()
    assert {**found, "refused": faults(page)} == {"refused": []}
