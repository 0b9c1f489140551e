"""The policy as a table that the documentation shows."""

from moose_dagster.plan.policy import POLICY
from moose_dagster.report.policy_table import policy_table
from moose_dagster.risk.levels import Risk


def test_the_table_has_a_row_for_each_risk_and_a_column_for_each_life_cycle():
    head, line, *rows = policy_table().splitlines()

    assert head == "| risk | FULLY_MANAGED | DELETION_PROTECTED | EXTERNALLY_MANAGED |"
    assert line == "|---|" + "---|" * len(POLICY)
    risks = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert risks == [risk.value for risk in Risk]


def test_what_loses_something_is_blocked_for_protected_tables():
    (row,) = [row for row in policy_table().splitlines() if "DESTRUCTIVE" in row]

    assert row == ("| DESTRUCTIVE | applied | blocked, reported | never written, reported |")
