"""Gold can't be told from normal items by anything that a rater's browser receives; and the one who tries is able."""

import copy
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from benchmarks.load.browser import Answer, Browser
from benchmarks.load.rater import Rater
from labelling.corpus.world import WorldSample, make_world
from labelling.people.models import Role, User
from labelling.rating.models import Assignment
from labelling.rounds.golds import items_of_golds
from labelling.rounds.models import Gold, ItemKind
from tests.conftest import person
from tests.factories import ItemFactory, ProblemFactory, RoundFactory, SolutionFactory
from tests.processes import Processes
from tests.rating.telling_apart import Response, Seen, Session, tell_apart

CAMPAIGNS, RATERS = 6, 2
GOLDS, NORMAL = 12, 60
ITEMS = 36  # of a session: all places that gold is drawn from, three for each gold
TOKEN = "t" * 32


class Watcher(Rater):
    """A rater whose browser keeps everything that it receives."""

    def __init__(self, browser: Browser, *, campaign: str, seed: int) -> None:
        super().__init__(browser, campaign=campaign, seed=seed)
        self.received: list[Response] = []

    def _asked(self, kind: str, method: str, path: str, body: bytes, wanted: int) -> Answer:
        answer = super()._asked(kind, method, path, body, wanted)
        data = json.loads(answer.body) if answer.body else {}
        headers = [(name.lower(), value) for name, value in answer.headers]
        size = len(answer.body)
        self.received.append(Response(answer.status, headers, data, size, answer.seconds, time.time()))
        return answer

    def work(self) -> list[Seen]:
        """Go through the items; which of them were gold is not known here."""
        seen = []
        lease = self.claim()
        brought = self._brought()
        for _ in range(ITEMS):
            assert lease is not None
            judgement = self.judge(lease)
            self.save_draft(lease, judgement)
            following = self.submit(lease, judgement)
            seen.append(Seen(False, lease, brought[lease["id"]], self.received[-2], _without_items(self.received[-1])))
            brought |= self._brought()
            lease = following
        return seen

    def _brought(self) -> dict[str, Response]:
        """The leases that the last answer brought: each with the answer, and its place among them."""
        answer = self.received[-1]
        places = [lease["id"] for lease in answer.body["leases"]]
        return {key: _without_items(answer, place=place) for place, key in enumerate(places)}


def _without_items(response: Response, **more: Any) -> Response:
    """An answer without the items in it, which are seen each by itself. The ids that it says are held stay."""
    body = {name: value for name, value in response.body.items() if name != "leases"} | more
    return Response(response.status, response.headers, body, response.size, response.seconds, response.at)


