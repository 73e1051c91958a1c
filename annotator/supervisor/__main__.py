"""``python -m annotator.supervisor demo|serve [--port N]``"""

import argparse
import os
import sys

from annotator import env
from annotator.supervisor.plan import REPOSITORY, product
from annotator.supervisor.run import Supervisor

LAST_PORT = 65_535


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m annotator.supervisor", description="Run Stepmark on this machine.")
    parser.add_argument("mode", choices=("demo", "serve"))
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if not 1 <= options.port <= LAST_PORT:
        parser.error(f"--port {options.port} is not from 1 to {LAST_PORT}")
    var = env.var_folder(REPOSITORY)
    os.environ["STEPMARK_VAR"] = str(var)
    generator = bool(env.text("STEPMARK_GENERATOR_URL"))
    return Supervisor(product(options.mode, port=options.port, var=var, generator=generator)).run()


if __name__ == "__main__":
    sys.exit(main())
