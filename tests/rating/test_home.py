"""The start page: what is next in each campaign, what waits, and one clear thing to do."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.people.models import Role, User
from labelling.rating import home
from labelling.rating.home import campaigns_of
from labelling.rating.models import Annotation, AssignmentState
from labelling.rating.services import guideline_acknowledge, lease_claim, leases_expire
from labelling.rating.standings import rater_set_terms
from labelling.rounds.golds import gold_retire
from labelling.rounds.models import Campaign, Gold, Round
from labelling.rounds.publishing import guideline_publish
from tests.conftest import person
from tests.factories import AnnotationFactory, CampaignFactory, DraftFactory, GoldFactory, ItemFactory, RoundFactory
from tests.rating.kit import SLUG, claimed, gold_item, let_run_out, submitted
from tests.rating.standings import standing_make

pytestmark = pytest.mark.django_db
HOME = "/"


@pytest.fixture
def campaign() -> Campaign:
    round_ = RoundFactory.create(campaign__slug=SLUG, campaign__name="Maths")
    ItemFactory.create_batch(3, round=round_)
    return round_.campaign


def page(client: Client) -> str:
    response = client.get(HOME)
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def primary(client: Client) -> list[tuple[str, str]]:
    """Address and words of the page's primary actions."""
    html = client.get(HOME).content.decode()
    found = re.findall(r'<a class="button button-primary" href="([^"]+)">([^<]+)</a>', html)
    return [(address, words) for address, words in found]


def state(rater: User) -> str:
    return campaigns_of(rater)[0].state


