"""Tables of the engine Dictionary beside the dictionaries that they read."""

import pytest

from moose_dagster import plan_for
from moose_dagster.pull import PullOptions, pull, read


@pytest.fixture
def three(db):
    columns = "(id UInt64, v String)"
    db.live(f"rates {columns} ENGINE = Log")
    db.raw(
        f"CREATE DICTIONARY shop.by_id {columns} PRIMARY KEY id "
        f"SOURCE(CLICKHOUSE(TABLE 'rates' DB '{db.database}')) LAYOUT(FLAT()) LIFETIME(0)"
    )
    db.live(f"as_table {columns} ENGINE = Dictionary({db.database}.by_id)")
    return db


def test_they_are_pulled_as_tables(three, folder, imported):
    result = pull(three.clickhouse, None, PullOptions(databases=(three.database,), folder=folder))

    assert result.notes == ()
    assert [table.name for table in result.tables] == ["as_table", "rates"]
    assert [view.name for view in result.views] == ["by_id"]
    assert f"engine=OtherEngine(\"Dictionary('{three.database}.by_id')\")" in "".join(
        result.files.values()
    )
    plan_result = plan_for(imported().project, three.clickhouse)
    assert [step.reason for step in plan_result.plan.steps] + list(plan_result.plan.notes) == []


def test_none_is_managed_as_it_would_be_made_before_its_dictionary(three):
    result = read(three.clickhouse, None, PullOptions(databases=(three.database,), managed=True))

    text = result.files[f"tables_{three.database}.py"]
    reason = (
        "it reads a dictionary, and a plan would create it before the dictionary: it stays "
        "EXTERNALLY_MANAGED."
    )
    assert result.notes == (f"{three.database}.as_table: {reason}",)
    assert text.count("LifeCycle.EXTERNALLY_MANAGED") == 1
    assert text.count("LifeCycle.FULLY_MANAGED") == 2
