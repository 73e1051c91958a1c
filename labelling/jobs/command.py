"""Commands whose help teaches: examples and exit codes below the options, line by line."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, DjangoHelpFormatter


class Help(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's order of options, and text that keeps its lines."""


class TeachingCommand(BaseCommand):
    """``lesson``: what stands below the options."""

    lesson = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=Help, epilog=self.lesson, **kwargs)
