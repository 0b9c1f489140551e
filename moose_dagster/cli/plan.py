"""`moose-dagster plan`."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from moose_dagster.cli import result_codes
from moose_dagster.cli.output import Output, ShowsStatements
from moose_dagster.cli.plan_files import PlanFile
from moose_dagster.cli.selection import Permissions, Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.ddl.names import Names
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.plan.impact import Impact
from moose_dagster.reconciliation import Options, PlanResult, impact_of, plan_for
from moose_dagster.reconciliation.between import plan_between
from moose_dagster.report.console import PlanView, Section, print_plan
from moose_dagster.report.impact import impact_as_data
from moose_dagster.report.markdown import PlanComment
from moose_dagster.report.rows import counts_of, plan_as_data


class Format(str, Enum):
    """How a plan is written."""

    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class PlanFormat:
    """How a plan is written.

    Attributes:
        format: For a terminal, or as Markdown for the comment of a pull request.
        only: The one part of the plan to print for a terminal; None prints all.
        statements: Whether what would be sent is printed for a terminal, too.
        out: The file that gets the plan, which apply can be bound to; None for no file.
        against: `git:` and the revision whose code counts as live; None for the servers.
    """

    format: Annotated[
        Format,
        typer.Option(help="For a terminal, or as Markdown for the comment of a pull request."),
    ] = Format.TEXT
    only: Annotated[
        Section | None, typer.Option(help="Print only this part of the plan, and its totals.")
    ] = None
    statements: ShowsStatements = False
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the plan into a file, too; apply --plan-file applies exactly that plan.",
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            metavar="git:REVISION",
            help="Compare with the code at a revision of git instead of the servers, such as "
            "git:main.",
        ),
    ] = None


def plan(
    options: ProjectOptions,
    selection: Selection,
    permissions: Permissions,
    written: PlanFormat,
    output: Output,
) -> int:
    """Show what apply would do, what is blocked and why, and what has drifted; write nothing.

    Exit code 0: nothing to do. 1: an error. 2: there are changes to apply. 3: nothing to apply, but
    something is blocked or has drifted.
    """
    as_markdown = written.format is Format.MARKDOWN
    _check(written, output)
    with output.busy("Comparing the code with what is live ..."):
        compared = _compare(options, selection, permissions, written.against)
    project = compared.project
    plan_result = compared.plan_result
    impacts = compared.impacts
    code = result_codes.of_plan(plan_result)
    names = compared.names
    owner = project.owner
    if written.out and not plan_result.problems:
        file = PlanFile(
            owner.project, owner.environment or "", selection, permissions, plan_result.bound()
        )
        file.write(written.out, plan_as_data(plan_result.plan, names))
    if output.as_json:
        output.print_json(
            {
                "project": project.name,
                "exit_code": code,
                "counts": counts_of(plan_result.plan),
                "plan": plan_as_data(plan_result.plan, names),
                "impact": list(map(impact_as_data, impacts)),
                "problems": list(map(str, plan_result.problems)),
            }
        )
    elif as_markdown:
        problems = list(map(str, plan_result.problems))
        title = f"{owner.project} in {owner.environment}" if owner.environment else owner.project
        comment = PlanComment(plan_result.plan, title, names, impacts, problems)
        output.print_text(comment.text())
    else:
        view = PlanView(names, impacts, written.only, written.statements)
        with output.paged() as console:
            print_plan(console, plan_result.plan, view)
    for problem in plan_result.problems:
        output.print_error(str(problem))
    return code


@dataclass(frozen=True)
class _Compared:
    """What was compared, and what that came to."""

    project: Project
    plan_result: PlanResult
    names: Names
    impacts: tuple[Impact, ...] = ()


def _compare(
    options: ProjectOptions, selection: Selection, permissions: Permissions, against: str | None
) -> _Compared:
    if against:
        earlier, project = options.load_earlier(against)
        run_options = replace(permissions.added_to(Options()), selection=selection.of(project))
        return _Compared(project, plan_between(earlier, project, run_options), Names())
    target = options.load()
    with target.connected() as servers:
        run_options = replace(
            permissions.added_to(servers.options), selection=selection.of(target.project)
        )
        plan_result = plan_for(target.project, servers.clickhouse, run_options, kafka=servers.kafka)
        impacts = impact_of(plan_result, servers.clickhouse)
    return _Compared(target.project, plan_result, Names(run_options.trash_database), impacts)


def _check(written: PlanFormat, output: Output) -> None:
    """Refuse options that exclude each other.

    Raises:
        MooseDagsterError: Two of them do.
    """
    as_markdown = written.format is Format.MARKDOWN
    if as_markdown and output.as_json:
        raise MooseDagsterError("--json and --format markdown exclude each other; leave one out.")
    if written.only and (as_markdown or output.as_json):
        raise MooseDagsterError("--only is for the text of a terminal; leave it out.")
    if written.against and written.out:
        raise MooseDagsterError(
            "--against compares no server, so that no apply can be bound to its plan; leave out "
            "--out."
        )
