"""Options that commands about datasets share."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from exports.formats import FORMATS, Option
from exports.formats.catalog import options_by_name
from exports.requests import CONTAINERS, RATERS, UNFIT
from exports.splits import SALT, SPLITS, TEST_SHARE


def add_format(parser: ArgumentParser) -> None:
    parser.add_argument("--format", required=True, choices=list(FORMATS), help="the rows' form: see Formats below")


def add_choices(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("choices of the formats (each takes those listed with it below)")
    for option in options_by_name().values():
        _add_choice(group, option)


def _add_choice(group: Any, option: Option) -> None:
    meanings = "; ".join(f"{value}: {meaning}" for value, meaning in option.values.items())
    about = f"{option.help}. {meanings}" if meanings else option.help
    if not option.values:
        default = f" (default: {option.default!r})" if option.default else ""
        group.add_argument(f"--{option.name}", metavar="TEXT", help=about + default)
    elif "yes" in option.values:
        group.add_argument(f"--{option.name}", nargs="?", const="yes", choices=list(option.values), help=about)
    else:
        group.add_argument(f"--{option.name}", choices=list(option.values), help=about)


def add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--campaign", metavar="SLUG", help="only this campaign's (default: of all campaigns)")
    parser.add_argument("--round", type=int, action="append", metavar="N", help="only this round's; repeatable")
    parser.add_argument("--include", default="", metavar="WHAT", help="also what is left out otherwise, by commas")
    parser.add_argument("--no-simulated", action="store_true", help="leave out what simulated raters labelled")
    parser.add_argument(
        "--split",
        choices=SPLITS,
        default="all",
        help="of all problems the train or test side; both: each in files of its own (default: %(default)s)",
    )
    parser.add_argument(
        "--test-share", type=float, default=TEST_SHARE, metavar="SHARE", help="of all problems (default: %(default)s)"
    )
    parser.add_argument(
        "--salt", default=SALT, metavar="TEXT", help="another one splits otherwise; the same splits the same always"
    )
    parser.add_argument("--raters", choices=RATERS, default="pseudonym", help="how raters appear in prm800k rows")
    parser.add_argument(
        "--container", choices=CONTAINERS, default="lines", help="JSON lines in a file, or Parquet shards in a folder"
    )
    parser.add_argument(
        "--unfit",
        choices=UNFIT,
        default="refuse",
        help="what the format cannot hold stops the export, or stays out and is counted (default: %(default)s)",
    )


def wanted_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``export_dataset`` and ``make_snapshot`` that the options above say."""
    choices = {name: options.get(name.replace("-", "_")) for name in options_by_name()}
    return {
        "format": options["format"],
        "campaign": options["campaign"],
        "rounds": options["round"],
        "raters": options["raters"],
        "include": [word.strip() for word in options["include"].split(",") if word.strip()],
        "simulated": not options["no_simulated"],
        "split": options["split"],
        "test_share": options["test_share"],
        "salt": options["salt"],
        "container": options["container"],
        "unfit": options["unfit"],
        **choices,
    }
