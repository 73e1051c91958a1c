"""The pages of snapshots, with none, one and many; hostile names stay text."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exports import make_snapshot
from exports.formats import FORMATS
from exports.models import Snapshot
from exports.snapshots.building import snapshot_job_run
from labelling.jobs.models import Job, JobState
from labelling.people.models import Role
from labelling.rounds.models import Round
from tests.conftest import person
from tests.factories import AnnotationFactory, RoundFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}\u202e'


@pytest.fixture
def round_() -> Round:
    return RoundFactory.create(campaign__slug="maths", campaign__name=HOSTILE)


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(person("rosa", Role.RESEARCHER, "maths"))
    return client


def page(client: Client, name: str = "snapshots", *arguments: str, **query: str) -> str:
    answer = client.get(reverse(name, args=["maths", *arguments]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def some(count: int, **options: Any) -> list[Snapshot]:
    """Of one dataset each is another by its salt."""
    return [make_snapshot(format="prm800k", campaign="maths", salt=f"s{at}", **options) for at in range(count)]


def test_none_says_what_a_snapshot_is(round_: Round, researcher: Client) -> None:
    assert "None yet." in page(researcher)


def test_one_has_its_page_and_hostile_names_stay_text(round_: Round, researcher: Client) -> None:
    annotation = AnnotationFactory.create(assignment__item__round=round_)
    [made] = some(1, title=HOSTILE)
    for shown in (page(researcher), page(researcher, "snapshot", made.hash)):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in shown
        assert made.short in shown
        assert annotation.rater.username not in shown
    assert annotation.rater.pseudonym in shown
    assert f"/api/campaigns/maths/snapshots/{made.hash}/files/data/train.jsonl" in shown


def test_many_go_over_pages(round_: Round, researcher: Client, django_assert_max_num_queries: Any) -> None:
    AnnotationFactory.create(assignment__item__round=round_)
    made = some(27)
    with django_assert_max_num_queries(9):
        first = page(researcher)
    assert made[-1].short in first
    assert made[0].short not in first
    assert made[0].short in page(researcher, page="2")


def test_who_made_it_is_told_to_leads_alone(round_: Round, researcher: Client, lead: Any) -> None:
    AnnotationFactory.create(assignment__item__round=round_)
    leading = Client()
    leading.force_login(lead)
    data = {"format": "prm800k", "split": "all", "container": "lines"}
    assert leading.post(reverse("snapshot-make", args=["maths"]), data).status_code == 302
    snapshot_job_run(job_id=Job.objects.get().pk)
    assert lead.username in page(leading)
    assert lead.username not in page(researcher)


@pytest.mark.parametrize("name", FORMATS)
def test_the_form_asks_for_what_the_format_needs(name: str, round_: Round, researcher: Client) -> None:
    shown = page(researcher, format=name)
    for option in FORMATS[name].options:
        assert f'name="option-{option.name}"' in shown
    assert ('value="held_out"' in shown) == (FORMATS[name].purpose == "evaluation")


def test_a_build_is_begun_and_shown_with_its_progress(round_: Round, researcher: Client) -> None:
    data = {"format": "trl", "option-neutral": "positive", "split": "both", "container": "parquet", "simulated": "on"}
    assert researcher.post(reverse("snapshot-make", args=["maths"]), data).status_code == 302
    job = Job.objects.get()
    assert (job.params["choices"], job.params["container"]) == ({"neutral": "positive"}, "parquet")
    Job.objects.update(state=JobState.RUNNING, done=250, total=1_000)
    shown = page(researcher)
    assert "<progress aria-label" in shown
    assert "250 / 1,000" in shown
    Job.objects.update(state=JobState.FAILED, error=f"ExportRefused: {HOSTILE}", finished_at=timezone.now())
    shown = page(researcher)
    assert "Failed" in shown
    assert "<script>alert" not in shown
    Job.objects.update(finished_at=timezone.now() - timedelta(days=2))
    assert "Failed" not in page(researcher)


def test_a_wish_that_cannot_be_met_is_told_on_the_form(round_: Round, researcher: Client) -> None:
    data = {"format": "best-of-n", "option-model": HOSTILE, "split": "all", "container": "lines"}
    shown = researcher.post(reverse("snapshot-make", args=["maths"]), data).content.decode()
    assert "There is no reward model" in shown
    assert "<script>alert" not in shown
    assert not Job.objects.exists()


def test_of_one_campaign_its_snapshots_are_shown_at_once(round_: Round, researcher: Client, lead: Any) -> None:
    assert researcher.get(reverse("datasets"))["Location"] == reverse("snapshots", args=["maths"])
    RoundFactory.create(campaign__slug="physics")
    leading = Client()
    leading.force_login(lead)
    shown = leading.get(reverse("datasets")).content.decode()
    assert reverse("snapshots", args=["physics"]) in shown
    assert "<script>alert" not in shown
