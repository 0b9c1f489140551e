"""Builders for tests of schemas: resources from short texts, and plans without a server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moose_dagster.diff.changes import Change
from moose_dagster.diff.tables import Renames
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.plan.describe import describe
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.plan.topics import TopicPlanInputs, build_topic_plan
from moose_dagster.plan.views import ViewPlanInputs, build_view_plan
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.views import ViewFacts
from moose_dagster.sql.views import read_by
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.topics import Topic, TopicId
from moose_dagster.state.views import View, ViewKind


def a_column(text: str, **facets: Any) -> Column:  # noqa: ANN401 - passed to Column
    """Return a column from `name Type`; further facets of `Column` by keyword."""
    name, _, column_type = text.partition(" ")
    return Column(name, column_type or "String", **facets)


def a_table(*columns: Column | str, name: str = "shop.orders", **facets: Any) -> Table:  # noqa: ANN401 - as above
    """Return a canonical table from columns or `name Type` texts.

    ORDER BY is the first column unless it is among the facets of `Table`.
    """
    given = tuple(column if isinstance(column, Column) else a_column(column) for column in columns)
    facets.setdefault("order_by", (given[0].name,))
    return canonical(Table(_table_id(name), given, **facets))


def plan_of(
    live: Table | None,
    desired: Table | None,
    life_cycle: LifeCycle = LifeCycle.FULLY_MANAGED,
    *,
    proofs: Mapping[str, Proof] | None = None,
    renamed: Mapping[str, str] | None = None,
    **inputs: Any,  # noqa: ANN401 - passed to TablePlanInputs
) -> Plan:
    """Return the plan that takes *live* to *desired* under *life_cycle*, without a server.

    Args:
        live: The live table, or None if there is none.
        desired: The declared table, or None if the code no longer declares it.
        life_cycle: Its life cycle; for a table that left the code, the one in the ledger.
        proofs: What probes of the data would answer, by column name (`""` for the table's TTL).
        renamed: The earlier name of each renamed column by its declared name.
        inputs: Further fields of `moose_dagster.plan.tables.TablePlanInputs`.
    """
    table = live or desired
    if table is None:
        return Plan()
    live_state = _state(live)
    desired_state = _state(desired)
    inputs.setdefault("life_cycles", {table.id: life_cycle})
    inputs.setdefault("removed", {table.id: life_cycle})
    inputs.setdefault("renames", Renames(columns={table.id: renamed or {}}))
    all_inputs = TablePlanInputs(proofs={table.id: proofs or {}}, **inputs)
    return build_table_plan(live_state, fill_undeclared(desired_state, live_state), all_inputs)


def a_topic(name: str = "orders", **facets: Any) -> Topic:  # noqa: ANN401 - passed to Topic
    """Return a topic; facets of `Topic` by keyword."""
    return Topic(TopicId(name), **facets)


def topic_plan_of(
    live: Topic | None,
    desired: Topic | None,
    life_cycle: LifeCycle = LifeCycle.FULLY_MANAGED,
    *,
    proofs: Mapping[str, Proof] | None = None,
    **facts: Any,  # noqa: ANN401 - an int and a bool, named below
) -> Plan:
    """Return the plan that takes *live* to *desired* under *life_cycle*, without a cluster.

    Args:
        live: The live topic, or None if there is none.
        desired: The declared topic, or None if the code no longer declares it.
        life_cycle: Its life cycle; for a topic that left the code, the one in the ledger.
        proofs: What probes would answer, by config name.
        facts: `messages`, how many the topic holds (0), and `recreate`, whether the run may delete
            a topic with messages (False).
    """
    topic = live or desired
    if topic is None:
        return Plan()
    inputs = TopicPlanInputs(
        life_cycles={topic.id: life_cycle},
        removed={topic.id: life_cycle},
        messages={topic.id: facts.get("messages", 0)},
        recreate=facts.get("recreate", False),
        proofs={topic.id: proofs or {}},
    )
    return build_topic_plan(
        {live.id: live} if live else {}, {desired.id: desired} if desired else {}, inputs
    )


def a_view(query: str = "SELECT 1", name: str = "shop.recent", **facets: Any) -> View:  # noqa: ANN401 - as above
    """Return a view; it is materialized if `target` or `inner` is among the facets of `View`."""
    place = _table_id(name)
    materialized = {"target", "inner"} & facets.keys()
    facets.setdefault("kind", ViewKind.MATERIALIZED_VIEW if materialized else ViewKind.VIEW)
    return View(
        ViewId(place.database, place.name),
        query=query,
        reads=read_by(query, place.database),
        **facets,
    )


def view_plan_of(
    live: View | None,
    desired: View | None,
    life_cycle: LifeCycle = LifeCycle.FULLY_MANAGED,
    **facts: Any,  # noqa: ANN401
) -> Plan:
    """Return the plan that takes *live* to *desired* under *life_cycle*, without a server.

    Args:
        live: The live view, or None if there is none.
        desired: The declared view, or None if the code no longer declares it.
        life_cycle: Its life cycle; for a view that left the code, the one in the ledger.
        facts: Those of `moose_dagster.risk.views.ViewFacts`, and the `cluster` of the view.
    """
    view = live or desired
    if view is None:
        return Plan()
    cluster = str(facts.pop("cluster", ""))
    inputs = ViewPlanInputs(
        {view.id: life_cycle},
        removed={view.id: life_cycle},
        facts={view.id: ViewFacts(**facts)},
        clusters={view.id: cluster},
    )
    return build_view_plan(
        {live.id: live} if live else {}, {desired.id: desired} if desired else {}, inputs
    )


def verdicts(plan: Plan) -> dict[str, str]:
    """Return `facet column` -> verdict for every step, such as `{"column note": "BLOCK"}`."""
    return {_name(step): step.verdict.value for step in plan.steps}


def _name(step: Step[Change]) -> str:
    text = describe(step.change)
    return f"{text.facet} {text.column}".strip()


def _state(table: Table | None) -> State:
    return State({table.id: replace(table)} if table else {})


def _table_id(name: str) -> TableId:
    table = TableId.parse(name)
    if table is None:
        raise ValueError(f"{name!r}: write database.name")
    return table
