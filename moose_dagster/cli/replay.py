"""`moose-dagster replay`."""

from dataclasses import asdict, replace

from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.cli.trash import Confirmation
from moose_dagster.load import LoadOptions, ReplayResult, replay_messages
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted


def replay(
    options: ProjectOptions, selection: Selection, confirmation: Confirmation, output: Output
) -> int:
    """Validate dead letters again, show what passes, ask, and load only that, once.

    Exit code 0, or 1 for an error or if you answer No.
    """
    target = options.load()
    project = target.project
    with target.connected() as servers:
        clickhouse, kafka = servers.both
        run = replace(servers.options, selection=selection.of(project))
        load_options = LoadOptions(run=run)
        shown = replay_messages(project, clickhouse, kafka, load_options)
        if not output.as_json:
            _print(output, shown)
        passing = sum(queue.passing for queue in shown.queues)
        result = shown
        if passing:
            if not confirmation.given(f"Load {counted(passing, 'dead letter')}?", output):
                output.errors.print("Nothing was sent.")
                return exit_codes.FAILED
            result = replay_messages(project, clickhouse, kafka, load_options, apply=True)
    loaded = sum(queue.loaded for queue in result.queues)
    if output.as_json:
        output.print_json({"project": project.name, **_as_data(result)})
    else:
        output.console.print(Text(f"{counted(loaded, 'dead letter')} loaded.", style="bold"))
    for problem in result.problems:
        output.print_error(problem)
    return exit_codes.FAILED if result.problems else exit_codes.NOTHING_TO_DO


def _as_data(result: ReplayResult) -> dict[str, object]:
    queues = [
        {**asdict(queue), "queue": str(queue.queue), "table": str(queue.table)}
        for queue in result.queues
    ]
    return {"queues": queues, "problems": list(result.problems)}


def _print(output: Output, result: ReplayResult) -> None:
    for queue in result.queues:
        text = f" into {queue.table}: {queue.passing:,} valid now, {queue.failing:,} not"
        output.console.print(Text.assemble((str(queue.queue), "bold"), text))
        for error in queue.errors:
            print_indented(output.console, Text(error, style="dim"), "    ", 6)
