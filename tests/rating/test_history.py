"""A rater's own answers: the list with its filters, one of them to read, for nobody but their owner."""

import re
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import Role, User
from labelling.people.services import user_set_preferences
from labelling.rating.models import Annotation, FinishReason
from labelling.rating.services import annotation_submit
from labelling.rounds.models import ItemState, Round
from tests.conftest import person
from tests.factories import NOON, AnnotationFactory, CampaignFactory, ItemFactory, RoundFactory
from tests.rating.kit import SLUG, body, claimed, gold_item, item_of, submitted
from tests.rating.many import busy

pytestmark = pytest.mark.django_db
LIST = "/history/"


def page_of(answer: Annotation) -> str:
    return f"/history/{answer.campaign.slug}/{answer.assignment_id}/"


def text_of(response: Any) -> str:
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


@pytest.fixture
def answer(rater: User) -> Annotation:
    made: Annotation = AnnotationFactory.create(assignment__rater=rater, assignment__item__round__campaign__slug=SLUG)
    return made


@pytest.fixture
def round_() -> Round:
    return RoundFactory.create(campaign__slug=SLUG, campaign__name="Maths")


class TestList:
    def test_it_shows_problem_answer_time_and_campaign_newest_first(
        self, signed_in_rater: Client, rater: User, answer: Annotation
    ) -> None:
        AnnotationFactory.create(
            assignment__rater=rater, gave_up=True, created_at=NOON + timedelta(hours=1), total_time=61_000
        )
        page = text_of(signed_in_rater.get(LIST))
        assert "2 items" in page
        assert page.index("Gave up") < page.index("First error: step 3")
        assert answer.solution.problem.text in page
        assert "1 min 1 s" in page

    def test_of_corrections_only_the_newest_is_listed(
        self, round_: Round, rater: User, signed_in_rater: Client
    ) -> None:
        ItemFactory.create(round=round_)
        lease = claimed(rater)
        sent = submitted(rater, lease, first_error=2)
        submitted(rater, lease, first_error=0, replaces=sent["uuid"])
        page = text_of(signed_in_rater.get(LIST))
        assert "1 item " in page
        assert "First error: step 1" in page
        assert "corrected" in page
        assert "First error: step 3" not in page

    def test_it_filters_by_campaign_answer_and_day(self, signed_in_rater: Client, rater: User) -> None:
        for slug, reason, days in (("maths", "found_error", 0), ("maths", "solution", 1), ("physics", "solution", 2)):
            AnnotationFactory.create(
                assignment__rater=rater,
                assignment__item__round=RoundFactory.create(campaign=CampaignFactory.create(slug=slug))
                if not Round.objects.filter(campaign__slug=slug).exists()
                else Round.objects.get(campaign__slug=slug),
                step_ratings=[1, -1] if reason == "found_error" else [1, 1, 1],
                created_at=NOON + timedelta(days=days),
            )

        def count(**fields: str) -> int:
            found = re.search(r"(\d+) items?", text_of(signed_in_rater.get(LIST, fields)))
            return int(found[1]) if found else 0

        assert count() == 3
        assert count(campaign="maths") == 2
        assert count(answer="solution") == 2
        assert count(campaign="maths", answer="solution") == 1
        assert count(since="2026-03-03") == 2
        assert count(until="2026-03-03") == 2
        assert count(since="2026-03-03", until="2026-03-03") == 1
        assert count(since="2026-03-09") == 0

    def test_days_are_those_of_the_rater_s_time_zone(
        self, signed_in_rater: Client, rater: User, answer: Annotation
    ) -> None:
        user_set_preferences(user=rater, language="", time_zone="Pacific/Auckland")  # there it is the third already
        assert "1 item" in text_of(signed_in_rater.get(LIST, {"since": "2026-03-03"}))
        assert "0 items" in text_of(signed_in_rater.get(LIST, {"until": "2026-03-02"}))

    @pytest.mark.parametrize(
        "fields",
        [
            {"campaign": "nowhere"},
            {"answer": "x"},
            {"since": "yesterday"},
            {"until": "2026-02-31"},
            {"page": "x"},
            {"page": "-4"},
            {"page": "9" * 40},
            {"campaign": "\x00"},
        ],
    )
    def test_what_cannot_be_read_breaks_nothing(
        self, signed_in_rater: Client, answer: Annotation, fields: dict[str, str]
    ) -> None:
        assert "1 item" in text_of(signed_in_rater.get(LIST, fields))

    def test_other_people_s_answers_are_not_in_it(self, client: Client, answer: Annotation) -> None:
        for one in (person("ruth", Role.RATER), person("ann", Role.RATER, SLUG)):
            client.force_login(one)
            page = text_of(client.get(LIST))
            assert "You have submitted nothing yet." in page
            assert answer.campaign.name not in page

    def test_strangers_are_refused(self, client: Client, answer: Annotation, stranger: User, lead: User) -> None:
        for one in (stranger, lead):
            client.force_login(one)
            assert client.get(LIST).status_code == 403
            assert client.get(page_of(answer)).status_code == 403

    def test_pages_keep_the_filter(self, signed_in_rater: Client, rater: User) -> None:
        busy(59, assignment__rater=rater)
        page = signed_in_rater.get(LIST, {"answer": "found_error", "page": "2"}).content.decode()
        assert "Page 2 of 3" in page
        assert 'href="?page=3&amp;answer=found_error"' in page

    @pytest.mark.parametrize("count", [1, 70])
    def test_it_costs_the_same_however_long_it_is(
        self, signed_in_rater: Client, rater: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        busy(count, assignment__rater=rater)
        signed_in_rater.get(LIST)
        # session and person; campaigns for the filter, count, page; the header's unread answers
        with django_assert_num_queries(2 + 3 + 1):
            signed_in_rater.get(LIST)


class TestOne:
    def test_it_shows_the_steps_with_own_ratings_and_those_without(
        self, signed_in_rater: Client, round_: Round, rater: User
    ) -> None:
        ItemFactory.create(round=round_)
        lease = claimed(rater)
        submitted(rater, lease, first_error=1)
        page = text_of(signed_in_rater.get(f"/history/{SLUG}/{lease}/"))
        steps = page.partition("First error: step 2")[2]
        assert re.search(r"1 Try number .* Positive 2 Now take .* Negative 3 So the answer is 9\.", steps)
        assert "Reference answer 8" in page
        assert "Correct it" in page

    def test_the_button_leads_to_the_labelling_page_with_the_answer_open(
        self, signed_in_rater: Client, round_: Round, rater: User
    ) -> None:
        ItemFactory.create(round=round_)
        lease = claimed(rater)
        submitted(rater, lease)
        page = signed_in_rater.get(f"/history/{SLUG}/{lease}/").content.decode()
        assert f'href="/label/{SLUG}/?reopen={lease}"' in page

    def test_what_can_no_longer_be_corrected_says_so(self, signed_in_rater: Client, answer: Annotation) -> None:
        assert "Correct it" in text_of(signed_in_rater.get(page_of(answer)))
        Round.objects.update(state="closed", closed_at=NOON)
        page = text_of(signed_in_rater.get(page_of(answer)))
        assert "Correct it" not in page
        assert "can no longer be corrected" in page

    def test_an_item_that_was_dropped_can_not_be_corrected(self, signed_in_rater: Client, answer: Annotation) -> None:
        answer.item.state = ItemState.DROPPED
        answer.item.save(update_fields=["state"])
        assert "Correct it" not in text_of(signed_in_rater.get(page_of(answer)))

    def test_hidden_references_stay_hidden(self, signed_in_rater: Client, rater: User) -> None:
        for visible in ({"reference_answer": "hidden", "reference_solution": False}, {"show_reference_answer": False}):
            made = AnnotationFactory.create(assignment__rater=rater, visible=visible)
            page = text_of(signed_in_rater.get(page_of(made)))
            assert "Reference" not in page

    def test_versions_and_a_reason_are_shown(self, signed_in_rater: Client, round_: Round, rater: User) -> None:
        ItemFactory.create(round=round_)
        lease = claimed(rater)
        sent = submitted(rater, lease)
        again = body() | {"finish_reason": "bad_problem", "steps": [], "reason": "No figure.", "replaces": sent["uuid"]}
        submitted(rater, lease, **again)
        page = text_of(signed_in_rater.get(f"/history/{SLUG}/{lease}/"))
        assert "Your reason: No figure." in page
        assert "the one that counts" in page

    def test_error_notes_stand_with_their_step(self, signed_in_rater: Client, round_: Round, rater: User) -> None:
        round_.campaign.error_notes = "optional"
        round_.campaign.save()
        ItemFactory.create(round=round_)
        lease = claimed(rater)
        note = {"type": "logic", "explanation": "Turned\nround <b>.", "corrected": "So $x = 3$."}
        steps = [{"rating": 1, "flagged": False}, {"rating": -1, "flagged": False, "note": note}]
        annotation_submit(rater=rater, campaign=SLUG, lease=lease, data=body() | {"steps": steps})
        page = text_of(signed_in_rater.get(f"/history/{SLUG}/{lease}/"))
        assert "Your note: Logic: does not follow Turned round &lt;b&gt;. So $x = 3$." in page
        assert page.index("Your note:") > page.index("Negative")

    def test_nothing_tells_gold_from_normal(self, signed_in_rater: Client, round_: Round, rater: User) -> None:
        """But for the texts, the pages of a gold and of a normal item are the same."""
        gold_item(round_, acceptable=(0,))
        ItemFactory.create_batch(40, round=round_)
        pages: dict[str, set[str]] = {}
        while len(pages) < 2:
            lease = claimed(rater)
            submitted(rater, lease, first_error=1)
            html = signed_in_rater.get(f"/history/{SLUG}/{lease}/").content.decode().partition("<main")[2]
            html = re.sub(r"Try number \d+|the \d+th time|[0-9a-f-]{36}|csrf\S+|\d+:\d+\S*| \d+ \w\.m\.", "", html)
            pages.setdefault(item_of(lease).kind, set()).add(re.sub(r"<time.*?</time>", "", html))
        assert pages["gold"] == pages["normal"]
        listed = signed_in_rater.get(LIST).content.decode()
        assert "gold" not in listed.lower()
        assert "verifier" not in listed + html

    def test_nobody_else_s_and_nothing_unanswered_is_found(
        self, signed_in_rater: Client, rater: User, answer: Annotation
    ) -> None:
        ItemFactory.create(round=answer.round)
        assert signed_in_rater.get(f"/history/{SLUG}/{claimed(rater)}/").status_code == 404
        assert signed_in_rater.get(f"/history/{SLUG}/{uuid.uuid4()}/").status_code == 404
        assert signed_in_rater.get(f"/history/physics/{answer.assignment_id}/").status_code == 404
        colleague = Client()
        colleague.force_login(person("ruth", Role.RATER))
        assert colleague.get(page_of(answer)).status_code == 404

    def test_hostile_text_is_escaped(self, signed_in_rater: Client, rater: User) -> None:
        made = AnnotationFactory.create(
            assignment__rater=rater,
            assignment__item__solution__steps=["<script>alert(1)</script>", "b", "c"],
            assignment__item__solution__problem__text="<img src=x onerror=alert(1)>",
            reason="<b>x</b>",
        )
        for address in (page_of(made), LIST):
            page = signed_in_rater.get(address).content.decode()
            assert "<script>alert" not in page
            assert "<img" not in page
            assert "<b>x" not in page

    def test_it_takes_few_queries(
        self, signed_in_rater: Client, answer: Annotation, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        signed_in_rater.get(page_of(answer))
        with django_assert_num_queries(2 + 1 + 1):
            signed_in_rater.get(page_of(answer))


def test_every_finish_reason_can_be_filtered_by(signed_in_rater: Client) -> None:
    page = signed_in_rater.get(LIST).content.decode()
    assert all(f'<option value="{reason}">' in page for reason in FinishReason.values)


@pytest.mark.slow
def test_fifty_thousand_answers_are_listed_at_once(signed_in_rater: Client, rater: User) -> None:
    busy(50_000, assignment__rater=rater)
    signed_in_rater.get(LIST)
    for address in (LIST, f"{LIST}?page=2000", f"{LIST}?answer=found_error&since=2026-03-01", "/progress/", "/"):
        begun = time.perf_counter()
        assert signed_in_rater.get(address).status_code == 200
        assert time.perf_counter() - begun < 1.5, address
