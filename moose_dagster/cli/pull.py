"""`moose-dagster pull`."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.server_options import ServerOptions
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.pull import Pulled, PullOptions
from moose_dagster.pull import pull as pull_into
from moose_dagster.state.counting import counted


@dataclass(frozen=True)
class PullSelection:
    """What is pulled, and into which folder.

    Attributes:
        folder: Where the modules are written; it becomes a package.
        database: Only these databases; None means all.
        include: Only names that fit one of these patterns; None means all.
        exclude: No names that fit one of these patterns.
        managed: The same as the life cycle FULLY_MANAGED; giving both is an error.
        life_cycle: The life cycle of everything pulled; None means EXTERNALLY_MANAGED.
        name: The name of the project.
        overwrite: Whether edited files, and files that no pull has written, are overwritten.
    """

    folder: Annotated[
        Path, typer.Option(help="Where the modules are written; it becomes a package.")
    ] = Path("pulled")
    database: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only this database; repeatable. Default: all databases."
        ),
    ] = None
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only these names: database.table, table or topic, with * and ?; repeatable.",
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Leave out these names, written like those of --include; repeatable.",
        ),
    ] = None
    managed: Annotated[
        bool,
        typer.Option(
            "--managed",
            help="Short for --life-cycle FULLY_MANAGED.",
        ),
    ] = False
    life_cycle: Annotated[
        LifeCycle | None,
        typer.Option(
            help="The life cycle of everything pulled. Default: EXTERNALLY_MANAGED, which changes "
            "nothing."
        ),
    ] = None
    name: Annotated[str, typer.Option(help="The name of the project.")] = "pulled"
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Overwrite files that were edited since they were pulled, or that no pull has "
            "written.",
        ),
    ] = False


def pull(servers: ServerOptions, what: PullSelection, output: Output) -> int:
    """Write Python modules that declare the live tables, views and topics.

    The servers are only read. A plan of the written modules is empty. What can't be declared is
    listed, and is a comment in the modules. A file that was edited since it was pulled stays as it
    is, and what is live now is written beside it.

    Exit code 0, or 1 for an error.
    """
    if what.managed and what.life_cycle is not None:
        return output.fail("--managed and --life-cycle both set the life cycle; give one of them.")
    clickhouse, kafka = servers.load_servers()
    databases = dict[str, str]()
    if clickhouse:
        databases["ledger_database"] = clickhouse.ledger_database
        databases["trash_database"] = clickhouse.trash_database
    options = PullOptions(
        databases=tuple(what.database or ()),
        include=tuple(what.include or ()),
        exclude=tuple(what.exclude or ()),
        managed=what.life_cycle or what.managed,
        folder=what.folder,
        project=what.name,
        overwrite=what.overwrite,
        **databases,
    )
    with ExitStack() as stack:
        result = pull_into(
            stack.enter_context(clickhouse.connect()) if clickhouse else None,
            stack.enter_context(kafka.connect()) if kafka else None,
            options,
        )
    if output.as_json:
        output.print_json(_as_data(result, what.folder))
    else:
        _print(output, result, what.folder)
    return exit_codes.NOTHING_TO_DO


def _as_data(result: Pulled, folder: Path) -> dict[str, object]:
    return {
        "exit_code": exit_codes.NOTHING_TO_DO,
        "files": [str(folder / name) for name in result.files],
        "tables": list(map(str, result.tables)),
        "views": list(map(str, result.views)),
        "topics": list(result.topics),
        "notes": list(result.notes),
    }


def _print(output: Output, result: Pulled, folder: Path) -> None:
    console = output.console
    for note in result.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    for name in result.files:
        console.print(Text(f"{folder / name}"))
    tables = counted(len(result.tables), "table")
    views = counted(len(result.views), "view")
    topics = counted(len(result.topics), "topic")
    console.print(Text(f"Pulled {tables}, {views} and {topics} into {folder}.", style="bold"))
