"""Screening: the order of its items, its result, and what comes of it, by the claims and submits of real raters."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labelling.people.models import Role, User
from labelling.rating.models import Annotation, Assignment, ScreeningTry, Standing
from labelling.rating.screening import ScreeningRefused, screening_answered, screening_retry
from labelling.rating.services import Claim, annotation_submit, lease_claim, leases_expire
from labelling.rating.standings import StandingRefused, rater_admit, rater_grant_try
from labelling.rounds.golds import gold_retire
from labelling.rounds.models import Campaign, Gold, Item, ItemKind
from labelling.rounds.publishing import guideline_publish
from tests.conftest import person
from tests.factories import NOON, GoldFactory, ItemFactory, RoundFactory

pytestmark = pytest.mark.django_db
ITEMS = 4


@pytest.fixture
def campaign(db: None) -> Campaign:
    """Screens with four items, three of which must be right, in the order of the golds; and has work to do."""
    round_ = RoundFactory.create(campaign__slug="maths", campaign__lease_ahead=0)
    ItemFactory.create_batch(3, round=round_, overlap=5)
    found = round_.campaign
    found.screening_required, found.screening_items, found.screening_shuffled = True, ITEMS, False
    found.save()
    return found


@pytest.fixture
def golds(campaign: Campaign) -> list[Gold]:
    return GoldFactory.create_batch(ITEMS, campaign=campaign, screening=True)


def claim(rater: User) -> Claim:
    return lease_claim(rater=rater, campaign="maths")


def in_hand(rater: User) -> Assignment:
    lease = claim(rater).lease
    assert lease is not None
    return Assignment.objects.get(pk=lease)


def answer(rater: User, right: bool, *, lease: uuid.UUID | None = None, gave_up: bool = False) -> None:
    """Submit the item in hand: the golds' first error is at the third step."""
    ratings = [1, 1, -1] if right else [-1]
    data: dict[str, Any] = {
        "uuid": str(uuid.uuid4()),
        "steps": [] if gave_up else [{"rating": rating, "flagged": False} for rating in ratings],
        "finish_reason": "give_up" if gave_up else "found_error",
        "reason": "I can't read it." if gave_up else "",
        "total_time": 1000,
    }
    found = lease or claim(rater).lease
    assert found is not None
    annotation_submit(rater=rater, campaign="maths", lease=found, data=data)


def admission(rater: User) -> str:
    return Standing.objects.get(rater=rater).admission


def screened(rater: User, rights: str) -> None:
    for right in rights:
        answer(rater, right == "r")


def served(rater: User, count: int = ITEMS) -> list[int | None]:
    """Answer so many and say which golds they were."""

    def each() -> Iterator[int | None]:
        for _ in range(count):
            lease = in_hand(rater)
            yield lease.item.gold_id
            answer(rater, False, lease=lease.pk)

    return list(each())


