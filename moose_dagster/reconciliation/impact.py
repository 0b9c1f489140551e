"""What a plan touches: what its resources hold and lose, and the views that read them."""

from collections.abc import Collection
from itertools import islice

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.table_changes import RenameTable
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.live.readers import read_readers
from moose_dagster.plan.impact import Impact, lost_by
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.sql.reads import readers_in
from moose_dagster.state.graph import Side, side_of
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.topics import TopicId

# What people read; one query asks for the views of all of them.
_MOST_RESOURCES = 200


def impact_of(plan_result: PlanResult, clickhouse: ClickHouse | None) -> tuple[Impact, ...]:
    """Return what each resource with steps touches, with one query; none for no steps.

    Args:
        plan_result: What was found and is planned.
        clickhouse: The server to ask for the views of the first 200; a server that does not answer
            leaves them out.
    """
    plans = plan_result.plan.apart()
    tables = {one: plan for one, plan in plans.items() if not isinstance(one, TopicId)}
    asked = dict(islice(tables.items(), _MOST_RESOURCES))
    places = {_place(one, plan) for one, plan in asked.items()}
    uses = _uses(clickhouse, plan_result.live, places & plan_result.facts.keys())
    return tuple(
        _of_topic(plan_result, one, plan)
        if isinstance(one, TopicId)
        else _of_table(plan_result, one, plan, uses if one in asked else None)
        for one, plan in plans.items()
    )


def _uses(clickhouse: ClickHouse | None, live: State, places: Collection[TableId]) -> Side | None:
    if clickhouse is None:
        return Side()
    try:
        return side_of(readers_in(live, read_readers(clickhouse, places).readers))
    except (ServerError, ServerUnreachable):
        return None


def _of_topic(plan_result: PlanResult, topic: TopicId, plan: Plan) -> Impact:
    live = plan_result.live.topics.get(topic)
    facts = plan_result.topic_facts.get(topic)
    messages = facts.messages if facts else None
    partitions = live.partitions if live else None
    return Impact(topic, messages=messages, partitions=partitions, lost=lost_by(plan, messages))


def _of_table(plan_result: PlanResult, resource: TableId, plan: Plan, uses: Side | None) -> Impact:
    live = _place(resource, plan)
    facts = plan_result.storage_facts(resource) or plan_result.facts.get(live)
    rows = facts.rows if facts else None
    place = live.place if isinstance(live, ViewId) else live
    fillers = tuple(one.id for one in uses.fillers_of(place)) if uses else ()
    readers = None if uses is None else tuple(one.id for one in uses.readers_of(place))
    return Impact(
        resource,
        rows,
        facts.bytes if facts else None,
        lost=lost_by(plan, rows),
        views=readers,
        filled_by=fillers,
    )


def _place(resource: TableId, plan: Plan) -> TableId:
    """Return the name that *resource* has now, which a rename changes."""
    changes = (step.change for step in plan.steps)
    return next((change.live for change in changes if isinstance(change, RenameTable)), resource)
