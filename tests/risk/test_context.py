"""Which columns are part of a key, and which tables can be rebuilt."""

import pytest

from moose_dagster.risk.context import TableContext, assess_rebuild, in_key
from moose_dagster.risk.levels import Risk
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table

COLUMNS = ("id Int64", "day Date", "ver UInt8", "note String")


@pytest.mark.parametrize(
    ("facets", "in_a_key"),
    [
        ({"order_by": ("id",)}, {"id"}),
        ({"order_by": ("id", "toYear(day)")}, {"id", "day"}),
        ({"order_by": ("id",), "partition_by": "toYYYYMM(day)"}, {"id", "day"}),
        ({"order_by": ("id",), "engine": Engine("ReplacingMergeTree", ("ver",))}, {"id", "ver"}),
    ],
)
def test_a_key_is_what_sorts_partitions_or_merges(facets, in_a_key):
    table = a_table(*COLUMNS, **facets)

    assert {column.name for column in table.columns if in_key(column.name, table)} == in_a_key


@pytest.mark.parametrize(
    ("engine", "context", "risk"),
    [
        ("MergeTree", {}, Risk.REBUILD),
        ("Log", {}, Risk.REBUILD),
        ("Null", {}, Risk.REBUILD),
        ("Set", {}, Risk.IMPOSSIBLE),
        ("View", {}, Risk.IMPOSSIBLE),
        ("MergeTree", {"not_understood": ("COLLATE of id",)}, Risk.IMPOSSIBLE),
        ("MergeTree", {"cluster": "main"}, Risk.IMPOSSIBLE),
        ("Null", {"cluster": "main"}, Risk.REBUILD),
    ],
)
def test_a_table_is_rebuilt_only_if_all_of_it_can_be_copied(engine, context, risk):
    live = a_table(*COLUMNS, engine=Engine(engine), order_by=())

    assessed = assess_rebuild("the key changes", TableContext(live, **context))

    assert assessed.risk is risk