class TestServing:
    def test_who_is_not_admitted_gets_the_screening_first_and_then_work(
        self, campaign: Campaign, golds: list[Gold], rater: User
    ) -> None:
        assert served(rater, 1) == [golds[0].pk]
        screened(rater, "rrr")
        assert admission(rater) == "admitted"
        assert in_hand(rater).item.kind == ItemKind.NORMAL

    def test_without_the_setting_nobody_is_screened(self, campaign: Campaign, golds: list[Gold], rater: User) -> None:
        campaign.screening_required = False
        campaign.save(update_fields=["screening_required"])
        assert in_hand(rater).item.kind == ItemKind.NORMAL

    def test_a_reload_brings_the_same_lease_and_counts_once(
        self, campaign: Campaign, golds: list[Gold], rater: User
    ) -> None:
        first = claim(rater)
        assert first.lease == claim(rater).lease
        assert Item.objects.get(kind="screening", gold=golds[0]).held == 1
        answer(rater, True)
        item = Item.objects.get(kind="screening", gold=golds[0])
        assert (item.held, item.completed) == (0, 1)

    def test_a_lease_that_ran_out_comes_again(self, campaign: Campaign, golds: list[Gold], rater: User) -> None:
        Assignment.objects.filter(pk=in_hand(rater).pk).update(expires_at=NOON)
        assert leases_expire() == 1
        assert in_hand(rater).item.gold == golds[0]
        assert Item.objects.get(kind="screening", gold=golds[0]).held == 1

    def test_shuffled_orders_differ_between_raters_and_hold_the_same_items(self, campaign: Campaign) -> None:
        campaign.screening_shuffled, campaign.screening_items = True, 8
        campaign.save(update_fields=["screening_shuffled", "screening_items"])
        golds = [gold.pk for gold in GoldFactory.create_batch(10, campaign=campaign, screening=True)]
        orders = [served(person(f"r{n}", Role.RATER), 8) for n in range(3)]
        assert all(sorted(order, key=str) == sorted(golds[:8], key=str) for order in orders)
        assert len({tuple(order) for order in orders}) > 1

    def test_a_shuffled_reload_brings_the_same_item(self, campaign: Campaign, rater: User) -> None:
        campaign.screening_shuffled = True
        campaign.save(update_fields=["screening_shuffled"])
        GoldFactory.create_batch(ITEMS, campaign=campaign, screening=True)
        item = in_hand(rater).item
        Assignment.objects.filter(pk=in_hand(rater).pk).update(expires_at=NOON)
        leases_expire()
        assert in_hand(rater).item == item

    def test_too_small_a_set_is_told_and_begins_nothing(self, campaign: Campaign, rater: User) -> None:
        GoldFactory.create_batch(ITEMS - 1, campaign=campaign, screening=True)
        assert claim(rater).reason == "screening-missing"
        assert not ScreeningTry.objects.exists()
        GoldFactory.create(campaign=campaign, screening=True)
        assert claim(rater).reason is None

    def test_a_set_that_shrank_under_a_try_is_told_and_further_golds_mend_it(
        self, campaign: Campaign, golds: list[Gold], rater: User
    ) -> None:
        screened(rater, "r")
        gold_retire(gold=golds[-1])
        assert Assignment.objects.filter(state="leased").count() == 0
        assert claim(rater).reason == "screening-missing"
        GoldFactory.create(campaign=campaign, screening=True)
        screened(rater, "rrr")
        assert admission(rater) == "admitted"

    def test_a_solution_met_as_work_is_not_met_again(self, campaign: Campaign, rater: User) -> None:
        campaign.screening_required = False
        campaign.save(update_fields=["screening_required"])
        met = in_hand(rater).solution
        answer(rater, True)
        campaign.screening_required = True
        campaign.save(update_fields=["screening_required"])
        GoldFactory.create(campaign=campaign, screening=True, solution=met)
        others = GoldFactory.create_batch(ITEMS, campaign=campaign, screening=True)
        assert served(rater) == [gold.pk for gold in others]


class TestResult:
    @pytest.mark.parametrize(("rights", "result"), [("rrrr", "admitted"), ("rwrr", "admitted"), ("rwwr", "failed")])
    def test_the_mark_decides_after_the_last_item_only(
        self, campaign: Campaign, golds: list[Gold], rater: User, rights: str, result: str
    ) -> None:
        screened(rater, rights[:-1])
        assert admission(rater) == "screening"
        screened(rater, rights[-1])
        assert admission(rater) == result
        one = ScreeningTry.objects.get()
        assert (one.answered, one.right, one.passed) == (ITEMS, rights.count("r"), result == "admitted")
        assert one.finished_at is not None

    def test_who_failed_gets_nothing_and_is_told(self, campaign: Campaign, golds: list[Gold], rater: User) -> None:
        screened(rater, "wwww")
        assert claim(rater) == Claim(reason="screening-failed")

    def test_giving_up_counts_as_not_right(self, campaign: Campaign, golds: list[Gold], rater: User) -> None:
        screened(rater, "rr")
        answer(rater, True, gave_up=True)
        answer(rater, True, gave_up=True)
        assert admission(rater) == "failed"
        assert ScreeningTry.objects.get().right == 2

    def test_annotations_of_the_screening_say_so_and_are_no_gold(
        self, campaign: Campaign, golds: list[Gold], rater: User
    ) -> None:
        screened(rater, "r")
        stored = Annotation.objects.get()
        assert stored.round is None
        assert stored.gold_right is None
        assert '"is_initial_screening_question": true' in stored.document
        assert Standing.objects.get(rater=rater).gold_seen == 0

    def test_an_answer_without_a_running_try_counts_nowhere(self, campaign: Campaign, rater: User) -> None:
        screening_answered(rater_id=rater.pk, campaign_id=campaign.pk, right=True)
        assert not ScreeningTry.objects.exists()
        assert admission(rater) == "new"


