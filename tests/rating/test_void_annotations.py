"""The command: it counts first, voids on --yes, and puts back."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labelling.people.models import User
from labelling.rating.models import Void
from labelling.rounds.models import Campaign, Item
from tests.factories import ItemFactory, RoundFactory
from tests.rating.work import judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(rater: User) -> Campaign:
    opened = RoundFactory.create(campaign__slug="maths")
    ItemFactory.create_batch(2, round=opened)
    for _ in range(2):
        judge(rater, opened.campaign)
    return opened.campaign


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("void_annotations", *arguments, stdout=out)
    return out.getvalue()


def test_without_yes_it_only_counts(campaign: Campaign, lead: User) -> None:
    out = told("maths", "rita", "--round", "1", "--since", "2020-01-01T00:00")
    assert out.startswith("Would void 2 annotations of rita (nothing is done without --yes):")
    assert "2 items back to the queue" in out
    assert not Void.objects.exists()


def test_it_voids_and_puts_back(campaign: Campaign, lead: User) -> None:
    out = told("maths", "rita", "--by", "lena", "--reason", "Clicked through.", "--yes")
    void = Void.objects.get()
    assert out == f"Void {void.pk} took out 2 annotations of rita.\n"
    assert set(Item.objects.values_list("state", "completed")) == {("queued", 0)}
    assert "is reversed: 2 annotations of rita stand" in told("maths", "--reverse", str(void.pk), "--by", "lena")
    assert set(Item.objects.values_list("state", "completed")) == {("done", 1)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "rita"], "no campaign 'nowhere'"),
        (["maths", "nobody"], "nobody called 'nobody'"),
        (["maths"], "name the rater"),
        (["maths", "rita", "--round", "9"], "no round 9"),
        (["maths", "rita", "--yes", "--by", "lena"], "needs its reason"),
        (["maths", "rita", "--yes", "--reason", "Odd."], "--by must name a lead"),
        (["maths", "rita", "--yes", "--reason", "Odd.", "--by", "rita"], "--by must name a lead"),
        (["maths", "--reverse", "7", "--by", "lena"], "no void 7"),
        (["maths", "rita", "--since", "yesterday"], "'yesterday' is no time: write it as"),
        (["maths", "rita", "--since", "2026-02-32T12:00"], "is no time"),
        (["maths", "rita", "--since", "2026-03-02", "--until", "2026-03-01"], "--until must come after --since"),
    ],
)
def test_it_refuses_with_the_reason(campaign: Campaign, lead: User, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        told(*arguments)
    assert not Void.objects.exists()
