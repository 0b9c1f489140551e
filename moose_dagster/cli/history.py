"""`moose-dagster history`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import complete_resources
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.ledger.history import Filter, Statement, read_history
from moose_dagster.report.console import print_indented


@dataclass(frozen=True)
class HistorySelection:
    """The part of the history to show.

    Attributes:
        limit: The most statements, at least 1.
        resource: Only this resource; "" means all.
        run: Only this run, by the beginning of its id; "" means all.
    """

    limit: Annotated[int, typer.Option(min=1, help="Show at most this many statements.")] = 50
    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Only this database.table, table or topic.",
            autocompletion=complete_resources,
        ),
    ] = ""
    run: Annotated[
        str, typer.Option(metavar="ID", help="Only this run, by its id or the beginning of it.")
    ] = ""


def history(options: ProjectOptions, selection: HistorySelection, output: Output) -> int:
    """Show what was sent to the servers, newest first, with outcome and duration.

    Exit code 0, or 1 for an error.
    """
    project, server = options.load_ledger()
    with server.connect() as clickhouse:
        condition = Filter(selection.resource, selection.run, selection.limit)
        statements = tuple(
            read_history(clickhouse, server.ledger_database, project.owner.key, condition)
        )
    if output.as_json:
        rows = [_as_data(statement) for statement in statements]
        output.print_json({"project": project.name, "history": rows})
    else:
        _print(output, statements)
    return exit_codes.NOTHING_TO_DO


def _as_data(statement: Statement) -> dict[str, object]:
    return {
        **asdict(statement),
        "sent_at": statement.sent_at.isoformat(),
        "outcome": _outcome(statement),
    }


def _print(output: Output, statements: Sequence[Statement]) -> None:
    console = output.console
    for statement in statements:
        when = f"{statement.sent_at:%Y-%m-%d %H:%M:%S}"
        outcome = (_outcome(statement), "red" if statement.error else "green")
        duration = f" {statement.milliseconds:,} ms "
        console.print(Text.assemble(when, " ", outcome, duration, (statement.resource, "bold")))
        run = Text(f"run {statement.run_id}, plan {statement.plan}", style="dim")
        print_indented(console, run, "    ", 6)
        print_indented(console, Text(statement.statement), "    ", 6)
        if statement.error:
            print_indented(console, Text(statement.error, style="red"), "    ", 6)
    if not statements:
        console.print("Nothing was sent.")


def _outcome(statement: Statement) -> str:
    return "failed" if statement.error else "ok"
