"""A plan names renames that nobody declared but that it looks like."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.testing import a_table, plan_of, verdicts

DP = LifeCycle.DELETION_PROTECTED


def test_12_an_undeclared_rename_is_pointed_at():
    plan = plan_of(
        a_table("id Int64", "note String", "n Int8"),
        a_table("id Int64", "remark String", "n Int8"),
        DP,
    )

    assert verdicts(plan) == {"column remark": "APPLY", "column note": "BLOCK"}
    assert len(plan.notes) == 1
    assert "column remark is added, and note of the same type is dropped" in plan.notes[0]
    assert 'declare RenamedFrom("note")' in plan.notes[0]


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        (("id Int64", "note String"), ("id Int64", "remark Int8")),
        (("id Int64", "a String", "b String"), ("id Int64", "c String")),
        (("id Int64", "a String"), ("id Int64", "b String", "c String")),
    ],
    ids=["another type", "two that go", "two that come"],
)
def test_what_may_be_several_columns_is_not_pointed_at(live, desired):
    assert plan_of(a_table(*live), a_table(*desired), DP).notes == ()
