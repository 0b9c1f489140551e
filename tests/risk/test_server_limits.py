"""What a server lacks makes a change impossible, and the reason names it."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.server_limits import (
    ServerLimits,
    encrypting_codecs,
    merge_tree_settings_of,
    nearest,
    unsupported_by_server,
)
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_column, a_table

SECRET = a_column("s String", codec="ZSTD(1), AES_128_GCM_SIV")
LIMITS = ServerLimits(frozenset({"AES_128_GCM_SIV"}), {"merge_with_tll": "merge_with_ttl"})


def test_codecs_that_encrypt_need_a_key():
    assert encrypting_codecs([SECRET, a_column("n Int8")]) == {"AES_128_GCM_SIV"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (a_table("id Int64", SECRET), "no key for AES_128_GCM_SIV"),
        (a_table("id Int64", settings={"merge_with_tll": "1"}), "but has merge_with_ttl"),
    ],
)
def test_a_table_that_the_server_can_not_make_is_impossible(table, words):
    assessed = unsupported_by_server(changes.CreateTable(table), LIMITS)

    assert assessed is not None
    assert assessed.risk is Risk.IMPOSSIBLE
    assert words in assessed.why


def test_what_the_server_has_is_not_an_obstacle():
    change = changes.CreateTable(a_table("id Int64", SECRET))

    assert unsupported_by_server(change, ServerLimits()) is None
    assert unsupported_by_server(changes.DropTable(a_table("id Int64").id), LIMITS) is None


def test_only_settings_of_mergetree_tables_are_looked_up():
    settings = {"ttl_only_drop_parts": "1"}

    assert merge_tree_settings_of(a_table("id Int64", settings=settings)) == set(settings)
    log = a_table("id Int64", engine=Engine("Log"), order_by=(), settings=settings)
    assert merge_tree_settings_of(log) == set()


@pytest.mark.parametrize(
    ("name", "found"), [("ttl_only_drop_part", "ttl_only_drop_parts"), ("xyz", "")]
)
def test_the_nearest_setting_is_named_where_one_is_near(name, found):
    assert nearest(name, ["ttl_only_drop_parts", "index_granularity"]) == found
