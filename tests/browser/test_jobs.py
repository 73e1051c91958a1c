"""The overview's panel of jobs keeps itself up to date."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from labelling.jobs.models import Job
from labelling.people.models import User
from tests.browser.conftest import sign_in
from tests.factories import JobFactory, RoundFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_job_goes_on_before_ones_eyes_and_the_focus_stays(page: Page, lead: User) -> None:
    RoundFactory.create(campaign__slug="maths")
    began = timezone.now() - timedelta(seconds=10)
    job = JobFactory.create(kind="score", running=True, stoppable=True, started_at=began, done=20, total=100)
    sign_in(page, lead, to="/campaigns/maths/")
    panel = page.locator("[data-jobs]")
    expect(panel).to_contain_text("20 of 100")
    panel.get_by_role("button", name=f"Stop score {job.pk}").focus()

    Job.objects.filter(pk=job.pk).update(done=80)
    expect(panel).to_contain_text("80 of 100")
    expect(panel.get_by_role("button", name=f"Stop score {job.pk}")).to_be_focused()

    Job.objects.filter(pk=job.pk).update(state="failed", error="BadConfig: no <folder>", finished_at=timezone.now())
    expect(panel).to_contain_text("no <folder>")
    expect(panel.get_by_role("button")).to_have_count(0)
