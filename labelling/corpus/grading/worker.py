"""``python -m labelling.corpus.grading.worker MEMORY SECONDS``: compares answers for a parent that may kill it.

One JSON object a line, first ``{"ready": true}``; then a reference and an answer in, a verdict and its reason out.
It ends with its parent (end of input), when a comparison outlasts its seconds in a way that Python can't stop (the
kernel's alarm), or when it needs more memory than it was given and can't go on.
"""

import json
import os
import resource
import signal
import sys
from typing import Any, TextIO

HARD = 2.0  # times the seconds, in computing: then the kernel ends the process, whoever still waits for it


class OutOfTime(BaseException):
    """Not an Exception: the library's own broad handlers must not swallow it."""


def main() -> int:
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    lines, answers = sys.stdin, os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes elsewhere
    _bound(memory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    signal.signal(signal.SIGALRM, _out_of_time)
    from labelling.corpus.grading.symbolic import warm_up

    try:
        warm_up()
    except ImportError as error:
        _say(answers, {"error": f"math-verify cannot be imported: {error}"})
        return 1
    _say(answers, {"ready": True})
    for line in lines:
        asked = json.loads(line)
        _say(answers, _answer(asked["reference"], asked["answer"], seconds))
    return 0


def _bound(memory: int) -> None:
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))


def _say(to: TextIO, what: dict[str, Any]) -> None:
    to.write(json.dumps(what) + "\n")
    to.flush()


def _out_of_time(*_: object) -> None:
    raise OutOfTime


def _answer(reference: str, answer: str, seconds: float) -> dict[str, str]:
    """The verdict within ``seconds``; SIGPROF keeps its default action, which no C code can hold up."""
    from labelling.corpus.grading.symbolic import same

    signal.setitimer(signal.ITIMER_PROF, HARD * seconds + 0.1)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)  # again and again: a destructor may swallow the first
        truth = same(reference, answer)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except OutOfTime:
        return {"verdict": "undecided", "why": "time"}
    except MemoryError:
        return {"verdict": "undecided", "why": "memory"}
    except RecursionError:
        return {"verdict": "undecided", "why": "too-complex"}
    except Exception:  # noqa: BLE001  whatever a hostile answer breaks in the library, this process is its edge
        return {"verdict": "undecided", "why": "broken"}
    finally:
        _quiet()
    if truth is None:
        return {"verdict": "undecided", "why": "unsettled"}
    return {"verdict": "right" if truth else "wrong", "why": "symbolic"}


def _quiet() -> None:
    while True:
        try:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except OutOfTime:
            continue
        return


if __name__ == "__main__":
    sys.exit(main())
