import pytest

from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine


def test_a_table_is_named_by_its_database_and_its_own_name():
    assert TableId.parse("shop.orders") == TableId("shop", "orders")


def test_what_stands_after_the_first_dot_is_the_name():
    assert TableId.parse("shop.orders.2024") == TableId("shop", "orders.2024")


@pytest.mark.parametrize("text", ["", "orders", ".orders", "shop."])
def test_a_name_without_one_of_the_two_names_no_table(text: str):
    assert TableId.parse(text) is None


def test_a_replicated_engine_has_the_plain_name_of_the_other():
    assert Engine("ReplicatedReplacingMergeTree").plain_name == "ReplacingMergeTree"


@pytest.mark.parametrize("name", ["MergeTree", "SharedMergeTree", "Memory"])
def test_an_engine_that_keeps_every_row_merges_none(name: str):
    assert not Engine(name).merges_rows
