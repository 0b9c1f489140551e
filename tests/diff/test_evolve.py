"""Changes that are played forward lead from the live state to the desired one."""

import pytest

from moose_dagster.diff.evolve import evolve
from moose_dagster.diff.tables import diff_tables
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Constraint, Default, Engine, Index, Projection
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", "note String", indexes=(Index("i", "id", "minmax"),))


@pytest.mark.parametrize(
    "desired",
    [
        a_table("id Int64", "n Int8", "note String", indexes=LIVE.indexes),
        a_table("id Int64", indexes=LIVE.indexes),
        a_table("id Int32", a_column("note String", default=Default("ALIAS", "toString(id)"))),
        a_table("id Int64", "note String", order_by=("note", "id"), primary_key=("note",)),
        a_table("id Int64", "note String", engine=Engine("SummingMergeTree"), comment="x"),
        a_table("id Int64", "note String", ttl="toDate(id)", settings={"ttl_only_drop_parts": "1"}),
        a_table("id Int64", "note String", indexes=(Index("i", "note", "minmax"),)),
        a_table(
            "id Int64",
            "note String",
            constraints=(Constraint("c", "CHECK", "id > 0"),),
            projections=(Projection("p", "(SELECT note ORDER BY note)"),),
        ),
    ],
)
def test_the_differences_lead_to_the_desired_table(desired):
    live_state, desired_state = State({LIVE.id: LIVE}), State({desired.id: desired})

    evolved = evolve(live_state, diff_tables(live_state, desired_state))

    assert diff_tables(evolved, desired_state) == ()


def test_a_dropped_table_is_gone_and_a_created_one_is_there():
    state = State({LIVE.id: LIVE})

    assert evolve(state, diff_tables(state, State())).tables == {}
    assert evolve(State(), diff_tables(State(), state)) == state
