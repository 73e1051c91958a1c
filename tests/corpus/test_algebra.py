"""The last stage of the ladder: answers compared by algebra, in a process that may be killed."""

import gc
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from labelling.corpus.grading import Grade, Referee, RefereeBroken, grade
from labelling.corpus.grading.screen import screened
from tests.corpus.answer_pairs import KINDS, TRAPS, pairs

LONGEST = 3.0  # seconds for any one answer


@pytest.fixture(scope="module")
def referee() -> Iterator[Referee]:
    referee = Referee()
    yield referee
    referee.close()


def verdict(referee: Referee, reference: str, answer: str) -> Grade:
    return grade(reference=reference, answer=answer, truncated=False, judge=referee.judge)


def test_98_in_100_pairs_of_every_kind_are_graded_as_they_are_in_both_orders(referee: Referee) -> None:
    asked, missed, false_right = Counter[str](), [], []
    for kind, reference, answer, same in pairs():
        given = verdict(referee, reference, answer)
        asked[kind] += 1
        if given.verdict != ("right" if same else "wrong"):
            missed.append((kind, reference, answer, same, given.verdict))
            if not same and given.verdict == "right":
                false_right.append((reference, answer))
    assert asked.total() >= 500
    assert set(asked) == set(KINDS)
    assert false_right == []
    assert len(missed) <= 0.02 * asked.total(), missed


@pytest.mark.parametrize(("reference", "answer"), TRAPS)
def test_no_trap_is_called_right(referee: Referee, reference: str, answer: str) -> None:
    assert verdict(referee, reference, answer).verdict != "right"


HOSTILE: dict[str, list[str]] = {
    "power towers": [
        "2^{3^{20}}",
        "9^{9^{9^{9}}}",
        "9**9**9**9",
        "10^{10^{10}}",
        "x^{2^{3^{4^{5}}}}",
        "2^{2^{2^{2^{2^{2}}}}}",
    ],
    "factorials": ["10!!!!!", "(10^9)!", "999999!", "((5!)!)!", r"\frac{100000!}{99998!}"],
    "huge exponents": ["2^{999999999}", "1e999999999", "3^{-123456789}", "(1+x)^{100000}", "7^{7!}"],
    "deep nesting": [
        "(" * 300 + "1" + ")" * 300,
        r"\frac{1}{" * 100 + "2" + "}" * 100,
        r"\sqrt{" * 80 + "2" + "}" * 80,
    ],
    "very long": ["9" * 100_000, "1+" * 50_000 + "1", "a" * 100_000, r"\frac" * 25_000],
    "NUL and controls": ["\x00", "5\x005", "\x1b[2J5", "5\x08\x086"],
    "direction marks": ["\u202e81", "\u200f18", "1\u20668\u2069", "\u061c5"],
    "Python": [
        "__import__('os').system('true')",
        "(lambda: 5)()",
        "open('/etc/passwd').read()",
        "print(5)",
        "exec('x=5')",
    ],
    "huge sums": [
        r"\sum_{i=1}^{10^9} i",
        r"\sum_{i=1}^{\infty} \frac{1}{i^2}",
        "+".join(["1"] * 190),
        r"\prod_{k=1}^{99999} k",
    ],
    "integrals and limits": [r"\int_0^1 x^x dx", r"\lim_{x\to 0} \frac{\sin x}{x}", r"\int e^{-x^2}"],
    "unbalanced": ["{" * 300, "(((", r"\frac{1}{", "}}}{{{", "$" * 399, r"\left( 1, 2"],
    "macros": [r"\def\a{\a\a}\a", r"\newcommand{\x}{\x}\x", r"\input{/etc/passwd}", r"\loop\iftrue\repeat"],
    "many variables": ["*".join(f"(a_{{{i}}}+b)" for i in range(40)), "abcdefghijklmnopqrstuvwxyz" * 10],
    "expansions": [
        "(a+b+c+d+e+f)^{99}",
        "(x+y+z)^{999}",
        "(1+x)^{500}-(1-x)^{500}",
        r"\sin(\sin(\sin(\sin(\sin(x^{99})))))",
    ],
    "roots and logs": [r"\sqrt[99999]{2}", r"\log_{0}{0}", r"\log_2(\log_2(\log_2(0)))", "0^{0}", r"\frac{1}{0}"],
    "huge matrices": [
        r"\begin{pmatrix}" + "&".join("1" * 90) + r"\end{pmatrix}",
        r"\begin{pmatrix}1&2\\3\end{pmatrix}",
    ],
    "binomials": [r"\binom{10^9}{5\cdot 10^8}", r"\binom{999999}{499999}", r"\binom{99}{49}\binom{99}{50}^{99}"],
    "lists": [",".join(["1"] * 190), "{" + ",".join(str(n) for n in range(90)) + "}", "1 or " * 70 + "1"],
    "emoji and lookalikes": ["５", "٣", "𝟓", "😀" * 90, "x²³⁴"],
    "markup": [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE corpus_verdict; --",
        "{{7*7}}",
    ],
}