class TestFurtherTries:
    @pytest.fixture
    def two_tries(self, campaign: Campaign) -> list[Gold]:
        campaign.screening_tries = 2
        campaign.save(update_fields=["screening_tries"])
        return GoldFactory.create_batch(2 * ITEMS, campaign=campaign, screening=True)

    def test_the_second_try_is_made_of_the_next_items(
        self, campaign: Campaign, two_tries: list[Gold], rater: User
    ) -> None:
        first = served(rater)
        assert claim(rater).reason == "screening-failed"
        screening_retry(rater_id=rater.pk, campaign=campaign)
        assert [*first, *served(rater)] == [gold.pk for gold in two_tries]
        assert [(one.number, one.passed) for one in ScreeningTry.objects.order_by("number")] == [(1, False), (2, False)]

    def test_no_more_tries_than_the_setting_allows(
        self, campaign: Campaign, two_tries: list[Gold], rater: User, lead: User
    ) -> None:
        served(rater)
        screening_retry(rater_id=rater.pk, campaign=campaign)
        served(rater)
        with pytest.raises(ScreeningRefused, match="All tries"):
            screening_retry(rater_id=rater.pk, campaign=campaign)
        GoldFactory.create_batch(ITEMS, campaign=campaign, screening=True)
        rater_grant_try(rater=rater, campaign=campaign, lead=lead, reason="Was ill.")
        screened(rater, "rrrr")
        assert admission(rater) == "admitted"

    def test_a_try_needs_items_that_the_rater_has_not_met(
        self, campaign: Campaign, golds: list[Gold], rater: User, lead: User
    ) -> None:
        served(rater)
        with pytest.raises(ScreeningRefused, match="too few screening items"):
            rater_grant_try(rater=rater, campaign=campaign, lead=lead, reason="Was ill.")
        assert not Standing.objects.get(rater=rater).events.exists()

    def test_nobody_tries_again_who_has_not_failed(self, campaign: Campaign, golds: list[Gold], rater: User) -> None:
        screened(rater, "r")
        with pytest.raises(ScreeningRefused, match="Only who has failed"):
            screening_retry(rater_id=rater.pk, campaign=campaign)

    def test_a_lead_may_admit_in_the_middle_of_a_try_and_its_end_changes_nothing(
        self, campaign: Campaign, golds: list[Gold], rater: User, lead: User
    ) -> None:
        screened(rater, "www")
        last = claim(rater).lease
        rater_admit(rater=rater, campaign=campaign, lead=lead, reason="Known from elsewhere.")
        answer(rater, False, lease=last)
        assert admission(rater) == "admitted"
        with pytest.raises(StandingRefused):
            rater_admit(rater=rater, campaign=campaign, lead=lead, reason="Again.")


class TestStartPage:
    """What the rater is told there, and when."""

    def home(self, client: Client) -> str:
        return " ".join(client.get(reverse("home")).content.decode().split())

    def test_the_start_page_invites_then_counts_then_tells_the_result(
        self, campaign: Campaign, golds: list[Gold], rater: User, signed_in_rater: Client
    ) -> None:
        assert "First come 4 items whose answer is known; with 75 % right" in self.home(signed_in_rater)
        screened(rater, "rw")
        page = self.home(signed_in_rater)
        assert "2 of 4 answered" in page
        assert "Go on with the screening" in page
        screened(rater, "rr")
        assert "items are waiting" in self.home(signed_in_rater)

    def test_nothing_tells_which_were_right_while_the_try_goes_on(
        self, campaign: Campaign, golds: list[Gold], client: Client
    ) -> None:
        def seen_after(name: str, ratings: list[int]) -> tuple[str, Any]:
            rater = person(name, Role.RATER, "maths")
            client.force_login(rater)
            steps = [{"rating": rating, "flagged": False} for rating in ratings]
            body = {"uuid": str(uuid.uuid4()), "steps": steps, "finish_reason": "found_error", "total_time": 1}
            url = reverse("api-submit", args=["maths", in_hand(rater).pk])
            said = client.post(url, body, content_type="application/json").json()
            return self.home(client).split("<main")[1].split("<dl")[0], (said["reason"], set(said))

        right, wrong = seen_after("ann", [1, 1, -1]), seen_after("bob", [1, -1])
        assert right == wrong
        assert "1 of 4 answered" in right[0]
        assert "can’t go on" not in right[0]

    def test_who_failed_may_begin_another_try_where_one_is_left(
        self, campaign: Campaign, rater: User, signed_in_rater: Client
    ) -> None:
        campaign.screening_tries = 2
        campaign.save(update_fields=["screening_tries"])
        GoldFactory.create_batch(2 * ITEMS, campaign=campaign, screening=True)
        screened(rater, "wwww")
        assert "You have 1 more try." in self.home(signed_in_rater)
        page = signed_in_rater.get(reverse("screening", args=["maths"])).content.decode()
        assert "Try the screening again" in page
        response = signed_in_rater.post(reverse("screening-again", args=["maths"]))
        assert response.headers["Location"] == reverse("label", args=["maths"])
        screened(rater, "wwww")
        page = self.home(signed_in_rater)
        assert "more try" not in page
        assert "no further try unless your lead allows one" in page
        again = signed_in_rater.post(reverse("screening-again", args=["maths"]), follow=True)
        assert "All tries of the screening have been used." in again.content.decode()

    def test_too_few_items_are_told_on_the_start_page(
        self, campaign: Campaign, rater: User, signed_in_rater: Client
    ) -> None:
        page = self.home(signed_in_rater)
        assert "there are too few items for it" in page
        assert "To the screening" not in page


