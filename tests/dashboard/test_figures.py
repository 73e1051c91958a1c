"""The arithmetic behind the drawings, and how figures read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from labelling.dashboard.figures import LAST_BIN, WIDTH, Mix, Part, columns_of, job_pace
from labelling.dashboard.templatetags.dashboard_charts import rate
from labelling.rating.templatetags.durations import duration

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def mix(*counts: int) -> Mix:
    return Mix(tuple(Part(f"part {index}", count, "positive") for index, count in enumerate(counts)))


def test_slices_are_as_long_as_their_shares() -> None:
    assert [(one.start, one.width, one.percent) for one in mix(1, 0, 3).slices] == [
        (0, 250, 25),
        (250, 0, 0),
        (250, 750, 75),
    ]


def test_an_empty_mix_draws_nothing() -> None:
    assert [(one.width, one.percent) for one in mix(0, 0).slices] == [(0, 0), (0, 0)]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6).filter(any))
def test_slices_meet_and_fill_the_bar(counts: list[int]) -> None:
    slices = mix(*counts).slices
    edges = [one.start for one in slices] + [WIDTH]
    assert edges[0] == 0
    assert [one.start + one.width for one in slices] == edges[1:]


def test_columns_leave_no_gap_and_count_from_one() -> None:
    columns = columns_of({0: 2, 3: 4})
    assert [(one.label, one.count, one.height) for one in columns] == [
        ("1", 2, 50),
        ("2", 0, 0),
        ("3", 0, 0),
        ("4", 4, 100),
    ]


def test_late_steps_share_the_last_column() -> None:
    columns = columns_of({0: 1, LAST_BIN - 1: 2, LAST_BIN: 3, 90: 4})
    assert len(columns) == LAST_BIN
    assert (columns[-1].label, columns[-1].count) == ("12+", 9)


def test_the_last_column_is_open_only_if_it_has_to_be() -> None:
    assert columns_of({LAST_BIN - 1: 1})[-1].label == "12"
    assert columns_of({}) == []
    assert columns_of({3: 0}) == []


def test_one_in_a_thousand_is_still_seen() -> None:
    assert [one.height for one in columns_of({0: 1000, 1: 1})] == [100, 1]


def test_a_jobs_pace_is_what_it_has_done_since_it_began() -> None:
    pace = job_pace(done=50, total=200, started_at=NOW - timedelta(seconds=25), now=NOW)
    assert pace == (2.0, timedelta(seconds=75))
    assert job_pace(done=50, total=None, started_at=NOW - timedelta(seconds=25), now=NOW) == (2.0, None)


@pytest.mark.parametrize(("done", "started_at"), [(0, NOW - timedelta(seconds=5)), (5, None), (5, NOW)])
def test_a_job_that_has_no_pace_yet_says_none(done: int, started_at: datetime | None) -> None:
    assert job_pace(done=done, total=10, started_at=started_at, now=NOW) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (80, "1 min 20 s"),
        (timedelta(hours=2, minutes=5, seconds=9), "2 h 5 min"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("per_second", "words"), [(None, "–"), (12_345.6, "12,346/s"), (1, "1/s"), (0.5, "30.0/min")])
def test_rates_read_well_fast_or_slow(per_second: float | None, words: str) -> None:
    assert rate(per_second) == words


def test_a_drawing_says_its_figures_to_those_who_do_not_see_it() -> None:
    page = Template("{% load dashboard_charts %}{% mix_chart mix name %}").render(
        Context({"mix": mix(3, 1), "name": "Steps <b>"})
    )
    assert 'aria-label="Steps &lt;b&gt;: part 0 3 (75 %), part 1 1 (25 %)"' in page
    assert page.count('<rect class="part-positive" x=') == 2
    assert "style=" not in page


def test_a_histogram_says_its_figures_too() -> None:
    page = Template("{% load dashboard_charts %}{% histogram columns 'Errors' %}").render(
        Context({"columns": columns_of({0: 2, 2: 1000})})
    )
    assert 'aria-label="Errors: step 1: 2, step 2: 0, step 3: 1,000"' in page
    assert page.count('class="histogram-step"') == 3
    assert "style=" not in page
