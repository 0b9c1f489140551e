"""`moose-dagster load`."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.errors import MooseDagsterError
from moose_dagster.load import LoadOptions, LoadResult, load_messages
from moose_dagster.load.options import Interrupted
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted


@dataclass(frozen=True)
class LoadLimits:
    """When a load stops, and what becomes of an interrupted batch.

    Attributes:
        messages: The most messages that are read; 0 for no limit.
        bytes: The most bytes of messages that are read; 0 for no limit.
        seconds: After how many seconds no further batch begins; 0 for no limit.
        interrupted: What becomes of the batch of a killed run whose table was made again since.
    """

    messages: Annotated[
        int, typer.Option(min=0, help="The most messages that are read; 0 for no limit.")
    ] = 0
    bytes: Annotated[
        int, typer.Option(min=0, help="The most bytes that are read; 0 for no limit.")
    ] = 0
    seconds: Annotated[
        float,
        typer.Option(min=0, help="Begin no batch after so many seconds; 0 for no limit."),
    ] = 0.0
    interrupted: Annotated[
        Interrupted,
        typer.Option(
            help="What becomes of the batch of a killed run whose table was made again since: "
            "again inserts it, loaded takes it for inserted, ask loads nothing of its partition."
        ),
    ] = "ask"


def load(options: ProjectOptions, selection: Selection, limits: LoadLimits, output: Output) -> int:
    """Load the messages of the project's topics into their tables, each exactly once.

    Each partition is read from where the last load ended to where it ends now. Messages that are
    not valid go to the dead letter queue of their stream.

    Exit code 0, or 1 if a topic or a partition could not be loaded.
    """
    target = options.load()
    project = target.project
    if not project.loads:
        raise MooseDagsterError(
            f"{project.name} loads no topic; write StreamConfig(destination=..., load=BatchLoad())."
        )
    with target.connected() as servers:
        clickhouse, kafka = servers.both
        run = replace(servers.options, selection=selection.of(project))
        load_options = LoadOptions(
            limits.messages, limits.bytes, limits.seconds, limits.interrupted, run
        )
        result = load_messages(project, clickhouse, kafka, load_options)
    if output.as_json:
        output.print_json({"project": project.name, **_as_data(result)})
    else:
        _print(output, result)
    for problem in result.problems:
        output.print_error(problem)
    return exit_codes.FAILED if result.problems else exit_codes.NOTHING_TO_DO


def _as_data(result: LoadResult) -> dict[str, object]:
    partitions = [
        {**asdict(part), "topic": str(part.topic), "table": str(part.table)}
        for part in result.partitions
    ]
    return {"partitions": partitions, "problems": list(result.problems)}


def _print(output: Output, result: LoadResult) -> None:
    console = output.console
    for part in result.partitions:
        loaded = f"{counted(part.loaded, 'message')} loaded, {part.rejected:,} rejected"
        text = f" into {part.table}: {loaded}, {part.lag:,} left"
        console.print(Text.assemble((f"{part.topic}/{part.partition}", "bold"), text))
    for note in result.notes:
        print_indented(console, Text(note))
    rows = f"{counted(result.loaded, 'message')} loaded, {result.rejected:,} rejected"
    lost = f", {result.lost:,} lost" if result.lost else ""
    console.print(Text(f"{rows}{lost}, {result.lag:,} left.", style="bold"))
