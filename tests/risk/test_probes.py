"""Which probes decide about a change, and how one query asks them all."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.probes import Rows, added_to, probe_query, probes_of
from moose_dagster.state.tables import Constraint
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", "n Nullable(Int64)", "e Enum8('a' = 1, 'b' = 2)", "ts DateTime")


def retype(name, desired):
    return changes.ChangeType(LIVE.id, LIVE.column(name), a_column(f"{name} {desired}"))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (retype("id", "Int8"), ["id"]),
        (retype("id", "Int128"), []),
        (retype("e", "Enum8('a' = 1)"), ["e", "e"]),
        (retype("n", "Int64"), ["n", "n"]),
        (changes.ChangeTableTtl(LIVE.id, "", "ts + toIntervalDay(1)"), [""]),
        (changes.AddElement(LIVE.id, Constraint("c", "CHECK", "id > 0")), ["CONSTRAINT c"]),
        (changes.DropColumn(LIVE.id, LIVE.columns[0]), []),
    ],
)
def test_only_what_depends_on_the_rows_is_asked(change, names):
    assert [probe.name for probe in probes_of([change], LIVE)] == names


@pytest.mark.parametrize("samples", [True, False])
def test_every_question_about_a_table_is_part_of_one_query(samples):
    ttl = changes.ChangeTableTtl(LIVE.id, "", "ts + toIntervalDay(1)")
    probes = tuple(probes_of([retype("id", "Int8"), ttl], LIVE))

    query = probe_query(Rows(LIVE.id), probes, samples=samples)

    assert query.count("FROM `shop`.`orders`") == 1
    assert query.count("countIf(") == 2
    assert ("groupArrayIf(3)" in query) is samples


def test_a_renamed_column_is_read_by_its_live_name():
    probes = tuple(probes_of([retype("id", "Int8")], LIVE))

    query = probe_query(Rows(LIVE.id, names={"id": "key"}), probes, samples=False)

    assert "`key` AS `id`" in query


def test_columns_that_come_with_the_change_are_known():
    column = a_column("x Int8")
    elsewhere = changes.AddColumn(a_table("id Int64", name="shop.other").id, column, "id")

    assert added_to(LIVE.id, [changes.AddColumn(LIVE.id, column, "id"), elsewhere]) == (column,)
