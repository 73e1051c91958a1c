"""A rater's own answers: a list to filter, and one of them to read. Never gold, scores, or what others said."""

import json
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelling.corpus.text import hide_calculator_marks
from labelling.people.models import User
from labelling.rating.models import Annotation, ErrorType, FinishReason
from labelling.rating.progress import campaigns_worked_in, start_of
from labelling.rating.selectors import annotations_newest
from labelling.rating.submits import not_correctable
from labelling.rounds.models import Campaign

PER_PAGE: Final = 25
EXCERPT: Final = 160  # characters of a problem in the list


class FilterForm(forms.Form):
    """What of one's own work to list. Days are those of the person's time zone."""

    campaign = forms.ModelChoiceField(
        queryset=Campaign.objects.none(),
        label=gettext_lazy("Campaign"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("All campaigns"),
    )
    answer = forms.ChoiceField(label=gettext_lazy("Your answer"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, rater: User, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.fields["campaign"].queryset = campaigns_worked_in(rater)  # type: ignore[attr-defined]
        self.fields["answer"].choices = [("", _("All answers")), *FinishReason.choices]  # type: ignore[attr-defined]

    def chosen(self) -> Mapping[str, Any]:
        """The filters that can be read; the others are told beside their fields."""
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


def own_answers(rater: User, chosen: Mapping[str, Any]) -> QuerySet[Annotation]:
    """The newest version of each of the rater's answers, the newest first."""
    found = annotations_newest().filter(rater=rater)
    if "campaign" in chosen:
        found = found.filter(campaign=chosen["campaign"])
    if "answer" in chosen:
        found = found.filter(finish_reason=chosen["answer"])
    if "since" in chosen:
        found = found.filter(created_at__gte=start_of(chosen["since"]))
    if "until" in chosen:
        found = found.filter(created_at__lt=start_of(chosen["until"] + timedelta(days=1)))
    return found.order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Line:
    """One answer in the list. ``called``: the 1-based step called the first error, None where there is none."""

    lease: uuids.UUID
    campaign: Campaign
    at: datetime
    problem: str
    finish_reason: str
    answer: str
    called: int | None
    active: timedelta
    is_corrected: bool


def page_of_lines(rater: User, chosen: Mapping[str, Any], number: str) -> tuple[Page[Annotation], Sequence[Line]]:
    """A page of the list: two queries, however long it is."""
    wide = ("request", "document", "visible", "step_ratings")
    answers = own_answers(rater, chosen).defer(*wide).select_related("campaign", "solution__problem")
    page = Paginator(answers, PER_PAGE).get_page(number)
    return page, [_line(answer) for answer in page]


def _line(answer: Annotation) -> Line:
    problem = hide_calculator_marks(answer.solution.problem.text)
    return Line(
        lease=answer.assignment_id,
        campaign=answer.campaign,
        at=answer.created_at,
        problem=problem if len(problem) <= EXCERPT else f"{problem[:EXCERPT].rstrip()}…",
        finish_reason=answer.finish_reason,
        answer=answer.get_finish_reason_display(),
        called=None if answer.first_error is None else answer.first_error + 1,
        active=timedelta(milliseconds=answer.total_time),
        is_corrected=answer.version > 1,
    )


@dataclass(frozen=True)
class Choice:
    """One text that was rated, or could have been. ``rating``: None where it was not."""

    text: str
    rating: int | None
    flagged: bool
    is_chosen: bool


@dataclass(frozen=True)
class Said:
    """An error note as it was written; each text may be empty."""

    kind: str
    explanation: str
    corrected: str


@dataclass(frozen=True)
class Turn:
    """A step as it was judged: its text, the alternatives beside it where there were any, and the note on its error."""

    number: int
    choices: Sequence[Choice]
    own: str | None
    note: Said | None = None

    @property
    def is_error(self) -> bool:
        return len(self.choices) == 1 and self.choices[0].rating == -1


@dataclass(frozen=True)
class OwnAnswer:
    """One's own answer, to read. ``versions``: when each was submitted. ``correctable``: it may still be changed."""

    line: Line
    problem: str
    reference_answer: str | None
    reference_solution: str | None
    turns: Sequence[Turn]
    unjudged: Sequence[Turn]
    reason: str
    versions: Sequence[datetime]
    correctable: bool


def own_answer(*, rater: User, campaign: str, lease: uuids.UUID) -> OwnAnswer | None:
    """The rater's newest answer on this lease; None where there is none of theirs."""
    versions = list(
        Annotation.objects.filter(rater=rater, campaign__slug=campaign, assignment=lease)
        .select_related("campaign", "solution__problem", "assignment", "item", "round")
        .order_by("version")
    )
    if not versions:
        return None
    newest = versions[-1]
    document = json.loads(newest.document)
    notes = {note["step"]: _said(note) for note in newest.notes}
    turns = [_turn(at, step, notes.get(at)) for at, step in enumerate(document["label"]["steps"])]
    steps = document["question"].get("pre_generated_steps") or []
    question = document["question"]
    return OwnAnswer(
        line=_line(newest),
        problem=hide_calculator_marks(question["problem"]),
        reference_answer=question["ground_truth_answer"] if _saw_answer(newest.visible) else None,
        reference_solution=_shown_solution(newest, question),
        turns=turns,
        unjudged=[_plain(at, text) for at, text in enumerate(steps) if at >= len(turns)],
        reason=newest.reason,
        versions=[version.created_at for version in versions],
        correctable=not_correctable(_state(newest)) is None,
    )


def _saw_answer(visible: Mapping[str, Any]) -> bool:
    """``visible`` of an answer, also as it was kept before there were guesses."""
    return bool(visible.get("show_reference_answer")) or visible.get("reference_answer") in ("shown", "guess")


def _shown_solution(answer: Annotation, question: Mapping[str, Any]) -> str | None:
    text = question["ground_truth_solution"]
    saw = answer.visible.get("reference_solution") or answer.visible.get("show_reference_solution")
    return hide_calculator_marks(text) if text and saw else None


def _state(answer: Annotation) -> Mapping[str, Any]:
    return {
        "lease_state": answer.assignment.state,
        "kind": answer.item.kind,
        "item_state": answer.item.state,
        "round_state": answer.round.state if answer.round else None,
    }


def _said(note: Mapping[str, str]) -> Said:
    kind = dict(ErrorType.choices).get(note["type"], note["type"])
    return Said(str(kind), note["explanation"], note["corrected"])


def _turn(at: int, step: Mapping[str, Any], note: Said | None) -> Turn:
    chosen = step["chosen_completion"]
    return Turn(
        number=at + 1,
        choices=[
            Choice(
                text=hide_calculator_marks(one["text"]),
                rating=one["rating"],
                flagged=bool(one.get("flagged")),
                is_chosen=len(step["completions"]) > 1 and index == chosen,
            )
            for index, one in enumerate(step["completions"] or [])
        ],
        own=_own_text(step["human_completion"]),
        note=note,
    )


def _own_text(human: Any) -> str | None:
    """The step that the rater wrote; PRM800K has it as a text, or as an object with one."""
    text = human.get("text") if isinstance(human, dict) else human
    return str(text) if text else None


def _plain(at: int, text: str) -> Turn:
    return Turn(at + 1, [Choice(hide_calculator_marks(text), None, flagged=False, is_chosen=False)], None)
