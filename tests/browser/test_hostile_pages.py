"""The same hostile texts on the pages that are made by the server: the lead's, and a rater's own items."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from exports import make_snapshot
from exports.models import Snapshot
from exports.requests import LONGEST_TEXT
from exports.snapshots.building import KIND, LONGEST_TITLE, TASK
from labelling.dashboard.model_figures import GROUPS_SHOWN
from labelling.people.models import Role, User
from labelling.people.services import member_add
from labelling.prm.models import Evaluation
from labelling.prm.names import LONGEST
from labelling.rounds.models import Campaign, Round
from tests.browser.conftest import sign_in
from tests.browser.guard import Guard
from tests.browser.hostile_texts import CLASSES, hostile_texts
from tests.exports.labelled import with_candidates
from tests.factories import (
    AnnotationFactory,
    AssignmentFactory,
    CampaignFactory,
    GoldFactory,
    ItemFactory,
    JobFactory,
    ModelVersionFactory,
    PoolEntryFactory,
    ReferenceHoldFactory,
    RoundFactory,
    SampleFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEED = 6
TRIMMED = 4_000  # characters: the lead's pages show twenty solutions at once
SHORT = 300


@pytest.fixture
def guard(browser: Browser, site: str) -> Iterator[Guard]:
    made = Guard(browser.new_context(base_url=site), site)
    yield made
    made.close()


@pytest.fixture
def judged(transactional_db: None, rater: User) -> Round:
    """A judged solution, a gold and a held reference of each class."""
    round_: Round = RoundFactory.create(campaign__slug="maths", campaign__show_reference_solution=True)
    for position, kind in enumerate(CLASSES):
        texts = [one.text[:TRIMMED] for one in hostile_texts(SEED, per_class=4) if one.kind == kind]
        item = ItemFactory.create(
            round=round_,
            position=position,
            done=True,
            solution__steps=["An honest step: $x^2$.", *texts],
            solution__problem__text=f"{kind} {position}: {texts[0]}",
            solution__problem__reference_answer=texts[1][:SHORT],
            solution__problem__reference_solution=texts[2],
        )
        lease = AssignmentFactory.create(item=item, rater=rater, completed=True)
        note = {"step": 1, "type": "logic", "explanation": texts[3], "corrected": texts[0]}
        AnnotationFactory.create(assignment=lease, step_ratings=[1, -1], reason=texts[3], notes=[note])
        GoldFactory.create(campaign=round_.campaign, solution__steps=texts, acceptable=[0], explanation=texts[3])
        ReferenceHoldFactory.create(round=round_, problem=item.solution.problem, answer=texts[3][:SHORT])
        PoolEntryFactory.create(campaign="maths", problem=item.solution.problem)
        SampleFactory.create(problem=item.solution.problem, solution=item.solution)
    return round_


def looked_at(guard: Guard, user: User, *paths: str, drawn: str = "[data-maths] .katex") -> dict[str, set[str]]:
    """What is wrong on each page. ``drawn``: what is there once its texts are."""
    page = guard.context.new_page()
    sign_in(page, user)
    found = {}
    for path in paths:
        page.goto(path)
        expect(page.locator(drawn).first).to_be_attached()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        faults = guard.look(page)
        if faults:
            found[path] = faults
    return found


@pytest.mark.timeout(600)
def test_no_text_escapes_on_the_lead_s_pages(guard: Guard, judged: Round, lead: User) -> None:
    lists = [f"{reverse(name, args=['maths'])}?page={number}" for name in ("annotations", "golds") for number in (1, 2)]
    assert looked_at(guard, lead, *lists, reverse("references", args=["maths"])) == {}


@pytest.mark.timeout(600)
def test_no_text_escapes_among_a_rater_s_own_items(guard: Guard, judged: Round, rater: User) -> None:
    member_add(user=rater, role=Role.RATER)
    leases = judged.items.order_by("position").values_list("assignments__pk", flat=True)[::4]
    own = [reverse("own-item", args=["maths", lease]) for lease in leases]
    assert looked_at(guard, rater, reverse("history"), *own) == {}


@pytest.fixture
def measured(transactional_db: None) -> None:
    """A model of each class's name, measured on data that is called by such words."""
    value: dict[str, Any] = {"value": 0.5, "low": 0.4, "high": 0.6}
    figures = dict.fromkeys(("f1", "error_accuracy", "correct_accuracy"), value)
    counts = dict.fromkeys(("solutions", "with_error", "chosen_on", "trained_on"), 7)
    for number, kind in enumerate(CLASSES):
        name, dataset = [one.text for one in hostile_texts(SEED, per_class=2) if one.kind == kind]
        name = "".join(char for char in name if char.isprintable())[:LONGEST] or kind
        Evaluation.objects.create(
            version=ModelVersionFactory.create(model__name=f"{name[:-3]} {number}"), kind="first-errors",
            dataset=dataset[:SHORT], data_sha256=str(number % GROUPS_SHOWN), created_at=timezone.now(),
            figures=figures | counts | {"threshold": 0.5},
        )  # fmt: skip


@pytest.mark.timeout(600)
def test_no_text_escapes_on_the_page_of_models(guard: Guard, measured: None, lead: User) -> None:
    assert looked_at(guard, lead, reverse("models"), drawn="[data-text]") == {}


@pytest.fixture
def frozen(transactional_db: None, storage: Path) -> Campaign:
    """A snapshot of each class: its title, and a choice that is any text; and builds that failed with such words."""
    name = next(hostile_texts(SEED, per_class=1)).text
    campaign = CampaignFactory.create(slug="maths", name=name[:SHORT])
    row = with_candidates(2, 1, -1)
    AnnotationFactory.create(assignment__item__round__campaign=campaign, document=json.dumps(row))
    for number, kind in enumerate(CLASSES):
        title, choice, word = [one.text for one in hostile_texts(SEED, per_class=3) if one.kind == kind]
        wanted: dict[str, Any] = {"format": "step-dpo", "campaign": "maths"}
        said: dict[str, Any] = {"title": title[:LONGEST_TITLE], "dataset": f"{number} {choice}"[:LONGEST_TEXT]}
        make_snapshot(**wanted, neutral="positive", **said)
        JobFactory.create(kind=KIND, task=TASK, params=wanted, state="failed", error=word, finished_at=timezone.now())
    return campaign


@pytest.mark.timeout(600)
def test_no_text_escapes_on_the_pages_of_datasets(guard: Guard, frozen: Campaign, lead: User) -> None:
    every = [reverse("snapshot", args=["maths", one]) for one in Snapshot.objects.values_list("hash", flat=True)[::4]]
    paths = [reverse("datasets"), f"{reverse('snapshots', args=['maths'])}?page=2", *every]
    assert looked_at(guard, lead, *paths, drawn="[data-text]") == {}
