"""A supervisor of small real programs: ``python -m tests.annotator.stub_supervisor VAR PORT BEFORE AFTER``.

The web program is Python's own server; the workers fork a child each, as Celery's do; all note their stop in ``stops``.
"""

import sys
from pathlib import Path

from annotator.supervisor.plan import Plan, Program, Step
from annotator.supervisor.run import Supervisor

WORK = """
import os, signal, sys, time
name, folder, stubborn = sys.argv[1], sys.argv[2], len(sys.argv) > 3
def stop(number, frame):
    open(folder + "/stops", "a").write(name + "\\n")
    if not stubborn:
        sys.exit(0)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(folder + "/grandchildren", "a").write(str(os.getpid()) + "\\n")
    time.sleep(600)
signal.signal(signal.SIGTERM, stop)
print("working", flush=True)
while True:
    time.sleep(0.05)
"""
WEB = """
import http.server, signal, sys
def stop(number, frame):
    open(sys.argv[2] + "/stops", "a").write("web\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Quiet).serve_forever()
"""


def main() -> int:
    var, port, before, after = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]
    programs = (
        Program("web", (sys.executable, "-c", WEB, str(port), str(var)), phase=0),
        Program("worker", (sys.executable, "-c", WORK, "worker", str(var)), phase=1),
        Program("stubborn", (sys.executable, "-c", WORK, "stubborn", str(var), "yes"), phase=1, patience=1.0),
        Program("beat", (sys.executable, "-c", WORK, "beat", str(var)), phase=2),
    )
    plan = Plan(
        var=var,
        port=port,
        before=(Step("preparing", "before", (sys.executable, "-c", before)),),
        programs=programs,
        after=(Step("seeding", "after", (sys.executable, "-c", after), shown=True),),
        ready_seconds=20.0,
    )
    return Supervisor(plan).run()


if __name__ == "__main__":
    sys.exit(main())