def test_hostile_answers_end_within_seconds_and_never_as_right_and_the_referee_lives_on(referee: Referee) -> None:
    assert len(HOSTILE) >= 15
    assert sum(map(len, HOSTILE.values())) >= 60
    slow = []
    for kind, answers in HOSTILE.items():
        for answer in answers:
            for reference in ("7919", r"x^2+\sqrt{7919}"):
                began = time.monotonic()
                given = verdict(referee, reference, answer)
                slow += [(kind, answer[:40])] if time.monotonic() - began > LONGEST else []
                assert given.verdict != "right", (kind, answer[:40], given)
    assert slow == []
    assert verdict(referee, r"\sqrt{12}", r"2\sqrt{3}").verdict == "right"
    gc.collect()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < 1.5 * 2**30


def test_a_hostile_answer_that_is_wrong_by_its_value_may_be_called_wrong(referee: Referee) -> None:
    assert verdict(referee, "5", "1/0").verdict in {"undecided", "wrong"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9" * 401, "too-long"),
        ("9" * 61, "too-complex"),
        ("2^{3^{20}}", "too-complex"),
        ("2**3**20", "too-complex"),
        ("2^{10000}", "too-complex"),
        ("100!", "too-complex"),
        (r"\sum_{i=1}^n i", "too-complex"),
        ("(" * 13 + ")" * 13, "too-complex"),
        ("\u202e5", "marks"),
        ("print(5)", "code"),
        ("a.__class__", "code"),
    ],
)
def test_what_is_not_to_be_computed_with_is_not_sent(text: str, why: str) -> None:
    assert screened(text) == why


@pytest.mark.parametrize(
    "text", ["x^{10}+1", "10!", r"e^{-x^2}", r"\frac{\sqrt{2}}{2}", r"\{1,2\}", "for all x", r"a\;b"]
)
def test_what_answers_hold_is_sent(text: str) -> None:
    assert screened(text) is None


def test_a_helper_that_is_killed_is_made_again() -> None:
    referee = Referee()
    assert verdict(referee, "x+1", "1+x").verdict == "right"
    process = referee._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert verdict(referee, "x+2", "2+x").verdict == "right"
    referee.close()


class Stopped(Exception):
    """What a worker's time limit or a person at the terminal raises in the midst of a question."""


def stop(*_: object) -> None:
    raise Stopped


def busy(referee: Referee) -> None:
    while True:
        verdict(referee, "(x+1)^9(x+2)^9", "(x+2)^9(x+1)^8(1+x)")


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next_ones() -> None:
    referee = Referee()
    assert verdict(referee, "x+1", "1+x").verdict == "right"
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(Stopped):
        busy(referee)
    signal.signal(signal.SIGALRM, before)
    assert verdict(referee, "x+1", "x+2").verdict == "wrong"
    referee.close()


def test_what_outlasts_its_time_is_undecided_and_the_next_is_judged() -> None:
    referee = Referee(seconds=0.001)
    assert (given := verdict(referee, "(x+1)^9(x+2)^9", "(x+2)^9(x+1)^8(1+x)")).verdict == "undecided"
    assert given.why == "time"
    assert verdict(referee, "5", "5.0").verdict == "right"
    referee.close()


def test_a_helper_without_memory_says_that_it_cannot_start() -> None:
    referee = Referee(memory=30 << 20)
    with pytest.raises(RefereeBroken, match="does not start"):
        verdict(referee, "x+1", "1+x")


def test_the_helper_ends_with_its_owner() -> None:
    referee = Referee()
    verdict(referee, "x+1", "1+x")
    process = referee._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(5) == 0
    referee.close()


def test_after_a_fork_the_child_has_a_helper_of_its_own() -> None:
    referee = Referee()
    assert verdict(referee, "x+1", "1+x").verdict == "right"
    child = os.fork()
    if child == 0:
        same = verdict(referee, "x+3", "3+x").verdict == "right"
        referee.close()
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert verdict(referee, "x+4", "4+x").verdict == "right"
    referee.close()