class TestPage:
    """The screening's own page: before, in the middle, after."""

    def page(self, client: Client) -> str:
        html = client.get(reverse("screening", args=["maths"])).content.decode()
        return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main")[2]).split())

    def test_before_it_begins_it_says_how_many_how_well_and_how_often(
        self, campaign: Campaign, golds: list[Gold], signed_in_rater: Client
    ) -> None:
        page = self.page(signed_in_rater)
        assert "Items 4 To be admitted 75 % 3 right Tries left 1" in page
        assert "Start the screening" in page
        assert not ScreeningTry.objects.exists()  # looking begins nothing

    def test_in_the_middle_it_shows_the_way_gone(
        self, campaign: Campaign, golds: list[Gold], rater: User, signed_in_rater: Client
    ) -> None:
        screened(rater, "r")
        page = self.page(signed_in_rater)
        assert "1 of 4 answered" in page
        assert "Go on with the screening" in page
        assert "right (" not in page

    def test_who_passed_reads_the_result_and_goes_on(
        self, campaign: Campaign, golds: list[Gold], rater: User, signed_in_rater: Client
    ) -> None:
        screened(rater, "rrrw")
        page = self.page(signed_in_rater)
        assert "You are admitted" in page
        assert "3 of 4 right (75 %)." in page
        assert "Start labelling" in page

    def test_who_did_not_reads_what_can_be_done(
        self, campaign: Campaign, golds: list[Gold], rater: User, signed_in_rater: Client
    ) -> None:
        screened(rater, "wwrr")
        page = self.page(signed_in_rater)
        assert "The screening was not passed" in page
        assert "2 of 4 right (50 %); 75 % are needed. There is no further try unless your lead allows one." in page
        assert "read the guidelines once more" in page
        assert "Try the screening again" not in page

    def test_a_lead_s_admission_is_told_as_such_also_after_a_try_that_failed(
        self, campaign: Campaign, golds: list[Gold], rater: User, lead: User, signed_in_rater: Client
    ) -> None:
        screened(rater, "wwww")
        rater_admit(rater=rater, campaign=campaign, lead=lead, reason="Known from elsewhere.")
        page = self.page(signed_in_rater)
        assert "You are admitted" in page
        assert "Your lead has admitted you." in page
        assert "Passed" not in page

    def test_a_campaign_without_one_leads_to_labelling(self, campaign: Campaign, signed_in_rater: Client) -> None:
        Campaign.objects.update(screening_required=False)
        response = signed_in_rater.get(reverse("screening", args=["maths"]))
        assert response["Location"] == reverse("label", args=["maths"])

    def test_guidelines_lead_to_it_until_it_has_begun(
        self, campaign: Campaign, golds: list[Gold], rater: User, signed_in_rater: Client
    ) -> None:
        guideline_publish(campaign=campaign, body="# Judge")
        assert "First, the guidelines" in self.page(signed_in_rater)
        accepted = signed_in_rater.post(reverse("guidelines", args=["maths"]), {"number": "1"})
        assert accepted["Location"] == reverse("screening", args=["maths"])
        in_hand(rater)
        accepted = signed_in_rater.post(reverse("guidelines", args=["maths"]), {"number": "1"})
        assert accepted["Location"] == reverse("label", args=["maths"])

    def test_strangers_are_refused_and_colleagues_see_their_own(
        self, campaign: Campaign, golds: list[Gold], rater: User, client: Client, stranger: User
    ) -> None:
        screened(rater, "rr")
        client.force_login(stranger)
        assert client.get(reverse("screening", args=["maths"])).status_code == 403
        client.force_login(person("ruth", Role.RATER))
        assert "answered" not in self.page(client)
