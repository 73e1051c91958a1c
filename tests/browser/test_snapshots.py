"""A researcher has a snapshot built by a real worker, sees it come, and downloads a file of it."""

import hashlib

import pytest
from playwright.sync_api import Page, expect

from labelling.people.models import Role
from tests.browser.conftest import sign_in
from tests.conftest import person
from tests.factories import AnnotationFactory
from tests.processes import Processes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_researcher_builds_a_snapshot_and_downloads_it(page: Page, processes: Processes) -> None:
    annotation = AnnotationFactory.create(assignment__item__round__campaign__slug="maths")
    sign_in(page, person("rosa", Role.RESEARCHER, "maths"), to="/snapshots/")
    page.get_by_label("Format").select_option("trl")
    page.get_by_role("button", name="Show its choices").click()
    page.get_by_label("neutral").select_option("positive")
    page.get_by_label("Title").fill("First <b>set</b>")
    page.get_by_role("button", name="Build the snapshot").click()
    expect(page.locator("progress")).to_have_count(1)
    processes.worker()
    page.get_by_role("link", name="First <b>set</b>").click()  # the page came anew by itself
    expect(page.get_by_role("heading", level=1)).to_have_text("First <b>set</b>")
    expect(page.locator("body")).to_contain_text(annotation.rater.pseudonym)
    row = page.get_by_role("row").filter(has_text="data/train.jsonl")
    with page.expect_download() as download:
        row.get_by_role("link").click()
    data = download.value.path().read_bytes()
    assert hashlib.sha256(data).hexdigest() == row.locator("[title]").get_attribute("title")
