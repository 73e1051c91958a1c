"""Skipping: an item goes back to others, first in line, and never to the same rater again."""

import pytest
from django.test import Client

from labelling.people.models import Role, User
from labelling.rating.models import Draft
from labelling.rating.services import SubmitConflict, lease_skip, leases_expire
from labelling.rounds.models import Item, Round
from tests.conftest import person
from tests.factories import ItemFactory, RoundFactory
from tests.rating.kit import SLUG, body, claimed, item_of, let_run_out, post, standing_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug=SLUG, campaign__skips_per_round=2, campaign__lease_ahead=0)


def test_a_skipped_item_goes_to_a_colleague_and_never_back(round_: Round, rater: User, signed_in_rater: Client) -> None:
    first, second = (ItemFactory.create(round=round_, position=position) for position in range(2))
    answer = post(signed_in_rater, "api-skip", claimed(rater)).json()
    assert item_of(answer["held"][0]) == second
    assert item_of(claimed(person("rob", Role.RATER))) == first
    post(signed_in_rater, "api-submit", answer["held"][0], body())
    assert claimed(rater) is None


def test_a_skip_drops_the_draft_and_frees_the_place(round_: Round, rater: User, signed_in_rater: Client) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    Draft.objects.create(assignment_id=lease, seq=1, document="{}")
    assert post(signed_in_rater, "api-skip", lease).json()["reason"] == "queue-empty"
    item.refresh_from_db()
    assert (item.held, item.completed, Draft.objects.count()) == (0, 0, 0)


def test_skips_are_counted_by_round_and_end(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create_batch(4, round=round_)
    lease = claimed(rater)
    for _ in range(2):
        lease = post(signed_in_rater, "api-skip", lease).json()["held"][0]
    refused = post(signed_in_rater, "api-skip", lease)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no-skips-left")
    assert claimed(rater) == item_of(lease).assignments.get().pk
    assert standing_of(rater).skipped == 2


def test_skipping_twice_is_skipping_once(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create_batch(3, round=round_)
    lease = claimed(rater)
    first, second = (post(signed_in_rater, "api-skip", lease).json() for _ in range(2))
    assert first == second
    assert standing_of(rater).skipped == 1
    assert sum(Item.objects.values_list("held", flat=True)) == 1


def test_neither_a_submitted_item_nor_a_colleague_s_can_be_skipped(round_: Round, rater: User, client: Client) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    client.force_login(rater)
    post(client, "api-submit", lease, body())
    assert post(client, "api-skip", lease).json()["error"]["code"] == "submitted"
    client.force_login(person("rob", Role.RATER))
    assert post(client, "api-skip", lease).status_code == 404


def test_a_submit_after_the_skip_says_so(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    post(signed_in_rater, "api-skip", lease)
    assert post(signed_in_rater, "api-submit", lease, body()).json()["error"]["code"] == "skipped"


def test_skipping_a_lease_that_ran_out_frees_its_place_once(round_: Round, rater: User) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    let_run_out(lease)
    lease_skip(rater=rater, campaign=SLUG, lease=lease)
    item.refresh_from_db()
    assert item.held == 0


def test_a_campaign_may_allow_no_skips_at_all(rater: User) -> None:
    ItemFactory.create(round=RoundFactory.create(campaign__slug=SLUG, campaign__skips_per_round=0))
    with pytest.raises(SubmitConflict, match="no skips left"):
        lease_skip(rater=rater, campaign=SLUG, lease=claimed(rater))


def test_a_lease_of_a_round_before_given_back_late_brings_no_new_skips(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    ItemFactory.create(round=round_)
    old = claimed(rater)
    let_run_out(old)
    leases_expire()
    Round.objects.update(state="closed")
    ItemFactory.create_batch(4, round=RoundFactory.create(campaign=round_.campaign, number=round_.number + 1))
    lease = claimed(rater)
    for _ in range(2):
        lease = post(signed_in_rater, "api-skip", lease).json()["held"][0]
    assert post(signed_in_rater, "api-skip", old).status_code == 200
    assert standing_of(rater).skipped == 2
    assert post(signed_in_rater, "api-skip", lease).json()["error"]["code"] == "no-skips-left"
