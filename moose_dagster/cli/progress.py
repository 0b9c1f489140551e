"""The progress that stderr shows while a reconcile is running."""

from collections.abc import Generator
from contextlib import contextmanager

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
from moose_dagster.reconciliation import RunCallbacks
from moose_dagster.report.rows import copied_words, started_words
from moose_dagster.state.names import TableId


@contextmanager
def progress_of(plan: Plan, output: Output) -> Generator[RunCallbacks]:
    """Show a bar on a terminal, lines elsewhere, and nothing with --json."""
    if output.errors.is_terminal:
        with _bar(plan, output) as callbacks:
            yield callbacks
        return

    def show(text: str) -> None:
        if not output.as_json:
            output.errors.print(Text(text))

    yield RunCallbacks(
        started=lambda action: show(f"  {started_words(action)}"),
        copied=lambda table, rows, total: show(f"    {copied_words(table, rows, total)}"),
    )


@contextmanager
def _bar(plan: Plan, output: Output) -> Generator[RunCallbacks]:
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
            bar.update(task, completed=count, description=started_words(action))
            count += 1

        def copied(table: TableId, rows: int, total: int) -> None:
            bar.update(task, description=copied_words(table, rows, total))

        yield RunCallbacks(started=started, copied=copied)
