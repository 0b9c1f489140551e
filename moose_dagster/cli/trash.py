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
from moose_dagster.reconciliation import Restored, TrashEntry, find_in_trash, read_trash, to_purge
from moose_dagster.reconciliation import purge as purge_trash
from moose_dagster.reconciliation import restore as restore_from_trash
from moose_dagster.reconciliation.server_settings import options_of
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId, ViewId


@dataclass(frozen=True)
class RestoreTarget:
    """The entry of the trash to restore, and the name to restore it to.

    Attributes:
        resource: The `database.table` whose newest entry is restored, or "".
        entry: The name of the entry in the trash, or "".
        restore_as: The `database.table` to restore it to; "" means its own name.
    """

    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Restore the newest entry of this database.table.",
            autocompletion=complete_resources,
        ),
    ] = ""
    entry: Annotated[
        str, typer.Option(metavar="NAME", help="Restore this entry, by its name in the trash.")
    ] = ""
    restore_as: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Restore it as this database.table, which must not exist.",
        ),
    ] = ""

    def name(self) -> str:
        """Return the table or the entry to find in the trash.

        Raises:
            MooseDagsterError: Neither or both are given.
        """
        if bool(self.resource) == bool(self.entry):
            raise MooseDagsterError(
                "give exactly one of --resource database.table and --entry NAME."
            )
        return self.resource or self.entry

    def table(self) -> TableId | None:
        """Return the name to restore it to, or None for its own.

        Raises:
            MooseDagsterError: The name has no database.
        """
        if not self.restore_as:
            return None
        table = TableId.parse(self.restore_as)
        if table is None:
            raise MooseDagsterError(f"--as {self.restore_as}: write database.table.")
        return table


@dataclass(frozen=True)
class Confirmation:
    """Whether a command asks before it acts.

    Attributes:
        yes: Whether it acts without asking.
    """

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Act without asking.")] = False

    def given(self, question: str, output: Output) -> bool:
        """Ask *question*, unless `--yes` is given, and return whether the answer is yes.

        Raises:
            MooseDagsterError: There is no terminal to ask, or stdout is JSON.
        """
        if self.yes:
            return True
        if output.as_json or not sys.stdin.isatty():
            raise MooseDagsterError(
                "this command asks before it acts, and there is no terminal to ask; add --yes."
            )
        return typer.confirm(question, err=True)


@dataclass(frozen=True)
class PurgeSelection:
    """The entries to remove from the trash.

    Attributes:
        entry: Names of entries, expired or not; None means all that have expired.
    """

    entry: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Remove this entry, expired or not; repeatable. Default: all that have expired.",
        ),
    ] = None


def trash(options: ProjectOptions, output: Output) -> int:
    """List what is in the trash, newest first: origin, reason, size and when it expires.

    Exit code 0, or 1 for an error.
    """
    project, server = options.load_ledger()
    with server.connect() as clickhouse:
        entries = read_trash(clickhouse, server.ledger_database, project.owner.key)
    if output.as_json:
        output.print_json(
            {"project": project.name, "trash": [_as_data(entry) for entry in entries]}
        )
    else:
        _print(output, entries)
    return exit_codes.NOTHING_TO_DO


def restore(
    options: ProjectOptions, target: RestoreTarget, confirmation: Confirmation, output: Output
) -> int:
    """Restore a table from the trash: rows, schema and the order of columns.

    It gets its own name again. If a table of that name exists, that table goes to the trash.

    Exit code 0, or 1 for an error.
    """
    project, server = options.load_ledger()
    with server.connect() as clickhouse:
        entries = read_trash(clickhouse, server.ledger_database, project.owner.key)
        entry = find_in_trash(entries, target.name())
        name = target.table() or entry.what.origin
        replaces = "" if target.table() else "; an existing table of that name goes to the trash"
        if not confirmation.given(f"Restore {_words(entry)} as {name}{replaces}?", output):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        restored = restore_from_trash(
            project, clickhouse, entry.what.name.name, options_of(server), name=target.table()
        )
    if output.as_json:
        output.print_json({"project": project.name, "restored": _restored(restored)})
    else:
        replaced = "; the previous table is in the trash now" if restored.replaced else ""
        output.console.print(Text(f"{restored.name} is restored{replaced}.", style="bold"))
        output.console.print(Text(_next(project, restored.name)))
    return exit_codes.NOTHING_TO_DO


def purge(
    options: ProjectOptions, selection: PurgeSelection, confirmation: Confirmation, output: Output
) -> int:
    """Remove what has expired in the trash, for good.

    Exit code 0, or 1 for an error.
    """
    project, server = options.load_ledger()
    with server.connect() as clickhouse:
        entries = read_trash(clickhouse, server.ledger_database, project.owner.key)
        to_remove = to_purge(entries, selection.entry or None)
        if not output.as_json:
            for entry in to_remove:
                text = Text(f"to remove: {_words(entry)}, entry {entry.what.name.name}")
                print_indented(output.console, text)
        question = f"Remove {counted(len(to_remove), 'table')} for good?"
        if to_remove and not confirmation.given(question, output):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        removed: Sequence[TrashEntry] = ()
        if to_remove:
            names = selection.entry or None
            removed = purge_trash(project, clickhouse, options_of(server), names=names)
    if output.as_json:
        output.print_json(
            {"project": project.name, "removed": [_as_data(entry) for entry in removed]}
        )
    else:
        for entry in removed:
            output.console.print(Text(f"removed {_words(entry)}"))
        summary = f"{counted(len(removed), 'table')} removed."
        if not to_remove:
            summary = "Nothing has expired."
        output.console.print(Text(summary, style="bold"))
    return exit_codes.NOTHING_TO_DO


def _next(project: Project, name: TableId) -> str:
    """Return what the next reconcile does to a restored table."""
    if {name, ViewId(name.database, name.name)} & project.desired.life_cycles.keys():
        return (
            "The next reconcile changes it to what the code declares, as far as its life cycle "
            "allows. To keep it as it is, change the code first."
        )
    return f"{project.name} does not declare it, so no reconcile changes it."


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
        size = f" {_size(entry)}, {entry.what.cause.value}"
        console.print(Text.assemble((str(entry.what.origin), "bold"), size))
        since = f"in the trash since {entry.kept_at:%Y-%m-%d %H:%M}"
        times = f"{since}, expires {entry.expires_at:%Y-%m-%d %H:%M} (UTC)"
        for line in (f"entry {entry.what.name.name}", times, entry.what.reason):
            print_indented(console, Text(line, style="dim"), "    ", 6)
    console.print(Text(_total(entries), style="bold"))


def _total(entries: Iterable[TrashEntry]) -> str:
    sizes = [entry.bytes or 0 for entry in entries]
    if not sizes:
        return "The trash is empty."
    return f"{counted(len(sizes), 'table')}, {decimal(sum(sizes))}."


def _words(entry: TrashEntry) -> str:
    return f"{entry.what.origin} of {entry.kept_at:%Y-%m-%d %H:%M} UTC ({_size(entry)})"


def _size(entry: TrashEntry) -> str:
    rows = "rows unknown" if entry.rows is None else counted(entry.rows, "row")
    return rows if entry.bytes is None else f"{rows}, {decimal(entry.bytes)}"
