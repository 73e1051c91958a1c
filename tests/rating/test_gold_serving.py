"""Gold in the queue: when it is served, how it is judged, and that nothing tells it apart."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.people.models import Role, User
from labelling.rating.claims import gold_places
from labelling.rating.home import campaigns_of
from labelling.rating.models import Annotation, Outbox, Standing
from labelling.rating.services import annotation_submit_and_claim, leases_expire
from labelling.rounds.models import Campaign, Item, ItemKind, Round
from tests.conftest import person
from tests.factories import ItemFactory, RoundFactory
from tests.rating.kit import SLUG, body, claimed, gold_item, item_of, let_run_out, post, standing_of, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    made: Round = RoundFactory.create(campaign__slug=SLUG, campaign__lease_ahead=0)
    for position in range(12):
        ItemFactory.create(round=made, position=position, overlap=2)
    return made


def place_golds(rater: User, *places: int) -> None:
    """As if the dice had fallen so."""
    Standing.objects.create(
        rater=rater, campaign=Campaign.objects.get(), round=Round.objects.get(), gold_places=list(places)
    )


def kinds(rater: User, count: int) -> list[str]:
    met = []
    for _ in range(count):
        lease = claimed(rater)
        met.append(item_of(lease).kind)
        submitted(rater, lease)
    return met


def test_gold_comes_at_the_places_drawn(round_: Round, rater: User) -> None:
    for _ in range(3):
        gold_item(round_)
    person("rob", Role.RATER)
    place_golds(rater, 2, 5)
    assert [n for n, kind in enumerate(kinds(rater, 6), 1) if kind == ItemKind.GOLD] == [2, 5]
    assert (standing_of(rater).gold_places, standing_of(rater).served) == ([], 6)


def test_places_are_drawn_once_a_round_for_each_gold_not_met(round_: Round, rater: User) -> None:
    for _ in range(3):
        gold_item(round_)
    claimed(rater)
    places = standing_of(rater).gold_places
    assert len({*places}) >= 2  # the first item may have been gold already
    assert all(1 <= place <= 12 * 2 for place in places)
    claimed(rater)
    assert standing_of(rater).gold_places == places


@pytest.mark.parametrize(
    ("items", "overlap", "raters", "most"), [(1003, 3, 100, 30), (1003, 3, 10, 60), (13, 1, 5, 9), (3, 1, 0, 9)]
)
def test_places_spread_over_the_items_to_be_expected(items: int, overlap: int, raters: int, most: int) -> None:
    drawn = [gold_places(served=0, items=items, overlap=overlap, golds=3, raters=raters) for _ in range(400)]
    assert all(len({*places}) == 3 and places == sorted(places) for places in drawn)
    assert min(places[0] for places in drawn) >= 1
    assert most * 0.9 <= max(places[-1] for places in drawn) <= most
    assert gold_places(served=7, items=items, overlap=overlap, golds=3, raters=raters)[0] > 7


def test_every_rater_meets_each_gold_once_and_none_when_the_queue_is_done(round_: Round, rater: User) -> None:
    gold_item(round_)
    place_golds(rater, 2, 3, 4)
    assert kinds(rater, 13).count(ItemKind.GOLD) == 1
    gold_item(round_)
    Standing.objects.update(gold_places=[1])
    assert claimed(rater) is None


def test_an_answer_to_gold_is_judged_in_the_submit(round_: Round, rater: User) -> None:
    gold_item(round_, acceptable=(1, 2))
    place_golds(rater, 2)
    kinds(rater, 2)
    judged = Annotation.objects.get(item__kind=ItemKind.GOLD)
    assert judged.gold_right is True
    assert '"is_quality_control_question": true' in judged.document
    assert set(Annotation.objects.exclude(pk=judged.pk).values_list("gold_right", flat=True)) == {None}
    assert (standing_of(rater).gold_seen, standing_of(rater).gold_right) == (1, 1)


def test_giving_up_on_gold_is_no_answer(round_: Round, rater: User) -> None:
    gold_item(round_)
    place_golds(rater, 2)
    kinds(rater, 1)
    submitted(rater, claimed(rater), finish_reason="give_up", steps=0, first_error=None, reason="Illegible.")
    assert (standing_of(rater).gold_seen, Annotation.objects.get(item__kind="gold").gold_right) == (0, None)


def test_below_the_mark_the_rater_is_paused_in_the_same_submit(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    Campaign.objects.update(gold_least=2, gold_mark=0.5)
    for _ in range(2):
        gold_item(round_, acceptable=(-1,))
    place_golds(rater, 2, 3)
    kinds(rater, 2)
    answer = post(signed_in_rater, "api-submit", claimed(rater), body()).json()
    assert (answer["held"], answer["reason"]) == ([], "paused")
    standing = standing_of(rater)
    assert (standing.gold_seen, standing.gold_right, standing.paused_at is not None) == (2, 0, True)
    assert answer["message"] == standing.pause_reason
    assert Outbox.objects.get().standing == standing
    assert claimed(rater) is None


def test_after_a_resume_gold_is_judged_anew(round_: Round, rater: User) -> None:
    Campaign.objects.update(gold_least=2)
    for _ in range(3):
        gold_item(round_, acceptable=(1,))
    place_golds(rater, 2, 3, 4)
    Standing.objects.update(gold_seen=9, gold_right=1, gold_from=9, gold_right_from=1)
    kinds(rater, 4)
    assert (standing_of(rater).paused_at, standing_of(rater).gold_right) == (None, 4)


def test_a_gold_whose_lease_ran_out_comes_back_first_as_a_normal_item_would(round_: Round, rater: User) -> None:
    for _ in range(4):
        gold_item(round_)
    place_golds(rater, 2)
    kinds(rater, 1)
    lease = claimed(rater)
    let_run_out(lease)
    assert leases_expire() == 1
    assert claimed(rater) == lease


def test_gold_and_normal_look_the_same(round_: Round, rater: User, signed_in_rater: Client) -> None:
    gold_item(round_)
    place_golds(rater, 2)
    first = signed_in_rater.post(reverse("api-claim", args=[SLUG])).json()
    second = post(signed_in_rater, "api-submit", first["held"][0], body()).json()
    third = post(signed_in_rater, "api-submit", second["held"][0], body()).json()
    assert item_of(second["held"][0]).kind == ItemKind.GOLD
    assert set(first["leases"][0]) == set(second["leases"][0]) == set(third["leases"][0])
    assert set(second) == set(third)
    assert "gold" not in str(second)


def test_gold_and_normal_take_the_same_statements(round_: Round, rater: User) -> None:
    gold_item(round_)
    place_golds(rater, 2)
    counts = []
    for _ in range(3):
        lease = claimed(rater)
        with CaptureQueriesContext(connection) as caught:
            annotation_submit_and_claim(rater=rater, campaign=SLUG, lease=lease, data=body())
        counts.append(len(caught))
    assert Item.objects.get(kind=ItemKind.GOLD).completed == 1
    assert counts == [5, 5, 5]  # a savepoint and its release around three statements


@pytest.mark.parametrize("ahead", [0, 3])
def test_the_start_page_counts_down_by_one_whatever_kind_was_claimed(round_: Round, rater: User, ahead: int) -> None:
    Campaign.objects.update(lease_ahead=ahead)
    for _ in range(2):
        gold_item(round_)
    place_golds(rater, 2, 3)
    steps = []
    for _ in range(4):
        before = campaigns_of(rater)[0].waiting
        lease = claimed(rater)
        assert campaigns_of(rater)[0].waiting == before
        submitted(rater, lease)
        steps.append((item_of(lease).kind, before - campaigns_of(rater)[0].waiting))
    assert steps == [(kind, 1) for kind in ("normal", "gold", "gold", "normal")]
    Campaign.objects.update(lease_ahead=0)
    while claimed(rater):
        submitted(rater, claimed(rater))
    Item.objects.filter(kind=ItemKind.NORMAL).update(state="withdrawn")
    gold_item(round_)
    assert campaigns_of(rater)[0].waiting == 0  # gold alone is not served


def test_a_correction_is_no_further_item_on_the_start_page(round_: Round, rater: User) -> None:
    lease = claimed(rater)
    sent = submitted(rater, lease)
    submitted(rater, lease, first_error=0, replaces=sent["uuid"])
    assert campaigns_of(rater)[0].submitted == 1
