"""`moose-dagster abort`."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import complete_resources
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.cli.trash import Confirmation
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconcile import abort as abort_rebuilds
from moose_dagster.reconcile import interrupted_rebuilds
from moose_dagster.reconcile.server_settings import options_of
from moose_dagster.state.names import TableId


@dataclass(frozen=True)
class Rebuilt:
    """Whose rebuild is given up."""

    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Only the rebuild of this database.table; all that were interrupted, if none.",
            autocompletion=complete_resources,
        ),
    ] = ""

    def tables(self) -> tuple[TableId, ...] | None:
        """Return the tables, or None for all.

        Raises:
            MooseDagsterError: The name has no database.
        """
        if not self.resource:
            return None
        table = TableId.parse(self.resource)
        if table is None:
            raise MooseDagsterError(f"--resource {self.resource}: write database.table.")
        return (table,)


def abort(where: ProjectOptions, rebuilt: Rebuilt, agreement: Confirmation, output: Output) -> int:
    """Give up rebuilds that an earlier run did not end; without it, the next apply goes on with them.

    The table stays as it was, and what was copied so far is dropped. A rebuild whose new table has
    taken its place already can't be given up; the next apply ends it.

    Exit code 0, or 1 for an error or a rebuild that was not undone.
    """
    tables = rebuilt.tables()
    project, server = where.load_ledger()
    with server.connect() as clickhouse:
        options = options_of(server)
        found = interrupted_rebuilds(project, clickhouse, options, tables=tables)
        if not output.as_json:
            for rebuild in found:
                output.console.print(Text(f"interrupted: {rebuild}"))
        if found and not agreement.given(f"Give up {len(found)} rebuilds?", output):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        aborted = abort_rebuilds(project, clickhouse, options, tables=tables)
    if output.as_json:
        output.print_json(
            {
                "project": project.name,
                "undone": list(aborted.undone),
                "refused": list(aborted.refused),
            }
        )
    else:
        for sentence in aborted.undone or (() if found else ("No rebuild is interrupted.",)):
            output.console.print(Text(sentence))
    for sentence in aborted.refused:
        output.complain(sentence)
    return exit_codes.FAILED if aborted.refused else exit_codes.NOTHING_TO_DO
