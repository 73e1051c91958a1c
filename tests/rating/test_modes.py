"""Every-step mode, alternatives of the failing step, error notes and the current guess, through the API."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labelling.corpus.models import Solution
from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, ErrorType
from labelling.rating.services import lease_claim
from labelling.rating.validation import ERROR_TYPES
from labelling.rounds.models import Campaign, Item, Round
from tests.factories import AlternativeFactory, ItemFactory, RoundFactory
from tests.rating.kit import SLUG, gold_item, post

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {"rating": 1, "flagged": False}
BAD: dict[str, Any] = {"rating": -1, "flagged": False}
NOTE = {"type": "logic", "explanation": "It does not follow.", "corrected": "So $x = 2$."}
HOSTILE = "<img src=x onerror=alert(1)>\u202e$\\href{javascript:alert(1)}{x}$"


def round_of(**settings: Any) -> Round:
    made: Round = RoundFactory.create(
        campaign__slug=SLUG, number=4, **{f"campaign__{name}": value for name, value in settings.items()}
    )
    return made


def offered(client: Client) -> dict[str, Any]:
    lease: dict[str, Any] = client.post(reverse("api-claim", args=[SLUG])).json()["leases"][0]
    return lease


def alternatives(solution: Solution, *texts: str, at: int = 1, **others: Any) -> None:
    for text in texts:
        AlternativeFactory.create(
            problem=solution.problem, before=tuple(solution.steps[:at]), step_index=at, text=text, **others
        )
    solution.problem.alternatives.filter(created_at__gt=timezone.now() - timedelta(minutes=1)).update(
        created_at=timezone.now() - timedelta(hours=1)
    )


def body(*steps: dict[str, Any], finish: str = "found_error", **others: Any) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()),
        "steps": list(steps),
        "finish_reason": finish,
        "reason": "",
        "total_time": 5000,
    } | others


def document() -> dict[str, Any]:
    row: dict[str, Any] = json.loads(Annotation.objects.get().document)
    return row


# --- every step ----------------------------------------------------------------------------------------------------
def test_every_step_is_stored_also_past_an_error_and_the_first_error_is_the_first_minus_one(
    signed_in_rater: Client,
) -> None:
    ItemFactory.create(round=round_of(mode="every_step"))
    lease = offered(signed_in_rater)["id"]
    short = post(signed_in_rater, "api-submit", lease, body(GOOD, BAD))
    assert (short.status_code, short.json()["error"]["field"]) == (400, "steps")
    unsure = {"rating": None, "flagged": True}
    assert post(signed_in_rater, "api-submit", lease, body(BAD, unsure, BAD)).status_code == 200
    stored = Annotation.objects.get()
    assert (stored.step_ratings, stored.first_error, stored.finish_reason) == ([-1, None, -1], 0, "found_error")
    label = document()["label"]
    assert [step["completions"][0]["rating"] for step in label["steps"]] == [-1, None, -1]
    assert [step["chosen_completion"] for step in label["steps"]] == [None, 0, None]


@pytest.mark.parametrize(("error", "right"), [(1, True), (0, False)])
def test_gold_is_judged_by_the_first_minus_one_whatever_follows(
    signed_in_rater: Client, error: int, right: bool
) -> None:
    round_ = round_of(mode="every_step")
    ItemFactory.create(round=round_, position=0)
    gold = gold_item(round_, acceptable=(1,))
    lease = Assignment.objects.create(
        item=gold, campaign=gold.campaign, solution=gold.solution, rater=User.objects.get(username="rita"),
        leased_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    Item.objects.filter(pk=gold.pk).update(held=1)
    steps = [BAD if at in (error, 2) else GOOD for at in range(3)]
    assert post(signed_in_rater, "api-submit", lease.pk, body(*steps)).status_code == 200
    assert Annotation.objects.get().gold_right is right


# --- alternatives of the failing step ------------------------------------------------------------------------------
def test_a_lease_offers_the_alternatives_of_each_step_by_problem_and_prefix_and_nothing_more(
    signed_in_rater: Client,
) -> None:
    item, stranger = ItemFactory.create(round=round_of()), ItemFactory.create().solution
    alternatives(item.solution, "She has 16 - 3 = <<16-3=13>>13 eggs.", "Then 5.", item.solution.steps[1])
    alternatives(item.solution, "Last.", at=2)
    alternatives(stranger, "Of another problem.")
    AlternativeFactory.create(problem=item.solution.problem, before=("Another beginning.",), step_index=1)
    alternatives(item.solution, "By a rater.", origin="rater", author=User.objects.get(username="rita"))
    steps = offered(signed_in_rater)["steps"]
    for step in steps[1:]:
        step["alternatives"].sort(key=lambda one: one["text"])  # the order they are shown in tells nothing
    assert steps == [
        {"text": item.solution.steps[0]},
        {"text": item.solution.steps[1], "alternatives": [{"text": "She has 16 - 3 = 13 eggs."}, {"text": "Then 5."}]},
        {"text": item.solution.steps[2], "alternatives": [{"text": "Last."}]},
    ]


def test_what_is_imported_later_is_not_asked_for_in_a_lease_that_was_there(signed_in_rater: Client) -> None:
    item = ItemFactory.create(round=round_of())
    lease = offered(signed_in_rater)["id"]
    AlternativeFactory.create(problem=item.solution.problem, before=tuple(item.solution.steps[:1]))
    assert "alternatives" not in offered(signed_in_rater)["steps"][1]
    assert post(signed_in_rater, "api-submit", lease, body(GOOD, BAD)).status_code == 200


@pytest.mark.parametrize("settings", [{"offer_alternatives": False}, {"mode": "every_step"}])
def test_none_are_offered_or_asked_for_where_the_campaign_has_none(
    signed_in_rater: Client, settings: dict[str, Any]
) -> None:
    item = ItemFactory.create(round=round_of(**settings))
    alternatives(item.solution, "Another.")
    lease = offered(signed_in_rater)
    assert [set(step) for step in lease["steps"]] == [{"text"}] * 3
    rated = BAD | {"alternatives": [GOOD]}
    refused = post(signed_in_rater, "api-submit", lease["id"], body(GOOD, rated, *[GOOD] * ("mode" in settings)))
    assert refused.json()["error"]["field"] == "steps[1].alternatives"


def test_the_failing_step_s_alternatives_are_kept_with_it_and_the_first_error_is_the_main_path_s(
    signed_in_rater: Client,
) -> None:
    item = ItemFactory.create(round=round_of())
    alternatives(item.solution, "Another.", "<<3+4=7>>7 it is.")
    lease = offered(signed_in_rater)
    missing = post(signed_in_rater, "api-submit", lease["id"], body(GOOD, BAD))
    assert missing.json()["error"]["field"] == "steps[1].alternatives"
    said = {"Another.": BAD, "7 it is.": {"rating": 0, "flagged": True}}
    rated = BAD | {"alternatives": [said[one["text"]] for one in lease["steps"][1]["alternatives"]]}
    assert post(signed_in_rater, "api-submit", lease["id"], body(GOOD, rated)).status_code == 200
    stored = Annotation.objects.get()
    assert (stored.step_ratings, stored.first_error) == ([1, -1], 1)
    assert document()["label"]["steps"][1] == {
        "completions": [
            {"text": item.solution.steps[1], "rating": -1, "flagged": False},
            {"text": "Another.", "rating": -1, "flagged": False},
            {"text": "<<3+4=7>>7 it is.", "rating": 0, "flagged": True},
        ],
        "human_completion": None,
        "chosen_completion": None,
    }


def test_a_draft_keeps_alternatives_and_note_and_a_correction_may_change_them(signed_in_rater: Client) -> None:
    item = ItemFactory.create(round=round_of(error_notes="optional"))
    alternatives(item.solution, "Another.")
    lease = offered(signed_in_rater)["id"]
    step = BAD | {"alternatives": [{"rating": None, "flagged": False}], "note": {"type": "", "explanation": "It"}}
    draft = {"seq": 3, "steps": [GOOD, step], "total_time": 9, "current": 1}
    url = reverse("api-draft", args=[SLUG, lease])
    assert signed_in_rater.put(url, draft, content_type="application/json").status_code == 204
    assert offered(signed_in_rater)["draft"] == draft
    first = body(GOOD, BAD | {"alternatives": [GOOD]})
    post(signed_in_rater, "api-submit", lease, first)
    opened = signed_in_rater.get(reverse("api-reopen", args=[SLUG, lease])).json()
    assert opened["lease"]["steps"][1]["alternatives"] == [{"text": "Another."}]
    assert opened["answer"]["steps"] == first["steps"]
    second = body(GOOD, BAD | {"alternatives": [BAD], "note": NOTE}, replaces=first["uuid"])
    assert post(signed_in_rater, "api-submit", lease, second).status_code == 200
    newest = Annotation.objects.get(version=2)
    assert json.loads(newest.document)["label"]["steps"][1]["completions"][1]["rating"] == -1
    assert newest.notes == [{"step": 1, **NOTE}]


@pytest.mark.django_db(transaction=True)  # leased after the import's own moment
def test_labelling_through_the_api_gives_prm800k_s_readme_row_to_the_letter(
    client: Client, shared_data: Path, tmp_path: Path
) -> None:
    """From the import of the solution with its alternatives to the exported line."""
    golden = json.loads((shared_data / "formats" / "golden_rows.json").read_text())["prm800k"]
    asked, label = golden["question"], golden["label"]
    own, *others = label["steps"][2]["completions"]
    line = {
        "problem": asked["problem"],
        "reference_answer": asked["ground_truth_answer"],
        "reference_solution": asked["ground_truth_solution"],
        "generator": "gpt-4",
        "steps": asked["pre_generated_steps"],
        "final_answer": asked["pre_generated_answer"],
        "alternatives": {"2": [one["text"] for one in others]},
    }
    file = tmp_path / "readme.jsonl"
    file.write_text(json.dumps(line), encoding="utf-8")
    call_command("import_solutions", str(file), campaign=SLUG, no_grade=True)
    campaign = Campaign.objects.get(slug=SLUG)
    round_ = RoundFactory.create(campaign=campaign, number=golden["generation"])
    score = asked["pre_generated_verifier_score"]
    ItemFactory.create(round=round_, solution=Solution.objects.get(), score=score)
    rater = User.objects.create_user("reader", pseudonym=golden["labeler"])
    call_command("add_person", "reader", role="rater", campaign=SLUG)
    client.force_login(rater)
    guideline = campaign.guidelines.get()
    client.post(reverse("guidelines", args=[SLUG]), {"number": guideline.number})
    lease = offered(client)
    said = {one["text"]: {"rating": one["rating"], "flagged": one["flagged"]} for one in others}
    judged = [said[one["text"]] for one in lease["steps"][2]["alternatives"]]
    steps: list[dict[str, Any]] = [{"rating": 0, "flagged": None}] * 2
    steps.append({"rating": own["rating"], "flagged": own["flagged"], "alternatives": judged})
    sent = body(*steps, finish=label["finish_reason"], total_time=label["total_time"])
    with time_machine.travel(datetime.fromisoformat(golden["timestamp"]).replace(tzinfo=UTC), tick=False):
        assert post(client, "api-submit", lease["id"], sent).status_code == 200
    path = tmp_path / "rows.jsonl"
    call_command("export_dataset", format="prm800k", output=str(path), raters="original")
    assert path.read_text(encoding="utf-8") == json.dumps(golden, ensure_ascii=False) + "\n"


# --- error notes ---------------------------------------------------------------------------------------------------
def test_a_note_is_stored_beside_a_document_of_prm800k_s_exact_shape(signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_of(mode="every_step", error_notes="required"))
    lease = offered(signed_in_rater)["id"]
    missing = post(signed_in_rater, "api-submit", lease, body(BAD | {"note": NOTE}, GOOD, BAD))
    assert missing.json()["error"]["field"] == "steps[2].note"
    notes: list[dict[str, str]] = [NOTE | {"explanation": HOSTILE}, {"type": "other", "explanation": "Why."}]
    steps: list[dict[str, Any]] = [BAD | {"note": notes[0]}, GOOD, BAD | {"note": notes[1]}]
    assert post(signed_in_rater, "api-submit", lease, body(*steps)).status_code == 200
    assert Annotation.objects.get().notes == [{"step": 0, **notes[0]}, {"step": 2, **notes[1], "corrected": ""}]
    assert {tuple(step) for step in document()["label"]["steps"]} == {
        ("completions", "human_completion", "chosen_completion")
    }
    assert set(document()["label"]["steps"][0]["completions"][0]) == {"text", "rating", "flagged"}


def test_a_campaign_that_asks_for_no_notes_takes_none(signed_in_rater: Client) -> None:
    ItemFactory.create(round=round_of())
    refused = post(signed_in_rater, "api-submit", offered(signed_in_rater)["id"], body(BAD | {"note": NOTE}))
    assert refused.json()["error"]["field"] == "steps[0].note"


def test_the_types_of_error_have_their_words() -> None:
    assert tuple(ErrorType.values) == ERROR_TYPES


# --- what is shown of the answer -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shown", "answer", "is_guess"), [("shown", "8", False), ("guess", "8", True), ("hidden", None, False)]
)
def test_the_answer_is_shown_a_guess_or_hidden_and_the_annotation_says_which(
    signed_in_rater: Client, rater: User, shown: str, answer: str | None, is_guess: bool
) -> None:
    ItemFactory.create(round=round_of(answer_shown=shown))
    lease = offered(signed_in_rater)
    assert (lease["problem"]["reference_answer"], lease["problem"]["reference_is_guess"]) == (answer, is_guess)
    post(signed_in_rater, "api-submit", lease["id"], body(BAD))
    assert Annotation.objects.get().visible == {"reference_answer": shown, "reference_solution": False}
    assert lease_claim(rater=rater, campaign=SLUG).reason == "queue-empty"
