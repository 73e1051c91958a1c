"""The candidates of a turn, over the API: found, waited for, kept; runs submitted, corrected and exported."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from labelling.corpus.models import Alternative, CandidateRequest, Origin, Problem, RequestState
from labelling.people.models import Role, User
from labelling.rating.models import Annotation, Assignment, Turn
from labelling.rating.services import lease_claim
from labelling.rounds.models import Item
from tests.conftest import person
from tests.factories import AlternativeFactory, ItemFactory, RoundFactory, SampleFactory, SolutionFactory
from tests.rating.kit import SLUG, post

pytestmark = pytest.mark.django_db
ADD, DOUBLE = "Add 2 and 2 to get $4$.", "Now take the double, $8$."
ANSWER = "So the answer is 8.\n\n# Answer\n\n8"
Desk = Callable[..., Any]


@pytest.fixture
def item(db: None) -> Item:
    """Of one problem with the samples' first steps and two imported alternatives."""
    round_ = RoundFactory.create(campaign__slug=SLUG, campaign__mode="alternatives")
    made: Item = ItemFactory.create(round=round_, solution__steps=[ADD, DOUBLE, ANSWER])
    problem = made.solution.problem
    SampleFactory.create(solution=made.solution)
    SampleFactory.create(solution=SolutionFactory.create(problem=problem, steps=["Multiply.", "And so on."]))
    AlternativeFactory.create(problem=problem, text="Guess $7$.")
    AlternativeFactory.create(problem=problem, before=(ADD,), text="Halve it.")
    return made


@pytest.fixture
def problem(item: Item) -> Problem:
    return item.solution.problem


@pytest.fixture
def lease(item: Item, rater: User) -> Any:
    return lease_claim(rater=rater, campaign=SLUG).lease


@pytest.fixture
def turn(signed_in_rater: Client, lease: Any) -> Desk:
    def ask(*path: Any, **more: Any) -> Any:
        steps = [{"own": step} if isinstance(step, str) else {"candidate": step} for step in path]
        answer = post(signed_in_rater, "api-turn", lease, {"path": steps, **more})
        return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json()["error"])

    return ask


def texts(answer: Any) -> set[str]:
    return {one["text"] for one in answer["candidates"]}


def id_of(answer: Any, text: str) -> int:
    return next(int(one["id"]) for one in answer["candidates"] if one["text"] == text)


