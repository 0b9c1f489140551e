"""Laws that hold for any two states."""

from dataclasses import fields, replace

import pytest
from hypothesis import example, given, settings
from laws.strategies import states, tables

from moose_dagster.apply.guard import guard
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of
from moose_dagster.diff.evolve import evolve
from moose_dagster.diff.tables import diff_tables
from moose_dagster.diff.views import evolve_views
from moose_dagster.errors import GuardError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.report.rows import statements_by_step
from moose_dagster.risk.levels import Risk
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Constraint, Default, Engine, Index, Projection, Table
from moose_dagster.state.views import View, ViewKind
from moose_dagster.testing import a_column, a_table, a_view, plan_of, view_plan_of

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED


def in_any_order(state):
    # The order of columns is not a facet: it decides where a new column goes, and is never altered.
    return {
        table_id: replace(
            table, columns=tuple(sorted(table.columns, key=lambda column: column.name))
        )
        for table_id, table in state.tables.items()
    }


def known(live, desired, life_cycle):
    ids = {*live.tables, *desired.tables}
    return TablePlanInputs(
        life_cycles=dict.fromkeys(ids, life_cycle), removed=dict.fromkeys(ids, life_cycle)
    )


@given(states())
def test_a_state_does_not_differ_from_itself(state):
    assert diff_tables(state, state) == ()


@given(states(), states())
def test_the_diff_played_forward_reaches_desired(live, desired):
    assert in_any_order(evolve(live, diff_tables(live, desired))) == in_any_order(desired)


@given(tables())
def test_canonical_twice_is_canonical_once(table):
    assert canonical(table) == table


@given(states(), states())
def test_an_external_resource_never_has_a_step_to_apply(live, desired):
    plan = build_table_plan(live, desired, known(live, desired, EM))

    assert plan.actions == ()
    assert plan.steps == plan.with_verdict(Verdict.DRIFT)


@given(states(), states())
def test_what_policy_blocks_is_what_still_differs(live, desired):
    plan = build_table_plan(live, desired, known(live, desired, DP))
    after = evolve(live, [step.change for step in plan.with_verdict(Verdict.APPLY)])

    left = {(type(change), change.table) for change in diff_tables(after, desired)}

    blocked_actions = {
        (type(step.change), step.change.table) for step in plan.with_verdict(Verdict.BLOCK)
    }
    assert left == blocked_actions


@given(states(), states())
@pytest.mark.parametrize("life_cycle", LifeCycle)
def test_every_step_that_could_be_made_names_its_statements_and_drift_has_none(
    life_cycle, live, desired
):
    plan = build_table_plan(live, desired, known(live, desired, life_cycle))

    texts = statements_by_step(plan, Names())

    for action in plan.blocked_actions:
        with pytest.raises(GuardError):
            guard(action, {action.resource: life_cycle})
    for step, text in zip(plan.steps, texts, strict=True):
        could = step.verdict is not Verdict.DRIFT and step.risk is not Risk.IMPOSSIBLE
        assert bool(text) is could


def one_table(*columns):
    table = a_table(*columns)
    return State({table.id: table})


@given(states(), states())
# The empty value is written out once the default, which an earlier run may remove, is gone.
@example(
    one_table("id Int8", a_column("b Array(String)", default=Default("DEFAULT", "1"))),
    one_table("id Int8", "b Int8"),
)
def test_blocked_steps_are_what_the_next_plan_would_send_if_it_were_allowed(live, desired):
    plan = build_table_plan(live, desired, known(live, desired, DP))
    after = evolve(live, [step.change for step in plan.with_verdict(Verdict.APPLY)])

    next_plan = build_table_plan(after, desired, known(after, desired, FM))

    unproved = {step.resource for step in next_plan.with_verdict(Verdict.BLOCK)}
    shown = statements_by_table(plan.blocked_actions, unproved)
    assert shown == statements_by_table(next_plan.actions, unproved)


def statements_by_table(actions, unproved):
    return {one.table: statements_of(one, Names()) for one in actions if one.table not in unproved}


@given(states(), states())
def test_a_protected_plan_drops_and_recreates_nothing(live, desired):
    plan = build_table_plan(live, desired, known(live, desired, DP))

    for action in plan.actions:
        gone = (
            set() if action.context.live is None else {c.name for c in action.context.live.columns}
        )
        assert action.target is not None
        assert gone <= {column.name for column in action.target.columns}
        assert action.route.value in {"CREATE", "ALTER"}


