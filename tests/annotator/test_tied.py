"""What tests start ends with them, also where they are killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import ROOT, tied, wait_until

#: Starts a program that is told to stop by SIGTERM alone, as a Celery worker is, in a session of its own; then waits.
PARENT = """
import subprocess, sys, time
from tests.processes import tied
child = subprocess.Popen(tied(sys.executable, "-c", sys.argv[1], sys.argv[2]), start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import signal, sys, time
from pathlib import Path
def end(*_):
    Path(sys.argv[1], "ended").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
Path(sys.argv[1], "begun").touch()
time.sleep(60)
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own tie between processes is Linux's")


@LINUX
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_ends_with_who_started_it(how: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, CHILD, str(tmp_path)]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    wait_until((tmp_path / "begun").exists, what="the child's start")
    parent.send_signal(how)
    parent.communicate(timeout=10)
    wait_until((tmp_path / "ended").exists, seconds=10, what="the child's word that it ends")
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the child's end")


@LINUX
def test_a_process_whose_starter_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    command = tied(sys.executable, "-c", CHILD, str(tmp_path))
    command[command.index(str(os.getpid()))] = "0"
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"is gone" in done.stderr
    assert not (tmp_path / "begun").exists()
