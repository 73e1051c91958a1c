"""``python tied.py PARENT PROGRAM…``: becomes the program, and gets SIGTERM as soon as its starter, PARENT, is gone.

However it goes: tests that are killed with -9 leave no worker behind, which would hold the embedded servers as well.
Linux only; elsewhere it just becomes the program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # kept through exec, not by children: the program ends its own

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):  # it went before we asked
        sys.exit("the process that this one was started for is gone")
os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  who starts us says what
