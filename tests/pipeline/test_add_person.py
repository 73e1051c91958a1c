"""``add_person``: accounts with fresh passwords, roles in campaigns that exist."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labelling.people.models import Role, User
from labelling.people.selectors import has_role
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


def add(*arguments: str) -> str:
    said = StringIO()
    call_command("add_person", *arguments, stdout=said)
    return said.getvalue()


def test_it_makes_an_account_whose_printed_password_works() -> None:
    CampaignFactory.create(slug="maths")
    said = add("ada", "--role", "rater", "--campaign", "maths")
    password = said.split("password ")[1].split()[0]
    user = User.objects.get(username="ada")
    assert user.check_password(password)
    assert has_role(user, Role.RATER, campaign="maths")
    assert not has_role(user, Role.RATER, campaign="physics")


def test_a_further_role_leaves_the_password_alone() -> None:
    add("ada", "--role", "rater")
    before = User.objects.get().password
    assert "password" not in add("ada", "--role", "lead")
    assert User.objects.get().password == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["ada", "--role", "rater", "--campaign", "math"], r"no campaign 'math' \(there are: maths\)"),
        (["ada", "--role", "operator", "--campaign", "maths"], "for every campaign"),
        (["ada lovelace!", "--role", "rater"], "valid username"),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_made(arguments: list[str], reason: str) -> None:
    CampaignFactory.create(slug="maths")
    with pytest.raises(CommandError, match=reason):
        add(*arguments)
    assert not User.objects.exists()
