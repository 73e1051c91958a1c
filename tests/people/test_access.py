"""Who may do what: every route of the product, as everybody. A route that is not in the table fails the test."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from labelling.people.access import access_of
from labelling.people.models import Role
from tests.conftest import person
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db

EVERYBODY = {"anonymous", "nobody", *Role.values}
SIGNED_IN = EVERYBODY - {"anonymous"}
NOBODY: set[str] = set()
DATASETS = {"lead", "researcher"}
LEASE = uuid.UUID(int=7)

# route name → (method, keyword arguments, who may; the roles are meant in the campaign "maths")
ROUTES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "home": ("get", {}, SIGNED_IN),
    "label": ("get", {"campaign": "maths"}, {"rater"}),
    "guidelines": ("get", {"campaign": "maths"}, {"rater"}),
    "campaigns": ("get", {}, {"lead"}),
    "overview": ("get", {"campaign": "maths"}, {"lead"}),
    "guideline-versions": ("get", {"campaign": "maths"}, {"lead"}),
    "next-round": ("post", {"campaign": "maths"}, {"lead"}),
    "next-round-state": ("get", {"campaign": "maths", "job": 7}, {"lead"}),
    "jobs": ("get", {"campaign": "maths"}, {"lead"}),
    "job-stop": ("post", {"campaign": "maths", "job": 7}, {"lead"}),
    "references": ("get", {"campaign": "maths"}, {"lead"}),
    "references-decide": ("post", {"campaign": "maths"}, {"lead"}),
    "voids": ("get", {"campaign": "maths"}, {"lead"}),
    "void-make": ("post", {"campaign": "maths"}, {"lead"}),
    "void-undo": ("post", {"campaign": "maths", "void": 1}, {"lead"}),
    "raters": ("get", {"campaign": "maths"}, {"lead"}),
    "rater-act": ("post", {"campaign": "maths"}, {"lead"}),
    "golds": ("get", {"campaign": "maths"}, {"lead"}),
    "gold-act": ("post", {"campaign": "maths", "gold": 7}, {"lead"}),
    "annotations": ("get", {"campaign": "maths"}, {"lead"}),
    "annotation-to-gold": ("post", {"campaign": "maths", "annotation": 7}, {"lead"}),
    "screening": ("get", {"campaign": "maths"}, {"rater"}),
    "history": ("get", {}, {"rater"}),
    "own-item": ("get", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "progress": ("get", {}, {"rater"}),
    "screening-again": ("post", {"campaign": "maths"}, {"rater"}),
    "explanations": ("get", {"campaign": "maths"}, {"rater"}),
    "answers": ("get", {}, {"rater"}),
    "questions": ("get", {"campaign": "maths"}, {"lead"}),
    "question-reply": ("post", {"campaign": "maths", "question": 7}, {"lead"}),
    "api-claim": ("post", {"campaign": "maths"}, {"rater"}),
    "api-draft": ("put", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-submit": ("post", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-skip": ("post", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-turn": ("post", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-reopen": ("get", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-question": ("post", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-report": ("post", {"campaign": "maths", "lease": LEASE}, {"rater"}),
    "api-session": ("get", {}, {"rater"}),
    "api-answers": ("get", {}, {"rater"}),
    "api-answers-read": ("post", {}, {"rater"}),
    "api-keys": ("put", {}, {"rater"}),
    "models": ("get", {}, DATASETS),
    "datasets": ("get", {}, DATASETS),
    "snapshots": ("get", {"campaign": "maths"}, DATASETS),
    "snapshot-make": ("post", {"campaign": "maths"}, DATASETS),
    "snapshot": ("get", {"campaign": "maths", "snapshot": "0" * 64}, DATASETS),
    "api-snapshots": ("get", {"campaign": "maths"}, DATASETS),
    "api-snapshot-make": ("post", {"campaign": "maths"}, DATASETS),
    "api-snapshot-build": ("get", {"campaign": "maths", "job": 7}, DATASETS),
    "api-snapshot": ("get", {"campaign": "maths", "snapshot": "0" * 64}, DATASETS),
    "api-snapshot-file": ("get", {"campaign": "maths", "snapshot": "0" * 64, "path": "manifest.json"}, DATASETS),
    "account": ("get", {}, SIGNED_IN),
    "language": ("post", {}, EVERYBODY),
    "sign-out-elsewhere": ("post", {}, SIGNED_IN),
    "schema": ("get", {}, SIGNED_IN),
    "account_login": ("get", {}, EVERYBODY),
    "account_logout": ("get", {}, SIGNED_IN),
    "account_signup": ("get", {}, EVERYBODY),
    "account_inactive": ("get", {}, EVERYBODY),
    "account_change_password": ("get", {}, SIGNED_IN),
    "account_set_password": ("get", {}, SIGNED_IN),
}


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(namespace:name, pattern) of every route of the product."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, namespace or (pattern.namespace or ""))
        else:
            yield f"{namespace}:{pattern.name}" if namespace else str(pattern.name), pattern


ALL_ROUTES = dict(routes(get_resolver()))


def client_of(who: str, campaign: str = "maths") -> Client:
    client = Client()
    if who == "anonymous":
        return client
    role = None if who == "nobody" else Role(who)
    client.force_login(person(f"the-{who}", role, "*" if role == Role.OPERATOR else campaign))
    return client


def refused(response: Any) -> bool:
    if response.status_code in (401, 403):
        return True
    return bool(response.status_code == 302) and str(response["Location"]).startswith(reverse(settings.LOGIN_URL))


def test_the_table_names_every_route_of_our_own() -> None:
    assert set(ROUTES) == {name for name in ALL_ROUTES if not name.startswith("admin:")}


@pytest.mark.parametrize("name", sorted(ALL_ROUTES))
def test_every_view_states_who_may_see_it(name: str) -> None:
    assert access_of(ALL_ROUTES[name].callback) is not None


@pytest.mark.parametrize("who", sorted(EVERYBODY))
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_it_lets_in_those_of_the_table_and_nobody_else(name: str, who: str) -> None:
    CampaignFactory.create(slug="maths")
    method, arguments, allowed = ROUTES[name]
    response = getattr(client_of(who), method)(reverse(name, kwargs=arguments))
    assert refused(response) == (who not in allowed), f"{who} got {response.status_code} from {name}"


@pytest.mark.parametrize("name", sorted(name for name, row in ROUTES.items() if "campaign" in row[1]))
def test_a_role_in_another_campaign_opens_nothing(name: str) -> None:
    CampaignFactory.create(slug="maths")
    method, arguments, allowed = ROUTES[name]
    for role in sorted(allowed):
        response = getattr(client_of(role, "physics"), method)(reverse(name, kwargs=arguments))
        assert refused(response)


ADMIN_LISTS = sorted(name for name in ALL_ROUTES if name.endswith(("_changelist", "_add")) or name == "admin:index")


@pytest.mark.parametrize("who", sorted(EVERYBODY - {"operator"}))
def test_nobody_but_operators_gets_into_the_raw_tables(who: str) -> None:
    client = client_of(who)
    assert len(ADMIN_LISTS) > 10
    assert all(refused(client.get(reverse(name))) for name in ADMIN_LISTS)


def test_an_operator_gets_every_list_of_the_raw_tables() -> None:
    client = client_of("operator")
    lists = [name for name in ADMIN_LISTS if not name.endswith("_add")]
    assert {name: client.get(reverse(name)).status_code for name in lists} == dict.fromkeys(lists, 200)


def test_a_view_that_states_nothing_is_denied(client: Client, rf: Any, operator: Any) -> None:
    from django.core.exceptions import PermissionDenied

    from labelling.people.middleware import DefaultDenyMiddleware

    request = rf.get("/somewhere/")
    request.user = operator
    with pytest.raises(PermissionDenied):
        DefaultDenyMiddleware(lambda _: None).process_view(request, lambda _: None, (), {})  # type: ignore[arg-type, return-value]


def test_nobody_can_register(client: Client) -> None:
    from labelling.people.models import User

    form = {"username": "eve", "password1": "a long enough one", "password2": "a long enough one"}
    client.post(reverse("account_signup"), form)
    assert not User.objects.filter(username="eve").exists()


def test_a_person_who_is_switched_off_is_out_at_once(client: Client) -> None:
    user = person("rita", Role.RATER)
    client.force_login(user)
    assert client.get(reverse("home")).status_code == 200
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert refused(client.get(reverse("home")))


@pytest.mark.parametrize("name", ["account_login", "home", "schema"])
def test_every_page_carries_the_strict_policy(client: Client, name: str) -> None:
    policy = client.get(reverse(name))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
