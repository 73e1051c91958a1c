"""API routes as plain views: every refusal in the one shape, and the same walls around them as around any page."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.people.models import Role, User
from tests.conftest import person
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db
SUBMIT = "/api/campaigns/maths/leases/00000000-0000-0000-0000-000000000007/submit/"


@pytest.fixture(autouse=True)
def campaign() -> None:
    CampaignFactory.create(slug="maths")


def error(response: Any) -> tuple[int, str]:
    body = response.json()["error"]
    assert set(body) == {"code", "message", "field"}
    assert body["message"]
    return response.status_code, body["code"]


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ("{", "application/json", (400, "parse_error")),
        ("[1]", "application/json", (400, "invalid")),
        ('{"total_time": NaN}', "application/json", (400, "parse_error")),
        ("\udcff", "application/json", (400, "parse_error")),
        ("9" * 5000, "application/json", (400, "parse_error")),
        ("uuid=7", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        ('"' + "a" * 2_000_001 + '"', "application/json", (413, "too-large")),
    ],
    ids=["broken", "no-object", "nan", "no-utf8", "endless-number", "form", "huge"],
)
def test_a_body_that_cannot_be_read_is_refused_in_the_one_shape(
    signed_in_rater: Client, data: str, kind: str, expected: tuple[int, str]
) -> None:
    answer = signed_in_rater.generic("POST", SUBMIT, data.encode(errors="surrogateescape"), content_type=kind)
    assert error(answer) == expected


def test_another_method_is_refused(signed_in_rater: Client) -> None:
    assert error(signed_in_rater.get(SUBMIT)) == (405, "method_not_allowed")


def test_without_the_page_s_token_nothing_is_taken(rater: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert error(client.post(SUBMIT, {}, content_type="application/json")) == (401, "signed-out")
    client.force_login(rater)
    assert error(client.post(SUBMIT, {}, content_type="application/json")) == (403, "csrf")
    assert client.post(reverse("account_logout")).status_code == 403  # a page, for pages


def test_a_session_that_ended_or_was_made_up_opens_nothing(signed_in_rater: Client) -> None:
    assert signed_in_rater.get(reverse("home")).status_code == 200
    for key in ("0" * 32, "", "é\x00"):
        stranger = Client()
        stranger.cookies["sessionid"] = key
        assert error(stranger.post(SUBMIT, {}, content_type="application/json")) == (401, "signed-out")
    Session.objects.all().delete()
    assert error(signed_in_rater.post(SUBMIT, {}, content_type="application/json")) == (401, "signed-out")


def test_a_changed_password_or_role_counts_from_the_next_request(client: Client) -> None:
    user = person("rob", Role.RATER)
    client.force_login(user)
    claim = reverse("api-claim", args=["maths"])
    assert client.post(claim).status_code == 200
    user.memberships.all().delete()
    assert error(client.post(claim)) == (403, "forbidden")
    user.set_password("another one, long enough")
    user.save(update_fields=["password"])
    assert error(client.post(claim)) == (401, "signed-out")


def test_session_user_and_roles_take_two_statements(signed_in_rater: Client) -> None:
    with CaptureQueriesContext(connection) as caught:
        signed_in_rater.get(SUBMIT)
    assert len(caught) == 2


@pytest.mark.parametrize("address", ["/api/nowhere/", "/api/campaigns/maths/leases/7/submit/"])
def test_an_address_that_is_none_is_refused_in_the_same_shape(signed_in_rater: Client, address: str) -> None:
    assert error(signed_in_rater.post(address)) == (404, "not-found")
    assert "<html" in signed_in_rater.get("/nowhere/").content.decode()


def test_a_fault_of_ours_is_told_in_the_same_shape(signed_in_rater: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_named: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("labelling.rating.api.lease_claim", broken)
    signed_in_rater.raise_request_exception = False
    assert error(signed_in_rater.post("/api/campaigns/maths/claim/")) == (500, "server-error")


def test_a_form_without_its_token_is_refused_by_a_page_of_ours(rater: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rater)
    refused = client.post(reverse("guidelines", args=["maths"]), {"number": "1"})
    assert refused.status_code == 403
    assert "This form is out of date" in refused.content.decode()
