"""``manage.py add_person NAME --role rater --campaign SLUG``: an account, or one more role for an existing one."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.services import member_add, password_make, user_add, user_set_password
from labelling.rounds.management.commands.open_round import campaign_named

ROLES = (
    "rater: labels; reviewer: adjudicates; researcher: imports, trains, exports, and sees pseudonyms only; "
    "lead: sees a campaign's progress and people; operator: the raw tables, everywhere"
)


class Command(BaseCommand):
    help = "Make an account with a fresh random password (printed once), or give an existing one a further role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=Role.values, required=True, help=ROLES)
        parser.add_argument("--campaign", default=EVERY_CAMPAIGN, help="a campaign's slug (default: every campaign)")
        parser.add_argument("--new-password", action="store_true", help="set and print a fresh password")

    def handle(self, *args: Any, **options: Any) -> None:
        role, campaign = Role(options["role"]), options["campaign"]
        if role == Role.OPERATOR and campaign != EVERY_CAMPAIGN:
            raise CommandError("An operator is one for every campaign: leave --campaign out.")
        if campaign != EVERY_CAMPAIGN:
            campaign_named(campaign)
        user = User.objects.filter(username=options["username"]).first()
        password = password_make() if user is None or options["new_password"] else None
        try:
            user = user or user_add(username=options["username"], password=password or "")
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if password:
            user_set_password(user=user, password=password)
            self.stdout.write(f"{user.username}: password {password}")
        member_add(user=user, role=role, campaign=campaign)
        self.stdout.write(f"{user.username} is {role.label} in {'every campaign' if campaign == '*' else campaign}.")