class TestState:
    def test_an_open_campaign_says_what_waits_and_offers_to_start(
        self, signed_in_rater: Client, campaign: Campaign
    ) -> None:
        assert "Maths Open 3 items are waiting." in page(signed_in_rater)
        assert primary(signed_in_rater) == [("/label/maths/", "Start labelling")]

    def test_an_item_in_hand_comes_first(self, signed_in_rater: Client, campaign: Campaign, rater: User) -> None:
        lease = claimed(rater)
        assert "Maths Open 3 items are waiting." in page(signed_in_rater)  # held, but not begun
        DraftFactory.create(assignment_id=lease, assignment=None)
        assert "Begun An item is begun, and waits as you left it. 3 items are waiting." in page(signed_in_rater)
        assert primary(signed_in_rater) == [("/label/maths/", "Go on labelling")]

    def test_unread_guidelines_come_before_the_first_item(self, signed_in_rater: Client, campaign: Campaign) -> None:
        guideline_publish(campaign=campaign, body="# Judge")
        assert "Guidelines first" in page(signed_in_rater)
        assert primary(signed_in_rater) == [("/guidelines/maths/", "Read the guidelines")]

    def test_changed_rules_and_minor_changes_are_told(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        guideline_acknowledge(rater=rater, guideline=guideline_publish(campaign=campaign, body="# Judge"))
        guideline_publish(campaign=campaign, body="# Judge.", change="minor", summary="A full stop.")
        assert "A small change in the guidelines: A full stop. Read" in page(signed_in_rater)
        assert state(rater) == "ready"
        guideline_publish(campaign=campaign, body="# Judge!", change="rules", summary="Louder.")
        assert primary(signed_in_rater) == [("/guidelines/maths/", "Read the new rules")]

    def test_a_pause_gives_its_reason_and_nothing_to_start(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        standing_make(rater=rater, campaign=campaign, paused=True)
        assert "Paused You are paused: Too many golds were missed." in page(signed_in_rater)
        assert primary(signed_in_rater) == []

    def test_a_quota_shows_how_much_of_it_is_done_and_when_it_is_used_up(
        self, signed_in_rater: Client, campaign: Campaign, rater: User
    ) -> None:
        rater_set_terms(rater=rater, campaign=campaign, pool="", items_per_day=2)
        submitted(rater, claimed(rater))
        assert "1 of 2 for today done." in page(signed_in_rater)
        submitted(rater, claimed(rater))
        assert lease_claim(rater=rater, campaign=SLUG).reason == "quota"
        assert "Done for today You have done the 2 items that are open to you a day." in page(signed_in_rater)
        assert primary(signed_in_rater) == []

    def test_yesterday_s_count_does_not_use_up_today_s_quota(self, campaign: Campaign, rater: User) -> None:
        campaign.items_per_day = 1
        campaign.save(update_fields=["items_per_day"])
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        standing_make(rater=rater, campaign=campaign, day=yesterday, day_count=1)
        assert state(rater) == "ready"

    def test_nothing_open_is_said_so(self, signed_in_rater: Client, campaign: Campaign) -> None:
        Round.objects.update(state="closed", closed_at=timezone.now())
        assert "Nothing open Nothing is open for you right now." in page(signed_in_rater)
        assert primary(signed_in_rater) == []

    def test_a_round_for_another_pool_is_not_open_to_this_rater(self, campaign: Campaign, rater: User) -> None:
        Round.objects.update(pool="experts")
        assert state(rater) == "empty"
        assert lease_claim(rater=rater, campaign=SLUG).reason == "queue-empty"
        rater_set_terms(rater=rater, campaign=campaign, pool="experts", items_per_day=None)
        assert state(rater) == "ready"

    @pytest.mark.parametrize("admission", ["new", "screening", "failed", "admitted"])
    def test_the_state_is_what_a_claim_would_say(self, campaign: Campaign, rater: User, admission: str) -> None:
        Campaign.objects.update(screening_required=True, screening_items=2)
        GoldFactory.create_batch(2, campaign=campaign, screening=True)
        standing_make(rater=rater, campaign=campaign, admission=admission)
        said = {"new": "screening-new", "screening": "screening-new", "failed": "screening-failed"}
        assert state(rater) == said.get(admission, "ready") or admission == "screening"
        reason = lease_claim(rater=rater, campaign=SLUG).reason
        assert (reason == "screening-failed") == (admission == "failed")


class TestOrderAndFigures:
    def test_of_several_campaigns_those_with_work_come_first_and_one_action_is_primary(
        self, signed_in_rater: Client, campaign: Campaign
    ) -> None:
        CampaignFactory.create(name="Aardvarks")
        assert page(signed_in_rater).index("Maths") < page(signed_in_rater).index("Aardvarks")
        ItemFactory.create()
        assert len(primary(signed_in_rater)) == 1

    def test_own_work_of_today_and_in_all(self, signed_in_rater: Client, campaign: Campaign, rater: User) -> None:
        submitted(rater, claimed(rater), total_time=125_000)
        old = AnnotationFactory.create(
            assignment__rater=rater, assignment__item__round=Round.objects.get(), total_time=3_600_000
        )
        assert old.campaign == campaign
        assert "Today 1 item 2 min In all 2 items 1 h 2 min" in page(signed_in_rater)

    def test_a_huge_queue_is_counted_up_to_a_thousand(
        self, signed_in_rater: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(home, "MOST_COUNTED", 2)
        assert "More than 2 items are waiting." in page(signed_in_rater)

    def test_what_was_returned_behind_the_cursor_waits_too(self, campaign: Campaign, rater: User) -> None:
        ItemFactory.create_batch(20, round=Round.objects.get())
        claimed(rater)
        other = person("ruth", Role.RATER)
        held = lease_claim(rater=other, campaign=SLUG).lease
        for _ in range(2):
            submitted(rater, claimed(rater))
        assert held is not None
        before = campaigns_of(rater)[0].waiting
        let_run_out(held)
        assert leases_expire() == 1
        assert campaigns_of(rater)[0].waiting == before + 1


class TestStreak:
    @pytest.fixture
    def golds(self, campaign: Campaign, rater: User) -> list[Gold]:
        """Four golds, answered wrong, right, right, right."""
        campaign.gold_coaching = True
        campaign.save(update_fields=["gold_coaching"])
        round_ = Round.objects.get()
        items = [gold_item(round_) for _ in range(4)]
        for at, item in enumerate(items):
            AnnotationFactory.create(
                assignment__rater=rater,
                assignment__item=item,
                gold_right=at > 0,
                created_at=timezone.now(),
            )
        return [item.gold for item in items if item.gold is not None]

    def test_it_counts_only_what_nobody_can_meet_any_more(
        self, signed_in_rater: Client, golds: list[Gold], rater: User
    ) -> None:
        assert campaigns_of(rater)[0].streak == 0
        for gold, streak in zip(reversed(golds), (1, 2, 3, 3), strict=True):
            gold_retire(gold=gold)
            assert campaigns_of(rater)[0].streak == streak
        assert "Right in a row 3" in page(signed_in_rater)

    def test_it_stays_hidden_where_the_campaign_does_not_coach(self, golds: list[Gold], rater: User) -> None:
        for gold in golds:
            gold_retire(gold=gold)
        Campaign.objects.update(gold_coaching=False)
        assert campaigns_of(rater)[0].streak == 0


def test_scores_and_other_people_s_work_are_not_on_it(signed_in_rater: Client, campaign: Campaign) -> None:
    other = AnnotationFactory.create(assignment__item__round=Round.objects.get(), gold_right=None)
    said = page(signed_in_rater)
    assert "In all" not in said
    assert other.rater.username not in said
    assert not Annotation.objects.filter(assignment__state=AssignmentState.LEASED).exists()


def test_it_costs_the_same_for_many_campaigns(signed_in_rater: Client, rater: User) -> None:
    def cost() -> int:
        signed_in_rater.get(HOME)
        with CaptureQueriesContext(connection) as caught:
            signed_in_rater.get(HOME)
        return len(caught)

    def add(count: int) -> None:
        for _ in range(count):
            round_ = RoundFactory.create()
            guideline_publish(campaign=round_.campaign, body="# Judge")
            ItemFactory.create(round=round_)
            AnnotationFactory.create(assignment__rater=rater, assignment__item__round=round_)

    add(1)
    few = cost()
    add(6)
    # session and person, unread answers; campaigns, own work, waiting, in hand, standings, guidelines (two)
    assert (few, cost()) == (10, 10)
