"""The product's settings with servers and data of the tests' own, so that a running demo is left alone."""

import os
from pathlib import Path

os.environ.setdefault("STEPMARK_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # Each of several workers has servers of its own, beside those of the process that deals the tests out.
    os.environ["STEPMARK_VAR"] = f"{os.environ['STEPMARK_VAR'].removesuffix(f'-{worker}')}-{worker}"
os.environ.setdefault("STEPMARK_SWEEP_SECONDS", "1")

from annotator.settings import *  # noqa: F403  the environment above comes first

STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405  WhiteNoise warns where it is missing, and warnings are errors here
