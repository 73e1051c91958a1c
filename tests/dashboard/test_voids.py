"""The lead's page of voids: it says what a void would do, makes it, and puts it back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.people.models import User
from labelling.rating.models import Assignment, Void
from labelling.rounds.models import Campaign, Round
from tests.dashboard.test_pages import text_of
from tests.factories import AnnotationFactory, RoundFactory

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/gsm/voids/"


@pytest.fixture
def round_(campaign: Campaign) -> Round:
    return RoundFactory.create(campaign=campaign)


@pytest.fixture
def stored(round_: Round, worker: User) -> list[Any]:
    return AnnotationFactory.create_batch(3, assignment__item__round=round_, assignment__rater=worker)


def confirmed(worker: User, **changes: str) -> dict[str, str]:
    until = timezone.now().isoformat()
    return {"rater": worker.pseudonym, "round": "", "since": "", "until": until, "reason": "Clicked through."} | changes


def test_before_any_work_it_says_so(as_owner: Client, campaign: Campaign) -> None:
    assert "Nobody has submitted anything" in text_of(as_owner.get(PAGE))


def test_it_tells_what_a_void_would_take_out_and_does_nothing(as_owner: Client, worker: User, stored: Any) -> None:
    page = text_of(as_owner.get(PAGE, {"rater": worker.pseudonym, "round": "1"}))
    assert "3 annotations of rita" in page
    assert "3 items go back to the queue, but not to rita." in page
    assert not Void.objects.exists()


def test_it_voids_what_was_confirmed_and_lists_it(
    as_owner: Client, owner: User, worker: User, stored: list[Any]
) -> None:
    page = text_of(as_owner.post(f"{PAGE}make/", confirmed(worker), follow=True))
    assert "Voided 3 annotations of rita." in page
    assert "Clicked through." in page
    void = Void.objects.get()
    assert (void.made_by, void.rater, void.annotations.count()) == (owner, worker, 3)


def test_what_came_after_the_preview_is_not_voided(as_owner: Client, worker: User, round_: Round, stored: Any) -> None:
    AnnotationFactory.create(
        assignment__item__round=round_, assignment__rater=worker, created_at=timezone.now() + timedelta(minutes=1)
    )
    as_owner.post(f"{PAGE}make/", confirmed(worker))
    assert Void.objects.get().annotations.count() == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": " "}, "This field is required."),
        ({"rater": "nobody"}, "Select a valid choice."),
        ({"since": "2026-03-02T12:00", "until": "2026-03-01T12:00"}, "The end must come after the beginning."),
        ({"until": "2020-01-01T00:00"}, "There is nothing to void"),
    ],
)
def test_it_says_what_is_wrong_and_voids_nothing(
    as_owner: Client, worker: User, stored: Any, changes: dict[str, str], told: str
) -> None:
    page = text_of(as_owner.post(f"{PAGE}make/", confirmed(worker, **changes), follow=True))
    assert told in page
    assert not Void.objects.exists()


def test_a_void_is_reversed_with_one_button(as_owner: Client, worker: User, stored: Any) -> None:
    as_owner.post(f"{PAGE}make/", confirmed(worker))
    address = f"{PAGE}{Void.objects.get().pk}/reverse/"
    assert "stand again" in text_of(as_owner.post(address, follow=True))
    assert set(Assignment.objects.values_list("state", flat=True)) == {"completed"}
    assert "reversed already" in text_of(as_owner.post(address, follow=True))


def test_another_campaign_s_void_is_not_there(as_owner: Client, worker: User, lead: User) -> None:
    elsewhere = AnnotationFactory.create(assignment__rater=worker)
    void = Void.objects.create(rater=worker, campaign=elsewhere.campaign, reason="Elsewhere.", made_by=lead)
    assert as_owner.post(f"{PAGE}{void.pk}/reverse/").status_code == 404
    assert "Elsewhere." not in text_of(as_owner.get(PAGE))


def test_its_queries_do_not_grow_with_the_voids(
    as_owner: Client, worker: User, stored: Any, campaign: Campaign, owner: User
) -> None:
    counts = []
    as_owner.get(PAGE)
    for _ in range(2):
        for _ in range(4):
            Void.objects.create(rater=worker, campaign=campaign, reason="Odd.", made_by=owner)
        with CaptureQueriesContext(connection) as queries:
            as_owner.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
