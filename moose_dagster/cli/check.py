"""`moose-dagster check`."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.reconcile import PlanResult, plan_for
from moose_dagster.report.console import print_indented
from moose_dagster.report.rows import row_of
from moose_dagster.state.names import ResourceId


def check(where: ProjectOptions, selection: Selection, output: Output) -> int:
    """Compare every table, view and topic with the code, as the drift checks in Dagster do. Nothing is written.

    Exit code 0: everything is as declared. 1: an error. 3: something differs.
    """
    target = where.load()
    with target.connected() as servers:
        options = replace(servers.options, selection=selection.of(target.project))
        plan_result = plan_for(target.project, servers.clickhouse, options, kafka=servers.kafka)
    code = exit_codes.of_check(plan_result)
    compared = set(plan_result.compared)
    decide_removals = [
        one for one in plan_result.life_cycles if one not in compared and plan_result.plan.of(one)
    ]
    looked_at = [*plan_result.compared, *decide_removals]
    if output.as_json:
        output.print_json(
            {
                "project": target.project.name,
                "exit_code": code,
                "resources": [_as_data(plan_result, resource) for resource in looked_at],
                "notes": list(plan_result.plan.notes),
                "problems": [str(problem) for problem in plan_result.problems],
            }
        )
    else:
        _print(output, plan_result, looked_at)
    for problem in plan_result.problems:
        output.complain(str(problem))
    return code


def _as_data(plan_result: PlanResult, resource: ResourceId) -> Mapping[str, object]:
    rows = [asdict(row_of(step)) for step in plan_result.plan.of(resource)]
    life_cycle = plan_result.life_cycles[resource].value
    return {
        "resource": str(resource),
        "life_cycle": life_cycle,
        "passed": not rows,
        "differences": rows,
    }


def _print(output: Output, plan_result: PlanResult, resources: list[ResourceId]) -> None:
    differing = 0
    for resource in resources:
        steps = plan_result.plan.of(resource)
        external = plan_result.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
        mark, style = (
            ("ok     ", "green") if not steps else ("differs", "red" if external else "yellow")
        )
        output.console.print(
            Text.assemble((mark, style), f" {resource} ({plan_result.life_cycles[resource].value})")
        )
        for step in steps:
            print_indented(output.console, Text(step.reason), " " * 8, 10)
        differing += bool(steps)
    for note in plan_result.plan.notes:
        output.console.print(Text(f"note: {note}"))
    output.console.print(Text(f"{len(resources)} compared, {differing} differ.", style="bold"))
