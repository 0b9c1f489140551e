"""The commands as one program."""

import logging
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from moose_dagster import __version__
from moose_dagster.cli import exit_codes
from moose_dagster.cli.abort import abort
from moose_dagster.cli.apply import apply
from moose_dagster.cli.check import check
from moose_dagster.cli.clone import clone
from moose_dagster.cli.command import as_command
from moose_dagster.cli.grants import grants
from moose_dagster.cli.history import history
from moose_dagster.cli.plan import plan
from moose_dagster.cli.pull import pull
from moose_dagster.cli.trash import purge, restore, trash

COMMANDS = (plan, apply, check, history, trash, restore, purge, abort, clone, pull, grants)

_HELP = f"""Plan, apply, check and pull the schemas of ClickHouse tables and Kafka topics.

PROJECT is package.module:attribute, or a module or file with exactly one Project. Servers come
from --clickhouse and --kafka, from [tool.moose_dagster] in pyproject.toml, or from the resources
of Dagster definitions.

{exit_codes.HELP}
"""


class _Program(TyperGroup):
    """The group of all commands. A wrong command line exits with 1; 2 means pending changes."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the signature of Typer
        try:
            return super().main(*args, **kwargs)
        except SystemExit as end:
            if isinstance(end.__context__, _USAGE_ERROR):
                end.code = exit_codes.FAILED
            raise


# Typer keeps its own copy of Click and exports only this descendant of UsageError.
_USAGE_ERROR = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="moose-dagster",
    cls=_Program,
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if is_asked:
        typer.echo(f"moose-dagster {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


for _run in COMMANDS:
    app.command(_run.__name__, no_args_is_help=False)(as_command(_run))


def main() -> None:
    """Run the program and leave with its exit code."""
    # It logs to stderr what our message says already.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    app(prog_name="moose-dagster")
