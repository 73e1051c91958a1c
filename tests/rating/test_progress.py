"""Own progress: items, active time and the median, by day and in all, for its owner alone."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labelling.people.models import Role, User
from labelling.people.services import user_set_preferences
from labelling.rating.progress import SPAN, own_by_campaign, own_by_day, own_in_all, own_work
from labelling.rating.templatetags.day_chart import day_chart
from labelling.rating.templatetags.durations import in_minutes
from tests.conftest import person
from tests.factories import NOON, AnnotationFactory, RoundFactory
from tests.rating.many import busy

pytestmark = pytest.mark.django_db
PAGE = "/progress/"


def text_of(response: Any) -> str:
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def did(rater: User, at: datetime, seconds: int, **fields: Any) -> Any:
    return AnnotationFactory.create(assignment__rater=rater, created_at=at, total_time=1000 * seconds, **fields)


def corrected(answer: Any, at: datetime, seconds: int) -> Any:
    return did(answer.rater, at, seconds, assignment=answer.assignment, version=answer.version + 1, replaces=answer)


class TestFigures:
    def test_items_time_and_median_by_day_and_in_all(self, rater: User) -> None:
        for day, seconds in ((0, 10), (0, 20), (0, 60), (2, 30)):
            did(rater, NOON + timedelta(days=day), seconds)
        did(person("ruth"), NOON, 999)
        days = own_by_day(own_work(rater), until=date(2026, 3, 4))
        assert len(days) == SPAN
        assert [(one.day, one.own.items, one.own.active, one.own.median) for one in days if one.own.items] == [
            (date(2026, 3, 2), 3, timedelta(seconds=90), timedelta(seconds=20)),
            (date(2026, 3, 4), 1, timedelta(seconds=30), timedelta(seconds=30)),
        ]
        all_ = own_in_all(own_work(rater))
        assert (all_.items, all_.active, all_.median) == (4, timedelta(seconds=120), timedelta(seconds=25))

    def test_a_correction_adds_its_time_on_its_day_and_no_item(self, rater: User) -> None:
        first = did(rater, NOON, 60)
        second = corrected(first, NOON + timedelta(days=1), 75)
        corrected(second, NOON + timedelta(days=1), 90)
        days = own_by_day(own_work(rater), until=date(2026, 3, 3))
        assert [(one.own.items, one.own.active.seconds, one.own.median) for one in days[-2:]] == [
            (1, 60, timedelta(seconds=60)),
            (0, 30, None),
        ]
        assert own_in_all(own_work(rater)).active == timedelta(seconds=90)

    def test_a_time_that_went_back_takes_nothing_away(self, rater: User) -> None:
        corrected(did(rater, NOON, 60), NOON, 10)
        assert own_in_all(own_work(rater)).active == timedelta(seconds=60)

    def test_days_begin_at_the_person_s_midnight(self, rater: User) -> None:
        did(rater, datetime(2026, 3, 2, 23, 30, tzinfo=UTC), 5)
        for zone, day in (("UTC", 2), ("Europe/Berlin", 3), ("America/New_York", 2)):
            with timezone.override(zone):
                days = own_by_day(own_work(rater), until=date(2026, 3, 5))
            assert [one.day.day for one in days if one.own.items] == [day]

    def test_an_hour_that_comes_twice_loses_nothing(self, rater: User) -> None:
        with timezone.override("Europe/Berlin"):
            for hour in range(-3, 30):
                did(rater, datetime(2026, 10, 25, tzinfo=UTC) + timedelta(hours=hour), 1)
            days = own_by_day(own_work(rater), until=date(2026, 10, 27))
        assert sum(one.own.items for one in days) == 33
        assert next(one.own.items for one in days if one.day == date(2026, 10, 25)) == 25

    def test_today_and_in_all_by_campaign_in_one_query(
        self, rater: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        rounds = RoundFactory.create_batch(2)
        for round_, days in ((rounds[0], 0), (rounds[0], 1), (rounds[1], 3)):
            did(rater, NOON - timedelta(days=days), 30, assignment__item__round=round_)
        with time_machine.travel(NOON, tick=False), django_assert_num_queries(1):
            own = own_by_campaign(rater=rater, campaigns=[one.campaign for one in rounds])
        assert [(own[one.campaign_id].today.items, own[one.campaign_id].all.items) for one in rounds] == [
            (1, 2),
            (0, 1),
        ]


class TestPage:
    def test_it_shows_tiles_a_chart_and_a_table(self, signed_in_rater: Client, rater: User) -> None:
        did(rater, NOON, 60)
        did(rater, NOON - timedelta(days=1), 120)
        with time_machine.travel(NOON, tick=False):
            response = signed_in_rater.get(PAGE)
        page = text_of(response)
        assert "Items in all 2" in page
        assert "Active time in all 3 min" in page
        assert "Typical item 1 min 30 s" in page
        assert "Mon, March 2, 2026 1 1 min 1 min 0 s Sun, March 1, 2026 1 2 min 2 min 0 s" in page
        html = response.content.decode()
        assert "2 in all, 1 on the busiest day" in html
        assert html.count('class="day-bar"') == 2
        assert "style=" not in html

    def test_without_any_work_it_is_empty_but_whole(self, signed_in_rater: Client) -> None:
        assert "Items in all 0" in text_of(signed_in_rater.get(PAGE))

    def test_one_can_go_back_and_forth_in_time(self, signed_in_rater: Client, rater: User) -> None:
        then, today = timezone.now() - timedelta(days=SPAN + 5), timezone.localdate()
        did(rater, then, 60)
        newest = signed_in_rater.get(PAGE).content.decode()
        earlier = today - timedelta(days=SPAN)
        assert f'datetime="{then:%Y-%m-%d}"' not in newest
        assert f'href="?until={earlier:%Y-%m-%d}"' in newest
        page = signed_in_rater.get(PAGE, {"until": f"{earlier:%Y-%m-%d}"}).content.decode()
        assert f'datetime="{then:%Y-%m-%d}"' in page
        assert f'href="?until={today:%Y-%m-%d}"' in page

    @pytest.mark.parametrize("until", ["2026-02-31", "x", "9999-01-01", "0001-01-01", "-1", "2026-03-02T10"])
    def test_what_is_no_day_breaks_nothing(self, signed_in_rater: Client, until: str) -> None:
        assert signed_in_rater.get(PAGE, {"until": until}).status_code == 200

    def test_one_campaign_can_be_chosen_among_one_s_own(self, signed_in_rater: Client, rater: User) -> None:
        mine = [did(rater, NOON, 60).campaign for _ in range(2)]
        other = did(person("ruth"), NOON, 60).campaign
        page = signed_in_rater.get(PAGE, {"campaign": mine[0].slug})
        assert "Items in all 1" in text_of(page)
        assert other.name not in text_of(page)
        assert signed_in_rater.get(PAGE, {"campaign": other.slug}).status_code == 404

    def test_strangers_and_leads_are_refused_and_colleagues_see_their_own(
        self, client: Client, rater: User, stranger: User, lead: User
    ) -> None:
        did(rater, NOON, 60)
        for one in (stranger, lead):
            client.force_login(one)
            assert client.get(PAGE).status_code == 403
        client.force_login(person("ruth", Role.RATER))
        assert "Items in all 0" in text_of(client.get(PAGE))

    @pytest.mark.parametrize("count", [1, 80])
    def test_it_costs_the_same_however_much_there_is(
        self, signed_in_rater: Client, rater: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        busy(count, assignment__rater=rater)
        signed_in_rater.get(PAGE)
        with django_assert_num_queries(2 + 3 + 1):  # session and person; campaigns, days, all; unread answers
            signed_in_rater.get(PAGE)

    def test_in_german_the_drawing_s_numbers_stay_numbers(self, signed_in_rater: Client, rater: User) -> None:
        user_set_preferences(user=rater, language="de", time_zone="")
        busy(1500, assignment__rater=rater, created_at=timezone.now())
        html = signed_in_rater.get(PAGE).content.decode()
        assert re.search(r"1\.501", html)
        assert all(re.fullmatch(r"[\d]+", one) for one in re.findall(r'<rect [^>]*height="([^"]+)"', html))


def test_the_busiest_day_is_as_high_as_the_drawing_and_the_least_is_seen(rater: User) -> None:
    for day, count in ((1, 1), (2, 200)):
        busy(count - 1, assignment__rater=rater, created_at=datetime(2026, 3, day, 23, 59, tzinfo=UTC))
    drawn = day_chart(own_by_day(own_work(rater), until=date(2026, 3, 3)))
    heights = [bar["height"] for bar in drawn["bars"]]
    assert (max(heights), heights[-3], heights[-1]) == (100, 2, 0)
    assert all(bar["y"] + bar["height"] == 100 for bar in drawn["bars"])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (59, "under a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_minutes_read_as_people_say_them(seconds: int, words: str) -> None:
    assert in_minutes(timedelta(seconds=seconds)) == words
