#!/usr/bin/env python
"""Django's command line; starts the embedded servers first when no others are named."""

import os
import sys

# Commands that never talk to a server: they must work, and stay fast, where none can be started.
WITHOUT_SERVERS = {"collectstatic", "compilemessages", "makemessages", "spectacular", "help", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from django.core.management import execute_from_command_line

    wants_help = {"-h", "--help"} & set(sys.argv)
    if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_SERVERS and not wants_help:
        from annotator import embedded

        embedded.ensure_unless_given()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
