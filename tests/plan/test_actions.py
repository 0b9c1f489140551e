"""Which statements an allowed change becomes, and what is never sent with it."""

from dataclasses import replace

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.ddl import Names, statements_of
from moose_dagster.plan.proof import Proof
from moose_dagster.state.tables import Default, Engine
from moose_dagster.testing import a_column, a_table, plan_of, verdicts

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
NAMES = Names(stamp="now")


def sent(plan):
    return [statement for action in plan.actions for statement in statements_of(action, NAMES)]


def test_a_protected_table_gets_its_new_column_although_a_removed_one_is_blocked():
    live, desired = a_table("id Int64", "gone String"), a_table("id Int64", "new String")

    plan = plan_of(live, desired, DP)

    assert verdicts(plan) == {"column new": "APPLY", "column gone": "BLOCK"}
    assert sent(plan) == ["ALTER TABLE `shop`.`orders` ADD COLUMN `new` String AFTER `id`"]


def test_a_protected_table_gets_its_new_column_although_its_order_by_is_blocked():
    live, desired = a_table("id Int64"), a_table("id Int64", "b String DEFAULT 'x'", order_by=("b",))

    plan = plan_of(live, desired, DP)

    assert verdicts(plan) == {"column b": "APPLY", "ORDER BY": "BLOCK"}


def test_add_drop_and_retype_are_one_alter_with_a_snapshot_before_it():
    live = a_table("id Int64", "a String", "n Int32")
    desired = a_table("id Int64", "b String", "n Int64")

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [
        "CREATE TABLE `moose_dagster_trash`.`shop__orders__now` AS `shop`.`orders`",
        "ALTER TABLE `moose_dagster_trash`.`shop__orders__now` ATTACH PARTITION ALL FROM `shop`.`orders`",
        ("ALTER TABLE `shop`.`orders` ADD COLUMN `b` String AFTER `id`, MODIFY COLUMN `n` Int64, DROP COLUMN `a`"),
    ]


def test_a_column_appended_to_order_by_is_one_alter():
    live = a_table("id Int64")
    desired = a_table("id Int64", "z String", order_by=("id", "z"))

    plan = plan_of(live, desired, DP)

    assert sent(plan) == ["ALTER TABLE `shop`.`orders` ADD COLUMN `z` String AFTER `id`, MODIFY ORDER BY (id, z)"]


def test_values_are_written_out_before_their_default_changes():
    live = a_table("id Int64", a_column("x Int64", default=Default("DEFAULT", "1")), "y Int64")
    desired = a_table(
        "id Int64",
        a_column("x Int64", default=Default("DEFAULT", "2")),
        a_column("y Int64", default=Default("DEFAULT", "5")),
    )

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` MATERIALIZE COLUMN `x`",
        "ALTER TABLE `shop`.`orders` UPDATE `y` = `y` WHERE 1",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` DEFAULT 2, MODIFY COLUMN `y` DEFAULT 5",
    ]


def test_removed_properties_are_removed_first_and_settings_come_alone():
    live = replace(
        a_table("id Int64", a_column("x Int64", codec="ZSTD(3)", comment="c", default=Default("DEFAULT", "1"))),
        settings={"merge_with_ttl_timeout": "9"},
        ttl="x + 1",
    )
    desired = replace(a_table("id Int64", "x Int64"), comment="t", settings={"min_bytes_for_wide_part": "1"})

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` MATERIALIZE COLUMN `x`",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` REMOVE DEFAULT, MODIFY COLUMN `x` REMOVE CODEC",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` COMMENT '', MODIFY COMMENT 't', REMOVE TTL",
        "ALTER TABLE `shop`.`orders` RESET SETTING merge_with_ttl_timeout",
        "ALTER TABLE `shop`.`orders` MODIFY SETTING min_bytes_for_wide_part = 1",
    ]


def test_a_column_that_loses_nullable_is_given_a_default_only_for_the_change():
    live, desired = a_table("id Int64", "n Nullable(Int64)"), a_table("id Int64", "n Int64")

    plan = plan_of(live, desired, DP, proofs={"n": Proof(0)})

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `n` Int64 DEFAULT defaultValueOfTypeName('Int64')",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `n` REMOVE DEFAULT",
    ]


def test_a_rebuild_copies_before_it_swaps_and_keeps_the_old_table():
    live = a_table("id Int64", "b String", a_column("m Int64", default=Default("MATERIALIZED", "id + 1")))
    desired = replace(live, order_by=("b",))

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [
        (
            "CREATE TABLE `moose_dagster_trash`.`rebuild__shop__orders__now` (`id` Int64, `b` String, "
            "`m` Int64 MATERIALIZED id + 1) ENGINE = MergeTree ORDER BY b"
        ),
        "SYSTEM STOP MERGES `moose_dagster_trash`.`rebuild__shop__orders__now`",
        (
            "INSERT INTO `moose_dagster_trash`.`rebuild__shop__orders__now` (`id`, `b`, `m`) "
            "SELECT `id`, `b`, `m` FROM `shop`.`orders`"
        ),
        "SYSTEM START MERGES `moose_dagster_trash`.`rebuild__shop__orders__now`",
        "EXCHANGE TABLES `shop`.`orders` AND `moose_dagster_trash`.`rebuild__shop__orders__now`",
        (
            "RENAME TABLE `moose_dagster_trash`.`rebuild__shop__orders__now` "
            "TO `moose_dagster_trash`.`shop__orders__now`"
        ),
    ]


def test_a_table_with_parts_nobody_understands_is_not_rebuilt():
    live = a_table("id Int64", "b String")
    desired = replace(live, engine=Engine("ReplacingMergeTree"))

    plan = plan_of(live, desired, FM, not_understood=("INDEX i",))

    assert verdicts(plan) == {"engine": "BLOCK"}
    assert plan.actions == ()
    assert "a rebuilt table would lack INDEX i" in plan.steps[0].reason
    assert plan.notes == ("shop.orders: not compared, this library has no word for it: INDEX i.",)


def test_a_dropped_table_is_renamed_and_never_destroyed():
    plan = plan_of(a_table("id Int64"), None, FM)

    assert sent(plan) == ["RENAME TABLE `shop`.`orders` TO `moose_dagster_trash`.`shop__orders__now`"]


def test_odd_names_and_texts_are_quoted():
    live = a_table("id Int64")
    desired = a_table("id Int64", a_column("x", comment="it's `x`\n"))

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [r"ALTER TABLE `shop`.`orders` ADD COLUMN `x` String COMMENT 'it\'s `x`\n' AFTER `id`"]
