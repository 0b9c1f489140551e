"""`moose-dagster clone`."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.cli import exit_codes, result_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.settings import Connections, ProjectOptions, Target
from moose_dagster.cli.trash import Confirmation
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation.clone import (
    Clone,
    drop_clone,
    expired_environments,
)
from moose_dagster.reconciliation.clone import (
    clone as clone_environment,
)
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted

_BRANCH = "DAGSTER_CLOUD_GIT_BRANCH"


@dataclass(frozen=True)
class CloneChoice:
    """What is cloned, or dropped again.

    Attributes:
        source: The environment to clone; "" means the project without an environment.
        branch: Whether DAGSTER_CLOUD_GIT_BRANCH names the new environment.
        rows: Whether tables get the rows of the original.
        drop: Whether the databases of the environment are dropped.
        older_than: Drop every clone of the project that is older than this many days; None drops
            none of them.
    """

    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="NAME",
            help="The environment to clone. Default: the project without an environment.",
        ),
    ] = ""
    branch: Annotated[
        bool,
        typer.Option("--branch", help=f"Name the environment after the branch in {_BRANCH}."),
    ] = False
    rows: Annotated[
        bool,
        typer.Option(
            "--rows", help="Give the tables the rows of the original; no bytes are copied."
        ),
    ] = False
    drop: Annotated[bool, typer.Option("--drop", help="Drop the databases that a clone made.")] = (
        False
    )
    older_than: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS", help="Drop every clone of the project that is older than DAYS."
        ),
    ] = None


def clone(
    options: ProjectOptions, choice: CloneChoice, confirmation: Confirmation, output: Output
) -> int:
    """Make the databases of --environment from those of another one, without copying bytes.

    The tables are those of the server, not of the code; then the code is applied to them. Declare
    Environment("pr-*", database_suffix="_{name}", topic_prefix="{name}.") for the branches.

    Exit code 0; 1 for an error; 3 if something in the clone is blocked or has drifted.
    """
    declared = replace(options, environment=choice.source or None).load()
    with declared.connected() as servers:
        if servers.clickhouse is None:
            raise MooseDagsterError("clone needs a ClickHouse server; give --clickhouse.")
        if choice.older_than is not None:
            age = timedelta(days=choice.older_than)
            names = expired_environments(declared.project, servers.clickhouse, age)
        else:
            names = (_name(options, choice),)
        targets = [declared.project.in_environment(name) for name in names]
        if choice.drop or choice.older_than is not None:
            return _drop(targets, servers, confirmation, output)
        return _clone(declared, targets[0], servers, choice, output)


def _name(options: ProjectOptions, choice: CloneChoice) -> str:
    branch = re.sub(r"[^A-Za-z0-9_.-]+", "-", os.environ.get(_BRANCH, ""))[:64]
    name = branch if choice.branch else options.environment
    if not name:
        raise MooseDagsterError(
            f"give the environment to make: --environment NAME, or --branch with {_BRANCH}."
        )
    return name


def _drop(
    targets: Sequence[Project], servers: Connections, confirmation: Confirmation, output: Output
) -> int:
    names = ", ".join(target.owner.key for target in targets) or "nothing"
    if targets and not confirmation.given(f"Drop the databases of {names}?", output):
        output.errors.print("Nothing was sent.")
        return exit_codes.FAILED
    dropped = list[str]()
    for target in targets:
        if servers.clickhouse is not None:
            dropped += drop_clone(target, servers.clickhouse, servers.options, kafka=servers.kafka)
    if output.as_json:
        output.print_json({"dropped": dropped})
    else:
        names = f": {', '.join(dropped)}" if dropped else ""
        output.console.print(f"{counted(len(dropped), 'database')} dropped{names}.")
    return exit_codes.NOTHING_TO_DO


def _clone(
    declared: Target, target: Project, servers: Connections, choice: CloneChoice, output: Output
) -> int:
    if servers.clickhouse is None:
        raise MooseDagsterError("clone needs a ClickHouse server; give --clickhouse.")
    made = clone_environment(
        declared.project,
        target,
        servers.clickhouse,
        servers.options,
        kafka=servers.kafka,
        rows=choice.rows,
    )
    _print(made, target, output)
    result = made.result
    for problem in (*result.unfinished, *(failure.error for failure in result.failures)):
        output.print_error(problem)
    return result_codes.of_apply(result)


def _print(made: Clone, target: Project, output: Output) -> None:
    notes = {**made.without_rows, **made.left_out}
    if output.as_json:
        output.print_json(
            {
                "environment": target.owner.environment,
                "databases": sorted(target.moves.databases.values()),
                "with_rows": list(map(str, made.cloned)),
                "notes": {str(name): why for name, why in notes.items()},
            }
        )
        return
    output.console.print(
        f"{target.owner.key}: {counted(len(target.desired.life_cycles), 'resource')}, "
        f"{counted(len(made.cloned), 'table')} with rows."
    )
    for name, why in notes.items():
        print_indented(output.console, Text(f"{name}: {why}"))
