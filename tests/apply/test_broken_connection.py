"""A result names what was applied, what failed and what a broken connection did not reach."""

import pytest
from connections import Breaking
from scenarios.database import declared

from moose_dagster import Options, reconcile


@pytest.mark.parametrize("for_good", [False, True], ids=["a blip", "gone"])
@pytest.mark.parametrize(
    "word", ["ALTER TABLE", "INSERT INTO `trash"], ids=["an ALTER", "a rebuild"]
)
def test_the_outcome_names_what_was_applied_failed_and_not_reached(db, word, for_good):
    db.reconcile(declared("b", "id Int64; v Int64"), declared("c", "id Int64"))
    db.raw("INSERT INTO shop.b VALUES (1, 1)")
    key = "v" if "trash" in word else "id"
    desired = [
        declared("b", "id Int64; v Int64; w Int64", order_by_fields=[key]),
        declared("c", "id Int64; w Int64"),
    ]
    breaking = Breaking(db.clickhouse.connected, 10_000, sent=False, for_good=for_good, word=word)

    outcome = reconcile(
        db.project(declared("a", "id Int64"), *desired), breaking, Options(**db.options)
    )

    ended = {
        result.action.resource.name: (result.error, result.reached) for result in outcome.results
    }
    assert ended == {
        "a": ("", True),
        "b": ("the connection was lost", True),
        "c": ("not reached: the connection was lost before", False),
    }
    assert [str(problem) for problem in outcome.after.problems] == [
        "the connection was lost"
    ] * for_good
