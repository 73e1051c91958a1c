"""``python -m annotator.checks``: the parts of ``make check`` that need Django: migrations and the API description."""

import os
import sys
from io import StringIO
from pathlib import Path

DESCRIPTION = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from annotator import embedded

    embedded.ensure_unless_given()
    try:
        return _checked()
    finally:
        from django.conf import settings
        from django.db import connection

        connection.close()
        embedded.release_and_stop(settings.VAR)


def _checked() -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check=True, dry_run=True)
    now = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=now)
    if "--write" in sys.argv:
        DESCRIPTION.write_text(now.getvalue())
    if not DESCRIPTION.exists() or DESCRIPTION.read_text() != now.getvalue():
        sys.stderr.write(f"{DESCRIPTION} is not what the code says: run python -m annotator.checks --write\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
