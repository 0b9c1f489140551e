"""`moose-dagster trash`, `restore` and `purge`."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import complete_resources
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconcile import Restored, TrashEntry, find_in_trash, read_trash, to_purge
from moose_dagster.reconcile import purge as purge_trash
from moose_dagster.reconcile import restore as restore_from_trash
from moose_dagster.reconcile.server_settings import options_of
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId, ViewId


@dataclass(frozen=True)
class RestoreTarget:
    """What is brought back, and under which name."""

    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The newest entry of this database.table.",
            autocompletion=complete_resources,
        ),
    ] = ""
    entry: Annotated[
        str, typer.Option(metavar="NAME", help="This entry, by its name in the trash.")
    ] = ""
    restore_as: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Another database.table to bring it back as, which must be free.",
        ),
    ] = ""

    def name(self) -> str:
        """Return what is to be found in the trash.

        Raises:
            MooseDagsterError: Nothing, or two things, are named.
        """
        if bool(self.resource) == bool(self.entry):
            raise MooseDagsterError(
                "what is to be restored? Give one of --resource database.table and --entry NAME."
            )
        return self.resource or self.entry

    def table(self) -> TableId | None:
        """Return the other name, or None.

        Raises:
            MooseDagsterError: It has no database.
        """
        if not self.restore_as:
            return None
        table = TableId.parse(self.restore_as)
        if table is None:
            raise MooseDagsterError(f"--as {self.restore_as}: write database.table.")
        return table


@dataclass(frozen=True)
class Confirmation:
    """Whether to ask."""

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Act without asking.")] = False

    def given(self, question: str, output: Output) -> bool:
        """Ask *question* unless there is no need to.

        Raises:
            MooseDagsterError: There is nobody to ask.
        """
        if self.yes:
            return True
        if output.as_json or not sys.stdin.isatty():
            raise MooseDagsterError(
                "this asks before it acts, and there is nobody to ask; add --yes."
            )
        return typer.confirm(question, err=True)


@dataclass(frozen=True)
class PurgeSelection:
    """What is removed."""

    entry: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="This entry, expired or not; repeatable. All that have expired, if none.",
        ),
    ] = None


def trash(where: ProjectOptions, output: Output) -> int:
    """List what lies in the trash, newest first: where it comes from, why, how large it is and when it expires.

    Exit code 0, or 1 for an error.
    """
    project, server = where.load_ledger()
    with server.connect() as clickhouse:
        entries = read_trash(clickhouse, server.ledger_database, project.name)
    if output.as_json:
        output.print_json(
            {"project": project.name, "trash": [_as_data(entry) for entry in entries]}
        )
    else:
        _print(output, entries)
    return exit_codes.NOTHING_TO_DO


def restore(
    where: ProjectOptions, wanted: RestoreTarget, agreement: Confirmation, output: Output
) -> int:
    """Bring a table back out of the trash: rows, schema and the order of columns.

    It takes its own name again; a table that stands there gives way into the trash.

    Exit code 0, or 1 for an error.
    """
    project, server = where.load_ledger()
    with server.connect() as clickhouse:
        entry = find_in_trash(
            read_trash(clickhouse, server.ledger_database, project.name), wanted.name()
        )
        target = wanted.table() or entry.what.origin
        gives_way = "" if wanted.table() else "; a table that stands there gives way into the trash"
        if not agreement.given(f"Restore {_words(entry)} as {target}{gives_way}?", output):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        restored = restore_from_trash(
            project, clickhouse, entry.what.name.name, options_of(server), name=wanted.table()
        )
    if output.as_json:
        output.print_json({"project": project.name, "restored": _restored(restored)})
    else:
        gave_way = "; what stood there lies in the trash now" if restored.replaced else ""
        output.console.print(Text(f"{restored.name} is restored{gave_way}.", style="bold"))
        output.console.print(Text(_next(project, restored.name)))
    return exit_codes.NOTHING_TO_DO


def purge(
    where: ProjectOptions, chosen: PurgeSelection, agreement: Confirmation, output: Output
) -> int:
    """Remove for good what has expired in the trash.

    Exit code 0, or 1 for an error.
    """
    project, server = where.load_ledger()
    with server.connect() as clickhouse:
        going = to_purge(
            read_trash(clickhouse, server.ledger_database, project.name), chosen.entry or None
        )
        if not output.as_json:
            for entry in going:
                print_indented(
                    output.console,
                    Text(f"to remove: {_words(entry)}, entry {entry.what.name.name}"),
                )
        if going and not agreement.given(
            f"Remove {counted(len(going), 'table')} for good?", output
        ):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        removed = (
            purge_trash(project, clickhouse, options_of(server), wanted=chosen.entry or None)
            if going
            else ()
        )
    if output.as_json:
        output.print_json(
            {"project": project.name, "removed": [_as_data(entry) for entry in removed]}
        )
    else:
        for entry in removed:
            output.console.print(Text(f"removed {_words(entry)}"))
        output.console.print(
            Text(
                f"{counted(len(removed), 'table')} removed." if going else "Nothing has expired.",
                style="bold",
            )
        )
    return exit_codes.NOTHING_TO_DO


def _next(project: Project, name: TableId) -> str:
    """Say what the next reconcile does to a table that was restored."""
    if {name, ViewId(name.database, name.name)} & project.desired.life_cycles.keys():
        return "The next reconcile changes it again, as far as its life cycle allows, unless the code is changed first."
    return f"{project.name} does not declare it: no reconcile touches it."


def _as_data(entry: TrashEntry) -> dict[str, object]:
    return {
        "entry": entry.what.name.name,
        "resource": str(entry.what.origin),
        "cause": entry.what.cause.value,
        "reason": entry.what.reason,
        "kept_at": entry.kept_at.isoformat(),
        "expires_at": entry.expires_at.isoformat(),
        "run_id": entry.run_id,
        "rows": entry.rows,
        "bytes": entry.bytes,
    }


def _restored(restored: Restored) -> dict[str, object]:
    return {
        **_as_data(restored.entry),
        "restored_as": str(restored.name),
        "replaced": restored.replaced,
    }


def _print(output: Output, entries: Sequence[TrashEntry]) -> None:
    console = output.console
    for entry in entries:
        console.print(
            Text.assemble(
                (str(entry.what.origin), "bold"), f" {_size(entry)}, {entry.what.cause.value}"
            )
        )
        times = (
            f"kept {entry.kept_at:%Y-%m-%d %H:%M}, expires {entry.expires_at:%Y-%m-%d %H:%M} (UTC)"
        )
        for line in (f"entry {entry.what.name.name}", times, entry.what.reason):
            print_indented(console, Text(line, style="dim"), "    ", 6)
    console.print(Text(_total(entries), style="bold"))


def _total(entries: Iterable[TrashEntry]) -> str:
    sizes = [entry.bytes or 0 for entry in entries]
    return (
        f"{counted(len(sizes), 'table')}, {decimal(sum(sizes))}."
        if sizes
        else "The trash is empty."
    )


def _words(entry: TrashEntry) -> str:
    return f"{entry.what.origin} of {entry.kept_at:%Y-%m-%d %H:%M} UTC ({_size(entry)})"


def _size(entry: TrashEntry) -> str:
    rows = "rows unknown" if entry.rows is None else counted(entry.rows, "row")
    return rows if entry.bytes is None else f"{rows}, {decimal(entry.bytes)}"
