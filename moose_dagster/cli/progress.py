"""What is told on stderr while a reconcile acts."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from moose_dagster.cli.output import Output
from moose_dagster.plan.steps import AnyAction, Plan
from moose_dagster.report.rows import copied_words
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId


@dataclass(frozen=True)
class ProgressCallbacks:
    """What to call: before each action, and while a table is rebuilt with the rows copied and those to copy."""

    begun: Callable[[AnyAction], None]
    copied: Callable[[TableId, int, int], None]


@contextmanager
def told(plan: Plan, output: Output) -> Generator[ProgressCallbacks]:
    """Show a bar on a terminal, a line per action and copied portion elsewhere, nothing beside JSON."""
    if output.errors.is_terminal:
        with _bar(plan, output) as telling:
            yield telling
        return

    def say(text: str) -> None:
        if not output.as_json:
            output.errors.print(Text(text))

    yield ProgressCallbacks(
        begun=lambda action: say(f"  {_words(action)}"),
        copied=lambda table, rows, total: say(f"    {copied_words(table, rows, total)}"),
    )


@contextmanager
def _bar(plan: Plan, output: Output) -> Generator[ProgressCallbacks]:
    columns = (
        SpinnerColumn(),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=output.errors, transient=True) as bar:
        task = bar.add_task("comparing", total=len(plan.every_action))
        started = 0

        def begun(action: AnyAction) -> None:
            nonlocal started
            bar.update(task, completed=started, description=_words(action))
            started += 1

        def copied(table: TableId, rows: int, total: int) -> None:
            bar.update(task, description=copied_words(table, rows, total))

        yield ProgressCallbacks(begun, copied)


def _words(action: AnyAction) -> str:
    return (
        f"{action.route.value.lower():8} {action.resource} ({counted(len(action.steps), 'change')})"
    )
