"""`moose-dagster check`."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from rich.text import Text

from moose_dagster.cli import result_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Selection
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.reconciliation import PlanResult, plan_for
from moose_dagster.report.console import print_indented
from moose_dagster.report.rows import row_of
from moose_dagster.report.step_words import difference_words
from moose_dagster.state.names import ResourceId


def check(options: ProjectOptions, selection: Selection, output: Output) -> int:
    """Compare every table, view and topic with the code, and write nothing.

    The drift checks in Dagster do the same.

    Exit code 0: everything is as declared. 1: an error. 3: something differs.
    """
    target = options.load()
    with target.connected() as servers:
        run_options = replace(servers.options, selection=selection.of(target.project))
        plan_result = plan_for(target.project, servers.clickhouse, run_options, kafka=servers.kafka)
    code = result_codes.of_check(plan_result)
    resources = [*plan_result.compared, *_undeclared(plan_result)]
    if output.as_json:
        compared = [_as_data(plan_result, resource) for resource in resources]
        output.print_json(
            {
                "project": target.project.name,
                "exit_code": code,
                "resources": compared,
                "notes": list(plan_result.plan.notes),
                "problems": list(map(str, plan_result.problems)),
            }
        )
    else:
        _print(output, plan_result, resources)
    for problem in plan_result.problems:
        output.print_error(str(problem))
    return code


def _undeclared(plan_result: PlanResult) -> list[ResourceId]:
    """Return the resources that left the code and still have steps."""
    compared = set(plan_result.compared)
    others = [resource for resource in plan_result.life_cycles if resource not in compared]
    return [resource for resource in others if plan_result.plan.of(resource)]


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
        life_cycle = plan_result.life_cycles[resource]
        mark = ("ok     ", "green")
        if steps:
            style = "red" if life_cycle is LifeCycle.EXTERNALLY_MANAGED else "yellow"
            mark = ("differs", style)
        output.console.print(Text.assemble(mark, f" {resource} ({life_cycle.value})"))
        for step in steps:
            print_indented(output.console, Text(difference_words(step)), " " * 8, 10)
        differing += bool(steps)
    for note in plan_result.plan.notes:
        output.console.print(Text(f"note: {note}"))
    verb = "differs" if differing == 1 else "differ"
    output.console.print(Text(f"{len(resources)} compared, {differing} {verb}.", style="bold"))
