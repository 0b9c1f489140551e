"""`moose-dagster history`."""

from collections.abc import Iterable
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
class Part:
    """Which part of the history."""

    limit: Annotated[int, typer.Option(min=1, help="How many statements at most.")] = 50
    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Only this database.table, table or topic.",
            autocompletion=complete_resources,
        ),
    ] = ""
    run: Annotated[
        str, typer.Option(metavar="ID", help="Only this run; the beginning of its id is enough.")
    ] = ""


def history(where: ProjectOptions, part: Part, output: Output) -> int:
    """Show the statements and requests that were sent, newest first, with their outcome and duration.

    Exit code 0, or 1 for an error.
    """
    project, server = where.load_ledger()
    with server.connect() as clickhouse:
        wanted = Filter(part.resource, part.run, part.limit)
        found = read_history(clickhouse, server.ledger_database, project.name, wanted)
    if output.as_json:
        output.print_json({"project": project.name, "history": [_as_data(one) for one in found]})
    else:
        _print(output, found)
    return exit_codes.NOTHING_TO_DO


def _as_data(one: Statement) -> dict[str, object]:
    return {**asdict(one), "sent_at": one.sent_at.isoformat(), "outcome": _outcome(one)}


def _print(output: Output, found: Iterable[Statement]) -> None:
    console, empty = output.console, True
    for one in found:
        empty = False
        when = f"{one.sent_at:%Y-%m-%d %H:%M:%S}"
        outcome = (_outcome(one), "red" if one.error else "green")
        console.print(
            Text.assemble(when, " ", outcome, f" {one.milliseconds:,} ms ", (one.resource, "bold"))
        )
        print_indented(console, Text(f"run {one.run_id}, plan {one.plan}", style="dim"), "    ", 6)
        print_indented(console, Text(one.statement), "    ", 6)
        if one.error:
            print_indented(console, Text(one.error, style="red"), "    ", 6)
    if empty:
        console.print("Nothing was sent.")


def _outcome(one: Statement) -> str:
    return "failed" if one.error else "ok"
