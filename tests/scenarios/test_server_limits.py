"""A plan says what the server would refuse; it is not sent, and nothing else waits for it."""

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import OlapTable
from moose_dagster.live.server_limits import keyless_codecs

AES = "s String CODEC(AES_128_GCM_SIV)"
NO_KEY = "the server has no key for AES_128_GCM_SIV (encryption_codecs in its configuration)"
tells_keys = pytest.mark.requires("26.9", "it can't be asked whether it has a key")
tells_settings = pytest.mark.requires("25.8", "it tells no setting by its name")


def encrypted(db, life_cycle=FM) -> OlapTable:
    return db.declared_column("orders", AES, life_cycle)


@tells_keys
@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "BLOCK"), (DP, "BLOCK"), (EM, "DRIFT")])
def test_a_codec_that_the_server_has_no_key_for_is_not_sent_in_a_create(db, life_cycle, verdict):
    other = declared("other", "id Int64")

    plan_result = db.plan_result(encrypted(db, life_cycle), other)
    db.reconcile(encrypted(db, life_cycle), other)

    assert [(step.resource.name, step.verdict.value) for step in plan_result.plan.steps] == [
        ("orders", verdict),
        ("other", "APPLY"),
    ]
    assert (NO_KEY in plan_result.plan.steps[0].reason) is (life_cycle is not EM)
    assert db.value("EXISTS TABLE shop.orders") == 0
    assert db.value("EXISTS TABLE shop.other") == 1


@tells_keys
def test_a_codec_without_a_key_holds_up_no_other_change_of_a_table_that_is_there(db):
    db.live("orders (id Int64, s String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'a')")
    desired = declared("orders", "id Int64; s String; n Int64").model
    codec = encrypted(db).model
    both = type(
        "Row", (desired,), {"__annotations__": {"s": codec.model_fields["c1"].rebuild_annotation()}}
    )
    table = OlapTable[both]("orders", encrypted(db).config)

    assert db.plan(table) == {"codec s": "BLOCK", "column n": "APPLY"}
    db.reconcile(table)
    db.raw("INSERT INTO shop.orders VALUES (2, 'b', 3)")

    assert db.rows("SELECT id, s, n FROM shop.orders ORDER BY id") == [(1, "a", 0), (2, "b", 3)]


def test_no_server_is_asked_what_it_would_die_of(db, server_version):
    keyless = keyless_codecs(db.clickhouse, ["ZSTD", "AES_256_GCM_SIV"])

    assert keyless == ({"AES_256_GCM_SIV"} if server_version >= (26, 9) else set())
    assert db.value("SELECT 1") == 1


@tells_settings
def test_a_setting_that_there_is_not_is_said_with_the_one_it_was_meant_to_be(db):
    wrong = declared(
        "orders",
        "id Int64",
        settings={"merge_with_tll_timeout": 7200, "min_bytes_for_wide_part": 0},
    )

    (step,) = db.plan_result(wrong).plan.steps

    assert step.verdict.value == "BLOCK"
    assert step.reason.startswith(
        f"{db.database}.orders: create table: the server has no table setting "
        "merge_with_tll_timeout, but has merge_with_ttl_timeout (FULLY_MANAGED). "
        "Change the declaration"
    )
    db.reconcile(declared("orders", "id Int64"))
    assert db.plan(wrong) == {
        "setting merge_with_tll_timeout": "BLOCK",
        "setting min_bytes_for_wide_part": "APPLY",
    }


@pytest.mark.requires("26.9", "the setting has its own name there")
def test_another_name_of_a_setting_is_one_that_there_is(db):
    table = declared(
        "orders", "id Int64", DP, settings={"allow_experimental_block_number_column": 1}
    )

    db.reconcile(table)

    assert db.plan(table) == {}
