from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody registers: accounts are made by ``manage.py add_person`` or in the admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