@given(states(), states())
@settings(max_examples=50)
def test_the_same_states_give_the_same_plan_and_fingerprint(live, desired):
    plans = [build_table_plan(live, desired, known(live, desired, FM)) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0].fingerprint == plans[1].fingerprint


CHANGED = {
    Table: {
        "columns": (a_column("id Int64"), a_column("x Int64")),
        "engine": Engine("ReplacingMergeTree"),
        "order_by": ("x",),
        "primary_key": (),
        "partition_by": "id",
        "sample_by": "id",
        "ttl": "id + 1",
        "settings": {"index_granularity": "1"},
        "comment": "hello",
        "indexes": (Index("i", "id", "minmax"),),
        "projections": (Projection("p", "SELECT id ORDER BY id"),),
        "constraints": (Constraint("c", "CHECK", "id > 0"),),
    },
    Column: {
        "type": "String",
        "default": Default("DEFAULT", "1"),
        "codec": "ZSTD(3)",
        "comment": "hello",
        "ttl": "id + 1",
        "statistics": "uniq",
        "settings": {"min_compress_block_size": "1"},
    },
    Index: {"expression": "id + 1", "type": "set(1)", "granularity": 2},
    Projection: {"body": "SELECT id ORDER BY x"},
    Constraint: {"kind": "ASSUME", "expression": "id > 1"},
}
CHANGED[View] = {
    "kind": ViewKind.DICTIONARY,
    "columns": (Column("id", "Int8"),),
    "security": "SQL SECURITY INVOKER",
    "query": "SELECT 2",
    "target": TableId("shop", "others"),
    "inner": a_table("id Int64"),
    "refresh": "EVERY 1 HOUR",
    "comment": "hello",
}
# A table or column of another name is another resource, not another facet.
EXCUSED = {
    Table: {"id", "unread"},  # what is unread of one side is compared with nothing
    # What the query says already, and whether the code or the server chooses the columns.
    View: {"id", "reads", "has_column_list"},
    **{kind: {"name"} for kind in (Column, Index, Projection, Constraint)},
}
PARTS = {
    "indexes": Index("i", "id", "minmax"),
    "projections": Projection("p", "SELECT id ORDER BY id"),
    "constraints": Constraint("c", "CHECK", "id > 0"),
}


@pytest.mark.parametrize("facet", sorted(CHANGED[Table]))
def test_every_facet_of_a_table_is_compared(facet):
    live = a_table("id Int64")

    plan = plan_of(live, replace(live, **{facet: CHANGED[Table][facet]}))

    assert len(plan.steps) == 1


@pytest.mark.parametrize("facet", sorted(CHANGED[Column]))
def test_every_facet_of_a_column_is_compared(facet):
    live = a_table("id Int64", "x Int64")
    changed = replace(live.columns[1], **{facet: CHANGED[Column][facet]})

    plan = plan_of(live, replace(live, columns=(live.columns[0], changed)))

    assert len(plan.steps) == 1


@pytest.mark.parametrize("facet", PARTS)
def test_every_facet_of_a_part_is_compared(facet):
    part = PARTS[facet]
    live = replace(a_table("id Int64"), **{facet: (part,)})

    for name, value in CHANGED[type(part)].items():
        plan = plan_of(live, replace(live, **{facet: (replace(part, **{name: value}),)}))

        assert len(plan.steps) == 1


@pytest.mark.parametrize("facet", sorted(CHANGED[View]))
def test_every_facet_of_a_view_is_compared(facet):
    live = a_view(target=TableId("shop", "totals"))
    desired = replace(live, **{facet: CHANGED[View][facet]})

    plan = view_plan_of(live, desired)

    assert len(plan.steps) == 1
    assert evolve_views({live.id: live}, [step.change for step in plan.steps]) == {
        desired.id: desired
    }
    assert view_plan_of(desired, desired).steps == ()


def test_the_census_names_every_field_of_state():
    for kind, excused in EXCUSED.items():
        assert {field.name for field in fields(kind)} == {*CHANGED[kind], *excused}
    assert {field.name for field in fields(State)} == {"tables", "topics", "views"}
