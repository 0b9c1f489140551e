"""The table of what engines do with an ALTER says no more than what was measured."""

import csv
from pathlib import Path

import pytest

from moose_dagster.risk.engines import IN_PLACE

MEASURED = {
    (row["engine"], row["change"]): row["outcome"]
    for row in csv.DictReader(
        Path(__file__).with_name("measured.tsv").read_text().splitlines(), delimiter="\t"
    )
}
ALLOWED = sorted((engine, alter) for engine, alters in IN_PLACE.items() for alter in alters)


@pytest.mark.parametrize(("engine", "alter"), ALLOWED, ids=map(" ".join, ALLOWED))
def test_an_alter_is_sent_only_where_rows_were_measured_to_be_kept(engine: str, alter: str):
    keeps = {"taken"} if engine == "Distributed" else {"kept"}

    outcomes = {
        outcome
        for (measured, change), outcome in MEASURED.items()
        if measured == engine and change.partition(",")[0] == alter
    }

    assert outcomes == keeps


def test_no_engine_outside_the_merge_tree_family_renames_a_column_with_its_values():
    keeps = {
        engine
        for (engine, alter), found in MEASURED.items()
        if alter == "rename column" and found == "kept"
    }

    assert keeps == set()


def test_materialize_column_is_for_the_merge_tree_family_alone():
    keeps = {
        engine
        for (engine, alter), found in MEASURED.items()
        if alter == "materialize column" and found == "kept"
    }

    assert keeps == set()
