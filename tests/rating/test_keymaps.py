"""A rater's own keys: which maps are taken, whose they are, and that the server knows the page's actions."""

import json
import subprocess
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from labelling.people.models import Role, User
from labelling.rating.keymaps import ACTIONS, NAMED, key_map_of
from labelling.rating.models import KeyMap
from labelling.rating.validation import InvalidJudgement
from tests.annotator.test_front_end import ROOT, node
from tests.conftest import person
from tests.factories import CampaignFactory

KEYS = "/api/keys/"
OWN = {"negative": ["a"], "neutral": ["s"], "positive": ["d"], "skip": ["é"], "next": ["j", "ArrowDown"]}


def put(client: Client, keys: Any) -> Any:
    return client.put(KEYS, {"keys": keys}, content_type="application/json")


def test_the_actions_are_those_of_the_page_s_table() -> None:
    script = (
        "import { KEY_TABLE } from './labelling/rating/static/rating/keys.js';"
        "console.log(JSON.stringify(KEY_TABLE.map((row) => [row.action, row.keys])));"
    )
    ran = subprocess.run(
        [node(), "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    table = json.loads(ran.stdout)
    assert {action for action, _ in table} == set(ACTIONS)
    assert key_map_of(dict(table)) == dict(table), "the page's own keys are a map that the server takes"


@pytest.mark.django_db
class TestTheRoute:
    def test_a_map_is_kept_given_with_the_page_and_replaced(self, signed_in_rater: Client, rater: User) -> None:
        CampaignFactory.create(slug="maths")
        answer = put(signed_in_rater, OWN)
        assert (answer.status_code, answer.json()) == (200, {"keys": OWN})
        assert signed_in_rater.get("/label/maths/").context["page_config"]["keys"] == OWN
        put(signed_in_rater, {"undo": ["z"]})
        assert KeyMap.objects.get(rater=rater).keys == {"undo": ["z"]}

    def test_null_goes_back_to_the_page_s_own(self, signed_in_rater: Client) -> None:
        CampaignFactory.create(slug="maths")
        put(signed_in_rater, OWN)
        assert put(signed_in_rater, None).json() == {"keys": None}
        assert not KeyMap.objects.exists()
        assert signed_in_rater.get("/label/maths/").context["page_config"]["keys"] is None

    def test_each_rater_has_their_own(self, signed_in_rater: Client, client: Client) -> None:
        CampaignFactory.create(slug="maths")
        put(signed_in_rater, OWN)
        client.force_login(person("rob", Role.RATER))
        assert client.get("/label/maths/").context["page_config"]["keys"] is None

    @pytest.mark.parametrize(
        ("keys", "field"),
        [
            ({}, "keys"),
            ([], "keys"),
            ("a", "keys"),
            ({"fly": ["a"]}, "keys.fly"),
            ({"undo": "a"}, "keys.undo"),
            ({"undo": []}, "keys.undo"),
            ({"undo": ["a", "b", "c", "d", "e"]}, "keys.undo"),
            ({"undo": ["ab"]}, "keys.undo[0]"),
            ({"undo": ["A"]}, "keys.undo[0]"),
            ({"undo": [" "]}, "keys.undo[0]"),
            ({"undo": ["a", "\t"]}, "keys.undo[1]"),
            ({"undo": ["\u200b"]}, "keys.undo[0]"),
            ({"undo": ["\ud800"]}, "keys.undo[0]"),
            ({"undo": ["\u0301"]}, "keys.undo[0]"),
            ({"undo": ["🙂"]}, "keys.undo[0]"),
            ({"undo": ["Tab"]}, "keys.undo[0]"),
            ({"undo": ["Escape"]}, "keys.undo[0]"),
            ({"undo": ["F5"]}, "keys.undo[0]"),
            ({"undo": [1]}, "keys.undo[0]"),
            ({"undo": [None]}, "keys.undo[0]"),
            ({"undo": ["a", "a"]}, "keys.undo[1]"),
            ({"undo": ["f"], "negative": ["f"]}, "keys.undo[0]"),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_name(self, signed_in_rater: Client, keys: Any, field: str) -> None:
        answer = put(signed_in_rater, keys)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
        assert not KeyMap.objects.exists()

    @pytest.mark.parametrize(("sent", "field"), [({}, "keys"), ({"keys": OWN, "rater": 1}, "rater")])
    def test_the_body_has_the_map_and_nothing_else(self, signed_in_rater: Client, sent: Any, field: str) -> None:
        answer = signed_in_rater.put(KEYS, sent, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)

    def test_a_clash_is_named(self, signed_in_rater: Client) -> None:
        answer = put(signed_in_rater, {"negative": ["f"], "unsure": ["f"]})
        assert answer.json()["error"]["message"] == "is used by negative already."


def any_json() -> some.SearchStrategy[Any]:
    texts = some.text(max_size=3) | some.sampled_from([*ACTIONS, *NAMED, "a", "1"])
    leaves = some.none() | some.booleans() | some.integers() | texts
    return some.recursive(leaves, lambda inner: some.lists(inner) | some.dictionaries(texts, inner), max_leaves=12)


def map_or_fault(value: Any) -> dict[str, list[str]] | str:
    """The clean map, or the name of the field that is at fault."""
    try:
        return key_map_of(value)
    except InvalidJudgement as fault:
        return fault.field


@given(any_json())
def test_whatever_comes_is_either_a_clean_map_or_a_named_fault(value: Any) -> None:
    clean = map_or_fault(value)
    if isinstance(clean, str):
        assert clean.startswith("keys")
        return
    keys = [key for each in clean.values() for key in each]
    assert clean.keys() <= set(ACTIONS)
    assert len(keys) == len(set(keys))
