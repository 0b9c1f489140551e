"""`moose-dagster check`."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Selection
from moose_dagster.cli.settings import Where
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.reconcile import Survey, plan_for
from moose_dagster.report.console import print_indented
from moose_dagster.report.rows import row_of
from moose_dagster.state.resources import ResourceId


def check(where: Where, selection: Selection, output: Output) -> int:
    """Compare every table, view and topic with the code, as the drift checks in Dagster do. Nothing is written.

    Exit code 0: everything is as declared. 1: an error. 3: something differs.
    """
    target = where.load()
    with target.connected() as servers:
        options = replace(servers.options, selection=selection.of(target.project))
        survey = plan_for(target.project, servers.clickhouse, options, kafka=servers.kafka)
    code = exit_codes.of_check(survey)
    compared = set(survey.compared)
    left_code = [one for one in survey.promises if one not in compared and survey.plan.of(one)]
    looked_at = [*survey.compared, *left_code]
    if output.as_json:
        output.print_json(
            {
                "project": target.project.name,
                "exit_code": code,
                "resources": [_as_data(survey, resource) for resource in looked_at],
                "notes": list(survey.plan.notes),
                "problems": [str(problem) for problem in survey.problems],
            }
        )
    else:
        _print(output, survey, looked_at)
    for problem in survey.problems:
        output.complain(str(problem))
    return code


def _as_data(survey: Survey, resource: ResourceId) -> Mapping[str, object]:
    rows = [asdict(row_of(step)) for step in survey.plan.of(resource)]
    life_cycle = survey.promises[resource].value
    return {"resource": str(resource), "life_cycle": life_cycle, "passed": not rows, "differences": rows}


def _print(output: Output, survey: Survey, resources: list[ResourceId]) -> None:
    differing = 0
    for resource in resources:
        steps = survey.plan.of(resource)
        external = survey.promises[resource] is LifeCycle.EXTERNALLY_MANAGED
        mark, style = ("ok     ", "green") if not steps else ("differs", "red" if external else "yellow")
        output.console.print(Text.assemble((mark, style), f" {resource} ({survey.promises[resource].value})"))
        for step in steps:
            print_indented(output.console, Text(step.reason), " " * 8, 10)
        differing += bool(steps)
    for note in survey.plan.notes:
        output.console.print(Text(f"note: {note}"))
    output.console.print(Text(f"{len(resources)} compared, {differing} differ.", style="bold"))
