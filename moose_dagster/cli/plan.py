"""`moose-dagster plan`."""

from dataclasses import replace

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.selection import Allowed, Selection
from moose_dagster.cli.settings import Where
from moose_dagster.plan.names import Names
from moose_dagster.reconcile import impact_of, plan_for
from moose_dagster.report.console import print_plan
from moose_dagster.report.impact import impact_as_data
from moose_dagster.report.rows import counts_of, plan_as_data


def plan(where: Where, selection: Selection, allowed: Allowed, output: Output) -> int:
    """Show what apply would do, what is blocked and why, and what drifted. Nothing is written.

    Exit code 0: nothing to do. 1: an error. 2: there are changes to apply. 3: nothing to apply, but something
    is blocked or drifted.
    """
    target = where.load()
    with target.connected() as servers:
        options = replace(allowed.added_to(servers.options), selection=selection.of(target.project))
        survey = plan_for(target.project, servers.clickhouse, options, kafka=servers.kafka)
        impacts = impact_of(survey, servers.clickhouse)
    code, names = exit_codes.of_plan(survey), Names(options.trash_database)
    if output.as_json:
        output.print_json(
            {
                "project": target.project.name,
                "exit_code": code,
                "counts": counts_of(survey.plan),
                "plan": plan_as_data(survey.plan, names),
                "impact": [impact_as_data(impact) for impact in impacts],
                "problems": [str(problem) for problem in survey.problems],
            }
        )
    else:
        print_plan(output.console, survey.plan, names, impacts)
    for problem in survey.problems:
        output.complain(str(problem))
    return code
