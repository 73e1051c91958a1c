"""A process that uses the embedded servers: ``python -m tests.annotator.embedded_user VAR [fork|release]``.

Says which servers it started and then ``ready`` or ``failed: …``; ends when its standard input does.
"""

import os
import sys
import time
from pathlib import Path

from annotator import embedded


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    var, mode = Path(sys.argv[1]), sys.argv[2:]
    try:
        embedded.ensure(var, lambda title, _seconds: say(f"started {title}"))
    except embedded.EmbeddedError as error:
        say(f"failed: {error}")
        return
    if mode == ["fork"] and os.fork() == 0:
        time.sleep(3)
        os._exit(0)
    say("ready")
    sys.stdin.read()
    if mode == ["release"]:
        say(f"stopped: {embedded.release_and_stop(var)}")


if __name__ == "__main__":
    main()
