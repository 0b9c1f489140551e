"""How many rows the steps of a resource take or alter."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import lost_by
from moose_dagster.risk.probes import Proof
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "n Int64", "note String")


@pytest.mark.parametrize(
    ("desired", "total", "lost"),
    [
        (None, 7, {"all": 7}),
        (None, None, {}),
        (a_table("id Int64", "n Int64"), 7, {"note": 7}),
        (a_table("id Int64", "n Int8", "note String"), 7, {"n": 2}),
        (a_table("id Int64", "n Int64", "note String", comment="x"), 7, {"n": 2}),
    ],
)
def test_rows_are_counted_by_what_takes_them(desired, total, lost):
    proofs = {"n": Proof(2)} if desired and len(desired.columns) == 3 else {}

    assert lost_by(plan_of(LIVE, desired, proofs=proofs), total) == lost


def test_an_external_table_loses_nothing_to_this_library():
    plan = plan_of(LIVE, a_table("id Int64", "n Int64"), LifeCycle.EXTERNALLY_MANAGED)

    assert lost_by(plan, 7) == {}
