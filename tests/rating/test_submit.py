"""Submitting: stored once, with everything it was made under; counted within the overlap; never lost."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labelling.people.models import Role, User
from labelling.rating.models import Annotation, Assignment, Draft
from labelling.rating.services import SubmitConflict, annotation_submit, draft_save, lease_claim, leases_expire
from labelling.rating.submits import submission_of
from labelling.rating.validation import InvalidJudgement
from labelling.rounds.models import Item, Round
from tests.conftest import person
from tests.factories import ItemFactory, RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug="maths", number=4)


def body(**changes: Any) -> dict[str, Any]:
    steps = [{"rating": 1, "flagged": False}, {"rating": -1, "flagged": True}]
    return {"uuid": str(uuid.uuid4()), "steps": steps, "finish_reason": "found_error", "total_time": 9000} | changes


def post(client: Client, lease: Any, data: Any) -> Any:
    return client.post(reverse("api-submit", args=["maths", lease]), data, content_type="application/json")


def claimed(rater: User) -> Any:
    return lease_claim(rater=rater, campaign="maths").lease


def test_it_stores_what_was_pressed_and_brings_the_next_item(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    item, following = (ItemFactory.create(round=round_, position=position) for position in range(2))
    sent = body()
    answer = post(signed_in_rater, claimed(rater), sent).json()
    stored = Annotation.objects.get()
    assert answer["annotation"] == sent["uuid"]
    assert Assignment.objects.get(pk=answer["held"][0]).item == following
    assert (stored.item, stored.step_ratings, stored.first_error) == (item, [1, -1], 1)
    assert (stored.strategy, stored.score, stored.rank) == (item.strategy, item.score, item.rank)
    assert stored.model_version == round_.model_version
    assert stored.visible == {"reference_answer": "shown", "reference_solution": False}
    item.refresh_from_db()
    assert (item.state, item.held, item.completed) == ("done", 0, 1)


def test_the_document_is_prm800k_s_row(round_: Round, rater: User, signed_in_rater: Client) -> None:
    item = ItemFactory.create(round=round_)
    post(signed_in_rater, claimed(rater), body())
    row = json.loads(Annotation.objects.get().document)
    assert row["labeler"] == rater.pseudonym
    assert row["generation"] == 4
    assert row["question"]["pre_generated_steps"] == item.solution.steps
    assert row["question"]["pre_generated_verifier_score"] == item.score
    assert [step["completions"][0]["rating"] for step in row["label"]["steps"]] == [1, -1]
    assert [step["completions"][0]["flagged"] for step in row["label"]["steps"]] == [False, True]
    assert row["label"]["finish_reason"] == "found_error"
    assert row["label"]["total_time"] == 9000


def test_the_same_submit_again_is_the_same_submit(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create_batch(2, round=round_)
    lease, sent = claimed(rater), body()
    first, second = (post(signed_in_rater, lease, sent).json() for _ in range(2))
    assert (first["annotation"], first["held"]) == (second["annotation"], second["held"])
    assert [one["id"] for one in second["leases"]] == second["held"]  # all, as the first answer may have been lost
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize("change", [{"total_time": 1}, {"uuid": str(uuid.UUID(int=9))}])
def test_another_submit_of_a_submitted_item_is_refused_and_changes_nothing(
    round_: Round, rater: User, signed_in_rater: Client, change: dict[str, Any]
) -> None:
    ItemFactory.create(round=round_)
    lease, sent = claimed(rater), body()
    post(signed_in_rater, lease, sent)
    answer = post(signed_in_rater, lease, sent | change)
    assert answer.status_code == 409
    assert Annotation.objects.get().total_time == 9000


def test_a_uuid_cannot_serve_for_two_items(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create_batch(2, round=round_)
    sent = body()
    following = post(signed_in_rater, claimed(rater), sent).json()["held"][0]
    answer = post(signed_in_rater, following, sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "uuid-reused")
    assert Annotation.objects.count() == 1


def test_a_fault_names_its_field_and_leaves_the_lease(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    answer = post(signed_in_rater, lease, body(finish_reason="solution"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "finish_reason")
    assert claimed(rater) == lease


URLS = {"draft_url", "submit_url", "skip_url", "question_url", "report_url"}
KEYS = {"id", "expires_at", "problem", "steps", "draft"} | URLS
NESTED = "[" * 1_500 + "]" * 1_500
NONSENSE = ["", "[]", "null", "{", '"text"', "{}", '{"uuid": 7}', '{"uuid": "no"}', NESTED, '{"\\ud800": 1}']


@pytest.mark.parametrize("data", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_gets_an_answer_and_never_a_crash(
    round_: Round, rater: User, signed_in_rater: Client, data: str
) -> None:
    ItemFactory.create(round=round_)
    answer = post(signed_in_rater, claimed(rater), data)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_nesting_that_the_parser_could_just_follow_is_refused_too() -> None:
    steps: list[Any] = []
    for _ in range(5_000):
        steps = [steps]
    data = {"uuid": str(uuid.uuid4()), "steps": steps}
    with pytest.raises(InvalidJudgement, match="nested too deeply"):
        submission_of(rater=1, pseudonym="r-1", campaign="maths", lease=uuid.uuid4(), data=data)


def test_a_colleague_s_lease_cannot_be_submitted_or_seen(round_: Round, rater: User, client: Client) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    client.force_login(person("rob", "rater"))  # type: ignore[arg-type]
    assert post(client, lease, body()).status_code == 404
    assert not Annotation.objects.exists()


def run_out(lease: Any) -> None:
    Assignment.objects.filter(pk=lease).update(expires_at=timezone.now() - timedelta(seconds=1))
    leases_expire()


def test_a_late_submit_counts_while_nobody_has_taken_the_place(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    run_out(lease)
    assert post(signed_in_rater, lease, body()).status_code == 200
    item.refresh_from_db()
    assert (item.state, item.completed, Annotation.objects.get().late) == ("done", 1, False)


def test_a_late_submit_is_kept_beyond_the_overlap_but_not_counted(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    item = ItemFactory.create(round=round_)
    lease = claimed(rater)
    run_out(lease)
    claimed(person("rob", "rater"))  # type: ignore[arg-type]
    assert post(signed_in_rater, lease, body()).status_code == 200
    item.refresh_from_db()
    assert (item.held, item.completed, Annotation.objects.get().late) == (1, 0, True)


def test_an_annotation_can_be_neither_changed_nor_deleted(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    post(signed_in_rater, claimed(rater), body())
    for attempt in (Annotation.objects.all().delete, lambda: Annotation.objects.update(total_time=1)):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()
    assert Annotation.objects.get().total_time == 9000


def test_a_draft_is_kept_renews_the_lease_and_comes_back(round_: Round, rater: User, signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_)
    lease = claimed(rater)
    soon = timezone.now() + timedelta(minutes=1)
    Assignment.objects.filter(pk=lease).update(expires_at=soon)
    url = reverse("api-draft", args=["maths", lease])
    draft = {"seq": 2, "steps": [{"rating": 1, "flagged": False}], "total_time": 50, "current": 1}
    assert signed_in_rater.put(url, draft, content_type="application/json").status_code == 204
    older = signed_in_rater.put(url, draft | {"seq": 1}, content_type="application/json")
    assert (older.status_code, older.json()["error"]["code"]) == (409, "stale-draft")
    offer = signed_in_rater.post(reverse("api-claim", args=["maths"])).json()
    assert offer["leases"][0]["draft"] == draft
    assert Assignment.objects.get(pk=lease).expires_at > soon
    post(signed_in_rater, lease, body())
    assert not Draft.objects.exists()
    assert signed_in_rater.put(url, draft | {"seq": 3}, content_type="application/json").status_code == 409


def test_hostile_characters_in_a_draft_are_an_answer_and_no_crash(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    ItemFactory.create(round=round_)
    url = reverse("api-draft", args=["maths", claimed(rater)])
    text = '{"seq": 1, "steps": [{"rating": "\\u0000\\ud800", "flagged": false}]}'
    assert signed_in_rater.put(url, text, content_type="application/json").status_code == 400


def test_what_a_rater_gets_says_nothing_of_scores_verdicts_or_others(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    ItemFactory.create(round=round_, score=0.987654, solution__steps=["She has 16 - 3 = <<16-3=13>>13 eggs."])
    offer = signed_in_rater.post(reverse("api-claim", args=["maths"]))
    assert "0.9876" not in offer.content.decode()
    (lease,) = offer.json()["leases"]
    assert set(lease) == KEYS
    assert lease["steps"] == [{"text": "She has 16 - 3 = 13 eggs."}]
    assert Item.objects.get().solution.steps == ["She has 16 - 3 = <<16-3=13>>13 eggs."]


@pytest.mark.django_db(transaction=True)
def test_drafts_and_submits_that_meet_never_deadlock_and_leave_no_draft_behind() -> None:
    ItemFactory.create_batch(6, round=RoundFactory.create(campaign__slug="maths"))
    rater = person("rita", Role.RATER)

    def work(number: int) -> None:
        try:
            if number % 3 == 0:
                annotation_submit(rater=rater, campaign="maths", lease=lease, data=data)
            else:
                draft_save(rater=rater, campaign="maths", lease=lease, draft={"seq": number, "steps": []})
        except SubmitConflict:
            pass  # an older draft, or one that came after the submit
        finally:
            connection.close()

    for _ in range(6):
        lease, data = claimed(rater), body()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(12)))
    assert Annotation.objects.count() == 6
    assert not Draft.objects.exists()


def test_a_submit_for_a_draft_s_unknown_words_says_them_back_readably(
    round_: Round, rater: User, signed_in_rater: Client
) -> None:
    ItemFactory.create(round=round_)
    url = reverse("api-draft", args=["maths", claimed(rater)])
    answer = signed_in_rater.put(url, '{"\\ud800": 1}', content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "\\ud800")
    assert answer["Cache-Control"] == "no-store"
