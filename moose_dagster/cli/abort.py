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
from moose_dagster.reconciliation import abort as abort_rebuilds
from moose_dagster.reconciliation import interrupted_rebuilds
from moose_dagster.reconciliation.server_settings import options_of
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId


@dataclass(frozen=True)
class RebuildSelection:
    """The rebuilds to give up.

    Attributes:
        resource: Only the rebuild of this `database.table`, or "" for all.
    """

    resource: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Only the rebuild of this database.table. Default: all interrupted rebuilds.",
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


def abort(
    options: ProjectOptions, rebuilds: RebuildSelection, confirmation: Confirmation, output: Output
) -> int:
    """Give up interrupted rebuilds. Otherwise, the next apply continues them.

    The table stays as it was, and what was copied so far is dropped. A rebuild that has already
    exchanged the tables can't be given up; the next apply finishes it.

    Exit code 0, or 1 for an error or a rebuild that could not be undone.
    """
    tables = rebuilds.tables()
    project, server = options.load_ledger()
    with server.connect() as clickhouse:
        run_options = options_of(server)
        interrupted = interrupted_rebuilds(project, clickhouse, run_options, tables=tables)
        if not output.as_json:
            for rebuild in interrupted:
                output.console.print(Text(f"interrupted: {rebuild}"))
        question = f"Give up {counted(len(interrupted), 'rebuild')}?"
        if interrupted and not confirmation.given(question, output):
            output.errors.print("Nothing was sent.")
            return exit_codes.FAILED
        aborted = abort_rebuilds(project, clickhouse, run_options, tables=tables)
    if output.as_json:
        output.print_json(
            {
                "project": project.name,
                "undone": list(aborted.undone),
                "refused": list(aborted.refused),
            }
        )
    else:
        for sentence in aborted.undone:
            output.console.print(Text(sentence))
        if not interrupted:
            output.console.print("No rebuild is interrupted.")
    for sentence in aborted.refused:
        output.print_error(sentence)
    return exit_codes.FAILED if aborted.refused else exit_codes.NOTHING_TO_DO
