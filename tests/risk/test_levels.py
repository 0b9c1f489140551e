"""The risks, from the harmless one to the one that is never taken."""

from moose_dagster.risk.levels import Risk


def test_they_stand_in_the_order_of_what_may_be_lost():
    assert [risk.value for risk in Risk] == [
        "SAFE",
        "REWRITE",
        "DATA_DEPENDENT",
        "REBUILD",
        "DESTRUCTIVE",
        "IMPOSSIBLE",
    ]