class TestTurns:
    def test_the_first_turn_s_candidates_and_those_behind_one_of_them(self, turn: Desk) -> None:
        first = turn()
        assert texts(first) == {ADD, "Multiply.", "Guess $7$."}
        second = turn(id_of(first, ADD))
        assert texts(second) == {DOUBLE, "Halve it."}
        third = turn(id_of(first, ADD), id_of(second, DOUBLE))
        assert [(one["text"], one["ends"]) for one in third["candidates"]] == [(ANSWER, True)]

    def test_what_was_shown_stays_as_it_was(self, turn: Desk, problem: Problem) -> None:
        first = turn()
        AlternativeFactory.create(problem=problem, text="Come late.")
        assert turn()["candidates"] == first["candidates"]
        assert Turn.objects.count() == 1

    def test_no_more_than_the_campaign_allows_the_queued_solution_s_step_among_them(
        self, turn: Desk, item: Item
    ) -> None:
        item.campaign.candidates_per_turn = 1
        item.campaign.save(update_fields=["candidates_per_turn"])
        assert texts(turn()) == {ADD}

    def test_it_tells_nothing_of_where_candidates_come_from(self, turn: Desk) -> None:
        answer = turn()
        assert set(answer) == {"key", "candidates", "waiting", "generator", "message"}
        assert {key for one in answer["candidates"] for key in one} == {"id", "text", "ends"}

    def test_calculator_marks_are_hidden_as_everywhere(self, turn: Desk, problem: Problem) -> None:
        AlternativeFactory.create(problem=problem, text="It is <<2+2=4>>4.")
        assert "It is 4." in texts(turn())

    def test_without_candidates_and_generator_it_says_so_and_keeps_nothing(self, turn: Desk) -> None:
        answer = turn("My own first step.")
        assert (answer["candidates"], answer["waiting"], answer["generator"]) == ([], False, "none")
        assert "no generator is set up" in answer["message"]
        assert not Turn.objects.exists()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "path"),
            ({"path": [{"candidate": 1}]}, "path[0].candidate"),
            ({"path": [], "wait": True}, "wait"),
            ({"path": [], "settle": 1}, "settle"),
            ({"path": [{"own": ""}]}, "path[0].own"),
        ],
    )
    def test_nonsense_is_refused_by_name(
        self, signed_in_rater: Client, lease: Any, body: dict[str, Any], field: str
    ) -> None:
        answer = post(signed_in_rater, "api-turn", lease, body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)

    def test_a_candidate_of_another_place_or_problem_is_none_of_this_path(self, turn: Desk) -> None:
        first = turn()
        status, fault = turn(id_of(first, ADD), id_of(first, ADD))
        assert (status, fault["field"]) == (400, "path[1].candidate")
        other = AlternativeFactory.create(text="Elsewhere.")
        assert turn(other.pk)[1]["field"] == "path[0].candidate"

    def test_it_is_the_rater_s_own_item_or_none(self, client: Client, lease: Any, stranger: User) -> None:
        client.force_login(person("ruth", Role.RATER))
        assert post(client, "api-turn", lease, {"path": []}).status_code == 404
        client.force_login(stranger)
        assert post(client, "api-turn", lease, {"path": []}).status_code == 403

    def test_items_of_other_modes_have_no_turns(self, signed_in_rater: Client, rater: User) -> None:
        ItemFactory.create(round__campaign__slug=SLUG)
        other = lease_claim(rater=rater, campaign=SLUG).lease
        assert post(signed_in_rater, "api-turn", other, {"path": []}).json()["error"]["code"] == "no-turns"

    def test_a_given_back_item_has_no_further_turns(self, turn: Desk) -> None:
        Assignment.objects.update(state="skipped")
        assert turn()[1]["code"] == "skipped"

    def test_a_script_can_t_open_turns_without_end(self, turn: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("labelling.rating.turns.MOST_TURNS_OPENED", 1)
        first = turn()
        assert turn()["key"] == first["key"]
        assert turn(id_of(first, ADD))[1]["code"] == "too-many-turns"


class TestGenerators:
    @pytest.fixture(autouse=True)
    def configured(self, settings: Any) -> None:
        settings.GENERATOR_URL, settings.GENERATOR_MODEL = "http://127.0.0.1:1/v1", "m"

    def answered(self, *candidates: str) -> None:
        """As a worker does."""
        request = CandidateRequest.objects.get()
        for text in candidates:
            AlternativeFactory.create(
                problem=request.problem, before=tuple(request.steps), text=text, origin=Origin.GENERATOR, generator="m"
            )
        CandidateRequest.objects.update(state=RequestState.DONE, found=len(candidates))

    def test_a_turn_that_lacks_candidates_waits_for_one(self, turn: Desk) -> None:
        answer = turn()
        assert (answer["waiting"], answer["generator"], answer["candidates"]) == (True, "asked", [])
        assert CandidateRequest.objects.get().wanted == 1
        assert turn()["waiting"]
        self.answered("Of the generator.")
        assert texts(turn()) == {ADD, "Multiply.", "Guess $7$.", "Of the generator."}

    def test_the_worker_is_told_once(
        self, turn: Desk, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        sent: list[int] = []
        monkeypatch.setattr("labelling.corpus.tasks._send", lambda request_id, *_: sent.append(request_id))
        with django_capture_on_commit_callbacks(execute=True):
            turn()
            turn()
        assert sent == [CandidateRequest.objects.get().pk]

    def test_a_turn_with_enough_asks_nobody(self, turn: Desk, problem: Problem) -> None:
        AlternativeFactory.create(problem=problem, text="A fourth.")
        assert not turn()["waiting"]
        assert not CandidateRequest.objects.exists()

    def test_the_rater_need_not_wait(self, turn: Desk) -> None:
        assert turn()["waiting"]
        assert texts(turn(settle=True)) == {ADD, "Multiply.", "Guess $7$."}
        self.answered("Too late.")
        assert "Too late." not in texts(turn())

    def test_one_that_failed_leaves_what_is_there_or_can_be_asked_again(self, turn: Desk) -> None:
        turn("Mine.")
        CandidateRequest.objects.update(state=RequestState.FAILED, error="answered 401")
        answer = turn("Mine.")
        assert (answer["generator"], answer["candidates"]) == ("failed", [])
        assert "could not be reached" in answer["message"]
        assert turn("Mine.", again=True)["waiting"]
        self.answered("At last.")
        assert texts(turn("Mine.")) == {"At last."}

    def test_one_problem_is_not_asked_about_without_end(self, turn: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("labelling.rating.turns.MOST_ASKED", 1)
        assert turn("Mine.")["waiting"]
        assert turn("Another.")["generator"] == "none"


def judged(answer: Any, ratings: dict[str, int], chosen: str | None = None, own: str | None = None) -> dict[str, Any]:
    """A turn of a submit: negative but for those named."""
    candidates = [
        {"id": one["id"], "rating": ratings.get(one["text"], -1), "flagged": False} for one in answer["candidates"]
    ]
    return {
        "key": answer["key"],
        "candidates": candidates,
        "chosen": None if chosen is None else id_of(answer, chosen),
        "own": own,
    }


@pytest.fixture
def run(turn: Desk) -> list[dict[str, Any]]:
    """To the answer, by candidates."""
    first = turn()
    second = turn(id_of(first, ADD))
    third = turn(id_of(first, ADD), id_of(second, DOUBLE))
    return [
        judged(first, {ADD: 1, "Multiply.": 0}, ADD),
        judged(second, {DOUBLE: 1}, DOUBLE),
        judged(third, {ANSWER: 1}, ANSWER),
    ]


def sent(turns: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    body = {"uuid": str(uuid.uuid4()), "turns": turns, "finish_reason": "solution", "total_time": 9000}
    return body | changes


class TestSubmits:
    def test_a_run_is_stored_once_as_a_row_of_phase_1_and_goes_out_so(
        self, signed_in_rater: Client, lease: Any, run: list[dict[str, Any]], item: Item, tmp_path: Path
    ) -> None:
        body = sent(run)
        for _ in range(2):
            assert post(signed_in_rater, "api-submit", lease, body).status_code == 200
        stored = Annotation.objects.get()
        assert (stored.step_ratings, stored.first_error, stored.finish_reason) == ([1, 1, 1], None, "solution")
        item.refresh_from_db()
        assert (item.state, item.completed) == ("done", 1)
        path = tmp_path / "rows.jsonl"
        call_command("export_dataset", format="prm800k", output=str(path))
        text = path.read_text(encoding="utf-8").rstrip("\n")
        assert text == stored.document
        row = json.loads(text)
        assert (row["generation"], row["question"]["pre_generated_steps"]) == (None, None)
        assert [step["chosen_completion"] is not None for step in row["label"]["steps"]] == [True] * 3
        assert {one["text"] for one in row["label"]["steps"][0]["completions"]} == {ADD, "Multiply.", "Guess $7$."}

    def test_an_own_step_is_kept_with_its_author_and_is_no_candidate_for_others(
        self, signed_in_rater: Client, lease: Any, turn: Desk, rater: User
    ) -> None:
        first = turn()
        own = "Two and two make $4$.\n\n# Answer\n\n8"
        assert post(signed_in_rater, "api-submit", lease, sent([judged(first, {}, own=own)])).status_code == 200
        kept = Alternative.objects.get(origin=Origin.RATER)
        assert (kept.author, kept.text, kept.step_index) == (rater, own, 0)
        assert Annotation.objects.get().step_ratings == [None]

    def test_nothing_to_go_on_from_is_a_found_error(
        self, signed_in_rater: Client, lease: Any, run: list[dict[str, Any]], turn: Desk
    ) -> None:
        body = sent([judged(turn(), {})], finish_reason="found_error")
        assert post(signed_in_rater, "api-submit", lease, body).status_code == 200
        assert Annotation.objects.get().first_error == 0

    def test_what_was_not_shown_or_not_rated_is_refused_by_name(
        self, signed_in_rater: Client, lease: Any, run: list[dict[str, Any]]
    ) -> None:
        run[1]["candidates"] = run[1]["candidates"][:1]
        answer = post(signed_in_rater, "api-submit", lease, sent(run))
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "turns[1].candidates")
        assert not Annotation.objects.exists()

    def test_steps_are_no_answer_to_it(self, signed_in_rater: Client, lease: Any) -> None:
        body = {"uuid": str(uuid.uuid4()), "steps": [], "finish_reason": "solution", "total_time": 1}
        assert post(signed_in_rater, "api-submit", lease, body).json()["error"]["field"] == "steps"

    def test_a_run_can_be_opened_again_and_corrected(
        self, signed_in_rater: Client, lease: Any, run: list[dict[str, Any]]
    ) -> None:
        first = sent(run)
        post(signed_in_rater, "api-submit", lease, first)
        again = signed_in_rater.get(f"/api/campaigns/{SLUG}/leases/{lease}/").json()
        assert again["correctable"]
        assert [one["chosen"] for one in again["answer"]["turns"]] == [one["chosen"] for one in run]
        assert len(again["lease"]["turns"]) == 3
        better = sent(run[:1], finish_reason="give_up", reason="Too long.", replaces=first["uuid"])
        assert post(signed_in_rater, "api-submit", lease, better).status_code == 200
        assert list(Annotation.objects.order_by("version").values_list("finish_reason", flat=True)) == [
            "solution",
            "give_up",
        ]

    def test_a_draft_comes_back_with_what_was_shown(self, signed_in_rater: Client, lease: Any, turn: Desk) -> None:
        shown = turn()
        draft = {"seq": 1, "turns": [judged(shown, {ADD: 1})], "current": 0, "total_time": 5, "complete": False}
        url = f"/api/campaigns/{SLUG}/leases/{lease}/draft/"
        assert signed_in_rater.put(url, draft, content_type="application/json").status_code == 204
        again = post_claim(signed_in_rater)
        assert again["draft"]["turns"] == draft["turns"]
        assert again["turns"] == [{"key": shown["key"], "candidates": shown["candidates"]}]
        assert again["steps"] == []
        bad = signed_in_rater.put(url, {**draft, "turns": 3}, content_type="application/json")
        assert bad.json()["error"]["field"] == "turns"


def post_claim(client: Client) -> Any:
    answer = client.post(f"/api/campaigns/{SLUG}/claim/").json()
    return answer["lease"] if "lease" in answer else answer["leases"][0]
