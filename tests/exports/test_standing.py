"""Which annotations stand in a dataset: the newest version, nothing voided, and no quality control unless asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from exports import export_dataset
from labelling.people.models import User
from labelling.rating.models import Annotation, Assignment, ScreeningTry
from labelling.rating.services import annotation_submit
from labelling.rating.voids import annotations_void, void_reverse
from labelling.rounds.models import UNLIMITED, Gold, Item, ItemKind, Round
from tests.factories import AnnotationFactory, ItemFactory, RoundFactory, SolutionFactory
from tests.rating.work import judge, judgement

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(db: None) -> Round:
    return RoundFactory.create(campaign__slug="maths", number=3)


def rows(folder: Path, **options: Any) -> list[dict[str, Any]]:
    target = folder / "labels.jsonl"
    export_dataset(format="prm800k", output=target, force=True, **options)
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_a_correction_takes_the_place_of_what_it_replaces(round_: Round, rater: User, tmp_path: Path) -> None:
    ItemFactory.create(round=round_)
    judge(rater, round_.campaign, 2)
    first = Annotation.objects.get()
    body = judgement(0) | {"replaces": str(first.uuid)}
    annotation_submit(rater=rater, campaign="maths", lease=first.assignment_id, data=body)
    [row] = rows(tmp_path)
    assert [step["completions"][0]["rating"] for step in row["label"]["steps"]] == [-1]


def test_what_is_voided_stays_out_until_it_is_put_back(round_: Round, rater: User, lead: User, tmp_path: Path) -> None:
    ItemFactory.create(round=round_)
    judge(rater, round_.campaign)
    void = annotations_void(campaign=round_.campaign, rater=rater, by=lead, reason="Clicked through.")
    report = export_dataset(format="prm800k", output=tmp_path / "none", include=["late", "gold"], dry_run=True)
    assert (report.annotations, report.left_out) == (0, {})
    void_reverse(void=void, by=lead)
    assert len(rows(tmp_path)) == 1


def test_what_was_put_back_without_a_place_counts_as_late(
    round_: Round, rater: User, lead: User, tmp_path: Path
) -> None:
    stored = AnnotationFactory.create(assignment__item__round=round_)
    Assignment.objects.filter(pk=stored.assignment_id).update(state="late")
    assert rows(tmp_path) == []
    assert len(rows(tmp_path, include=["late"])) == 1


class TestControl:
    @pytest.fixture
    def control(self, round_: Round) -> list[Item]:
        """A gold and a screening item, one answer to each, and one to a normal item."""
        made = []
        for kind, of_round in ((ItemKind.GOLD, round_), (ItemKind.SCREENING, None)):
            use = "gold" if kind == ItemKind.GOLD else "screening"
            gold = Gold.objects.create(
                campaign=round_.campaign, solution=SolutionFactory.create(), acceptable=[2], use=use
            )
            item = Item.objects.create(
                round=of_round,
                campaign=round_.campaign,
                solution=gold.solution,
                gold=gold,
                kind=kind,
                position=100 + gold.pk,
                strategy=kind,
                strategy_version=1,
                verdict="wrong",
                score=0.5,
                rank=1,
                overlap=UNLIMITED,
            )
            made.append(item)
        return made

    def answer(self, item: Item, rater: User) -> None:
        now = timezone.now()
        lease = Assignment.objects.create(
            item=item, campaign=item.campaign, solution=item.solution, rater=rater, leased_at=now, expires_at=now
        )
        Item.objects.filter(pk=item.pk).update(held=1)
        annotation_submit(rater=rater, campaign="maths", lease=lease.pk, data=judgement(2))

    def test_it_goes_out_only_when_asked_for_and_says_what_it_is(
        self, round_: Round, control: list[Item], rater: User, tmp_path: Path
    ) -> None:
        gold, _ = control
        self.answer(gold, rater)  # first: the answer to the other might bring it as the next lease
        ItemFactory.create(round=round_)
        judge(rater, round_.campaign)
        assert len(rows(tmp_path)) == 1
        control_row, normal = rows(tmp_path, include=["gold"])
        assert (normal["is_quality_control_question"], control_row["is_quality_control_question"]) == (False, True)
        assert (control_row["generation"], control_row["is_initial_screening_question"]) == (3, False)

    def test_screening_is_generation_minus_one(
        self, round_: Round, control: list[Item], rater: User, tmp_path: Path
    ) -> None:
        ScreeningTry.objects.create(rater=rater, campaign=round_.campaign, number=1, seed=1, total=2)
        self.answer(control[1], rater)
        assert rows(tmp_path, include=["gold"]) == []
        assert export_dataset(format="prm800k", output="-", dry_run=True).left_out == {"screening": 1}
        [row] = rows(tmp_path, include=["screening"])
        assert (row["generation"], row["is_initial_screening_question"]) == (-1, True)
        assert row["is_quality_control_question"] is False
