"""The commands as one program."""

import logging
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final, TypeAlias

import typer
from typer.core import TyperGroup
from typer.main import get_command

import moose_dagster
from moose_dagster.cli import exit_codes
from moose_dagster.cli.commands import COMMANDS

_HELP = f"""Plan, apply, check and pull the schemas of ClickHouse tables and Kafka topics.

PROJECT is package.module:attribute, or a module or file with exactly one Project. Servers come
from --clickhouse and --kafka, from [tool.moose_dagster] in pyproject.toml, or from the resources
of Dagster definitions.

{exit_codes.HELP}
"""
# Typer keeps its own copy of Click and does not export its types.
Click: TypeAlias = Any
_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}


@cache
def load_command(name: str) -> Click:
    """Import the command *name* and return it with all of its options."""
    module = next(command.module for command in COMMANDS if command.name == name)
    as_command = import_module("moose_dagster.cli.command").as_command
    program = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    program.command(name, context_settings=_CONTEXT)(
        as_command(getattr(import_module(module), name))
    )
    return get_command(program)


class _Program(TyperGroup):
    """The group of all commands. A wrong command line exits with 1; 2 means pending changes.

    It holds what the help lists. A command is imported when it is called.
    """

    def resolve_command(self, ctx: Click, args: list[str]) -> Click:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load_command(listed.name) if listed else None, rest

    def main(self, *args: Click, **kwargs: Click) -> Click:
        try:
            return super().main(*args, **kwargs)
        except SystemExit as end:
            if isinstance(end.__context__, _USAGE_ERROR):
                end.code = exit_codes.FAILED
            raise


# The only descendant of Click's UsageError that Typer exports.
_USAGE_ERROR = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="moose-dagster",
    cls=_Program,
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings=_CONTEXT,
)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if is_asked:
        typer.echo(f"moose-dagster {moose_dagster.__version__}")
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


for _command in COMMANDS:
    app.command(_command.name, help=_command.summary)(lambda: None)


def main() -> None:
    """Run the program and leave with its exit code."""
    # It logs to stderr what our message says already.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    app(prog_name="moose-dagster")
