"""Several simulated raters at work: in turn within one thread, or all at once, a thread each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from labelling.pipeline.simulation.work import Session, SimulationFault

Watch = Callable[[], None]  # called after each solution, in the thread that judged it


def work_in_turn(sessions: Sequence[Session], watch: Watch) -> list[str]:
    """One solution each, round and round: the same seed and queue give the same labels. Returns what went wrong."""
    at_work = [session.work() for session in sessions]
    while at_work:
        for work in list(at_work):
            try:
                next(work)
            except StopIteration:
                at_work.remove(work)
            except SimulationFault as fault:
                return [str(fault)]
            else:
                watch()
    return []


def work_at_once(sessions: Sequence[Session], watch: Watch) -> list[str]:
    """Each at its own desk and in its own thread; where one cannot go on, all stop. Returns what went wrong."""
    stop = Event()
    with ThreadPoolExecutor(len(sessions)) as pool:
        try:
            told = list(pool.map(lambda session: _alone(session, watch, stop), sessions))
        finally:
            stop.set()  # also on Ctrl-C, so that no thread works on
    return [fault for fault in told if fault]


def _alone(session: Session, watch: Watch, stop: Event) -> str:
    try:
        for _ in session.work():
            watch()
            if stop.is_set():
                session.ended = "was stopped"
                break
    except SimulationFault as fault:
        stop.set()
        return str(fault)
    return ""
