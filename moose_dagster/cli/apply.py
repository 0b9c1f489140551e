"""`moose-dagster apply`."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from moose_dagster.apply.results import Result
from moose_dagster.cli import exit_codes, result_codes
from moose_dagster.cli.output import Output, ShowsStatements
from moose_dagster.cli.plan_files import read_plan_file
from moose_dagster.cli.progress import progress_of
from moose_dagster.cli.selection import Permissions, Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.ddl.names import Names
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation import (
    ReconcileResult,
    check_plan,
    impact_of,
    plan_for,
    reconcile,
)
from moose_dagster.report.console import PlanView, print_indented, print_plan
from moose_dagster.report.rows import counts_of, plan_as_data, summary_of
from moose_dagster.state.counting import counted


@dataclass(frozen=True)
class Consent:
    """What apply shows, whether it asks, and which plan it may apply.

    Attributes:
        yes: Whether it applies without asking.
        only_plan: The fingerprint of the only plan that may be applied; "" means any plan.
        plan_file: The file with the only plan that may be applied; None means any plan.
        statements: Whether what would be sent is printed before it asks.
    """

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")] = False
    only_plan: Annotated[
        str,
        typer.Option(
            "--plan",
            metavar="FINGERPRINT",
            help="Apply only if the plan still has this fingerprint.",
        ),
    ] = ""
    plan_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Apply only the plan in this file, which plan --out wrote, and only if what is "
            "live is still the same. The file has the options of that plan.",
        ),
    ] = None
    statements: ShowsStatements = False


def apply(
    options: ProjectOptions,
    selection: Selection,
    permissions: Permissions,
    consent: Consent,
    output: Output,
) -> int:
    """Show the plan, ask, apply what the life cycles allow, then compare again.

    Exit code 0: everything is applied. 1: an error, or a change that failed. 3: applied, but
    something is blocked or has drifted.
    """
    if output.as_json and not consent.yes:
        raise MooseDagsterError("with --json, apply can't ask whether to go on; add --yes.")
    target = options.load()
    with target.connected() as servers:
        run_options = replace(
            permissions.added_to(servers.options),
            selection=selection.of(target.project),
            only_plan=consent.only_plan,
        )
        if consent.plan_file:
            _refuse_further_options(selection, permissions, consent)
            file = read_plan_file(consent.plan_file)
            run_options = file.options_for(target.project, servers.options)
        with output.busy("Comparing the code with what is live ..."):
            plan_result = plan_for(
                target.project, servers.clickhouse, run_options, kafka=servers.kafka
            )
        plan = plan_result.plan
        if not output.as_json:
            impacts = impact_of(plan_result, servers.clickhouse)
            names = Names(run_options.trash_database)
            view = PlanView(names, impacts, statements=consent.statements)
            print_plan(output.console, plan, view)
        check_plan(plan_result, run_options)
        if not consent.yes and plan.every_action:
            if not _confirmed(plan):
                output.errors.print("Nothing was sent.")
                return exit_codes.FAILED
            run_options = replace(run_options, only_plan=consent.only_plan or plan.fingerprint)
        with progress_of(plan, output) as callbacks:
            outcome = reconcile(
                target.project,
                servers.clickhouse,
                run_options,
                kafka=servers.kafka,
                callbacks=callbacks,
            )
    return _report(target.project, outcome, output)


def _refuse_further_options(
    selection: Selection, permissions: Permissions, consent: Consent
) -> None:
    if consent.only_plan or selection != Selection() or permissions != Permissions():
        raise MooseDagsterError(
            "--plan-file has the options of its plan; leave out --plan, --select and what the run "
            "may do."
        )


def _confirmed(plan: Plan) -> bool:
    if not sys.stdin.isatty():
        raise MooseDagsterError(
            "apply asks before it changes anything, and there is no terminal to ask; add --yes."
        )
    changes = counted(len(plan.with_verdict(Verdict.APPLY)), "change")
    losing = [step for step in plan.steps if step.loses_values]
    if not losing:
        return typer.confirm(f"Apply {changes}?", err=True)
    resources = ", ".join(dict.fromkeys(str(step.resource) for step in losing))
    verb = "loses" if len(losing) == 1 else "lose"
    question = (
        f"Apply {changes}? {len(losing):,} of them {verb} what is stored in {resources}. "
        "Type yes to go on"
    )
    answer: str = typer.prompt(question, default="no", err=True)
    return answer.strip().lower() == "yes"


def _report(project: Project, outcome: ReconcileResult, output: Output) -> int:
    code = result_codes.of_apply(outcome)
    problems = list(dict.fromkeys(map(str, (*outcome.before.problems, *outcome.after.problems))))
    if output.as_json:
        output.print_json(
            {
                "project": project.name,
                "exit_code": code,
                "run_id": outcome.run_id,
                "recovered": list(outcome.recovered),
                "plan": plan_as_data(outcome.before.plan, outcome.names),
                "results": [_as_data(result) for result in outcome.results],
                "unfinished": list(outcome.unfinished),
                "left": {
                    "counts": counts_of(outcome.after.plan),
                    "plan": plan_as_data(outcome.after.plan, outcome.names),
                },
                "problems": problems,
            }
        )
    else:
        _print(outcome, output)
    for problem in (*outcome.unfinished, *problems):
        output.print_error(problem)
    return code


def _as_data(result: Result) -> Mapping[str, object]:
    return {
        "resource": str(result.action.resource),
        "route": result.action.route.value,
        "outcome": _outcome(result),
        "milliseconds": result.milliseconds,
        "error": result.error,
        "code": result.code,
    }


def _outcome(result: Result) -> str:
    if not result.reached:
        return "not reached"
    return "failed" if result.error else "ok"


def _print(outcome: ReconcileResult, output: Output) -> None:
    console = output.console
    for sentence in outcome.recovered:
        print_indented(console, Text(f"earlier run: {sentence}"), "", 2)
    for result in outcome.results:
        state = _outcome(result)
        words = f" {result.action.route.value} {result.action.resource} {result.milliseconds:,} ms"
        console.print(Text.assemble((state, "green" if state == "ok" else "red"), words))
        if result.error:
            print_indented(console, Text(result.error, style="red"), "  ", 4)
    if outcome.results:
        remaining = summary_of(outcome.after.plan)
        if not outcome.after.compared:
            remaining = "unknown, because nothing could be read"
        console.print(Text(f"Run {outcome.run_id}; left: {remaining}.", style="bold"))
