"""Raters' work in the admin: to be looked at, never changed, and read in a fixed number of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labelling.people.models import User
from tests.factories import AnnotationFactory, AssignmentFactory, DraftFactory, GuidelineAcknowledgementFactory
from tests.word_factories import KeyMapFactory, LeadQuestionFactory, ReferenceReportFactory

pytestmark = pytest.mark.django_db
ROWS: dict[str, Any] = {
    "assignment": AssignmentFactory,
    "draft": DraftFactory,
    "guidelineacknowledgement": GuidelineAcknowledgementFactory,
    "annotation": AnnotationFactory,
    "leadquestion": LeadQuestionFactory,
    "referencereport": ReferenceReportFactory,
    "keymap": KeyMapFactory,
}


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.mark.parametrize("name", ROWS)
class TestEveryTable:
    def test_its_list_needs_the_same_queries_however_long(self, as_operator: Client, name: str) -> None:
        counts = []
        as_operator.get("/admin/")  # the first page of a sign-in writes the session
        for more in (2, 8):
            ROWS[name].create_batch(more)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert as_operator.get(f"/admin/rating/{name}/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_its_rows_can_be_read_but_not_changed(self, as_operator: Client, name: str) -> None:
        row = ROWS[name].create()
        address = f"/admin/rating/{name}/{row.pk}/change/"
        assert as_operator.get(address).status_code == 200
        assert as_operator.post(address, {}).status_code == 403
        assert as_operator.post(f"/admin/rating/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert as_operator.get(f"/admin/rating/{name}/add/").status_code == 403