def signed_in(port: int, user: User) -> Browser:
    """A browser with a session of its own, without the form."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "_csrftoken": TOKEN,
        }
    )
    session.save()
    browser = Browser(port, timeout=60)
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    browser.token = TOKEN
    return browser


def make_campaign(number: int, samples: Sequence[WorldSample]) -> str:
    """A round whose golds are solutions like all the others; any answer to them is right, so that nobody is paused."""
    round_ = RoundFactory.create(campaign__slug=f"hidden-{number}", campaign__gold_per_round=GOLDS)
    for position, sample in enumerate(samples):
        text = f"{sample.problem} ({number})"  # two worlds may ask the same
        problem = ProblemFactory.create(text=text, reference_answer=sample.reference_answer)
        solution = SolutionFactory.create(problem=problem, steps=list(sample.steps), final_answer=sample.answer)
        if position < NORMAL:
            ItemFactory.create(round=round_, solution=solution, position=position)
        else:
            acceptable = [-1, *range(len(sample.steps))]
            Gold.objects.create(campaign=round_.campaign, solution=solution, acceptable=acceptable)
    items_of_golds(opened=round_)
    return str(round_.campaign.slug)


def worked(port: int, slug: str, group: int, user: User) -> Session:
    try:
        watcher = Watcher(signed_in(port, user), campaign=slug, seed=user.pk)
        items = watcher.work()
        watcher.browser.close()
        gold = set(Assignment.objects.filter(rater=user, item__kind=ItemKind.GOLD).values_list("pk", flat=True))
        for item in items:
            item.is_gold = UUID(item.lease["id"]) in gold
        return Session(group, items)
    finally:
        connection.close()


def collect(port: int, *, seed: int) -> list[Session]:
    """Raters of several campaigns at work, two at once in each, through gunicorn and everything behind it."""
    count = NORMAL + GOLDS
    samples = list(make_world(seed=seed, problems=CAMPAIGNS * count, samples=1))
    random.Random(seed).shuffle(samples)
    slugs = [make_campaign(seed * 100 + at, samples[at * count : (at + 1) * count]) for at in range(CAMPAIGNS)]
    pairs = [(at, slug, number) for at, slug in enumerate(slugs) for number in range(RATERS)]
    people = [(at, slug, person(f"{slug}-{number}", Role.RATER, slug)) for at, slug, number in pairs]
    with ThreadPoolExecutor(2 * RATERS) as pool:  # all have joined: a round counts its raters as they begin
        jobs = [pool.submit(worked, port, slug, at, user) for at, slug, user in people]
        return [job.result() for job in jobs]


def made_up(seed: int = 0) -> list[Session]:
    """Sessions without a leak, made up: the classifier must not see what is not there."""
    chance = random.Random(seed)
    sessions = []
    for group in range(CAMPAIGNS):
        for _ in range(RATERS):
            golds = set(chance.sample(range(ITEMS), GOLDS))
            sessions.append(Session(group, [_made_up_item(chance, at in golds) for at in range(ITEMS)]))
    return sessions


def _made_up_item(chance: random.Random, is_gold: bool) -> Seen:
    def response() -> Response:
        headers = [("content-type", "application/json"), ("content-length", str(chance.randrange(900)))]
        return Response(200, headers, {"message": ""}, chance.randrange(900), chance.lognormvariate(-5, 0.5), 0.0)

    steps = [{"text": "x" * chance.randrange(5, 90)} for _ in range(chance.randrange(2, 9))]
    lease = {"id": str(UUID(int=chance.getrandbits(128), version=4)), "steps": steps, "draft": None}
    return Seen(is_gold, lease, response(), response(), response())


# --- four leaks, each planted into what was received ------------------------------------------------------------------
def a_flag(session: Session) -> None:
    for item in session.items:
        item.lease["quality_control"] = item.is_gold


def sequential_ids(session: Session) -> None:
    """Golds were made when the round was open already, so their numbers are the highest."""
    chance = random.Random(session.group)
    for item in session.items:
        first = 10_000 * session.group + 5_000 * item.is_gold
        item.lease["id"] = str(UUID(int=first + chance.randrange(4_000)))


def a_fixed_place(session: Session) -> None:
    golds = iter([item for item in session.items if item.is_gold])
    others = iter([item for item in session.items if not item.is_gold])
    session.items = [next(golds if at % 3 == 1 else others) for at in range(ITEMS)]


def a_slower_response(session: Session) -> None:
    """By four times what the middle half of all responses differ by."""
    low, high = np.quantile([item.brought.seconds for item in session.items], [0.25, 0.75])
    for item in session.items:
        item.brought.seconds += item.is_gold * 4 * float(high - low)


LEAKS = [a_flag, sequential_ids, a_fixed_place, a_slower_response]


def leaking(sessions: Sequence[Session], leak: Any) -> list[Session]:
    planted = copy.deepcopy(list(sessions))
    for session in planted:
        leak(session)
    return planted


def test_without_a_leak_the_classifier_guesses() -> None:
    assert tell_apart(made_up()).is_guessing


@pytest.fixture
def port(processes: Processes) -> int:
    return int(processes.web().rpartition(":")[2])


@pytest.mark.django_db(transaction=True)
def test_nothing_that_a_rater_s_browser_receives_tells_gold_from_normal(port: int) -> None:
    """The interval leaves out .5 by chance in one case of twenty: then other raters and items must clear it up."""
    sessions = collect(port, seed=1)
    assert [sum(item.is_gold for item in session.items) for session in sessions] == [GOLDS] * CAMPAIGNS * RATERS
    told = tell_apart(sessions)
    again = told if told.is_guessing else tell_apart(collect(port, seed=2))
    assert again.is_guessing, (told, again)
    found = {leak.__name__: tell_apart(leaking(sessions, leak)).auc for leak in LEAKS}
    assert min(found.values()) > 0.9, found
