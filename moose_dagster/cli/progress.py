"""The progress that stderr shows while a reconcile is running."""

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
    """The functions that a reconcile calls to report its progress.

    Attributes:
        started: Called before each action.
        copied: Called while a table is rebuilt, with the rows copied so far and in all.
    """

    started: Callable[[AnyAction], None]
    copied: Callable[[TableId, int, int], None]


@contextmanager
def progress_of(plan: Plan, output: Output) -> Generator[ProgressCallbacks]:
    """Show a bar on a terminal, lines elsewhere, and nothing with --json."""
    if output.errors.is_terminal:
        with _bar(plan, output) as callbacks:
            yield callbacks
        return

    def show(text: str) -> None:
        if not output.as_json:
            output.errors.print(Text(text))

    yield ProgressCallbacks(
        started=lambda action: show(f"  {_words(action)}"),
        copied=lambda table, rows, total: show(f"    {copied_words(table, rows, total)}"),
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
        count = 0

        def started(action: AnyAction) -> None:
            nonlocal count
            bar.update(task, completed=count, description=_words(action))
            count += 1

        def copied(table: TableId, rows: int, total: int) -> None:
            bar.update(task, description=copied_words(table, rows, total))

        yield ProgressCallbacks(started, copied)


def _words(action: AnyAction) -> str:
    changes = counted(len(action.steps), "change")
    return f"{action.route.value.lower():8} {action.resource} ({changes})"
