"""Which statements an allowed change becomes, and what is never sent with it."""

from dataclasses import replace

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.risk.probes import Proof
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Default, Engine, Index, Projection
from moose_dagster.testing import a_column, a_table, plan_of, verdicts

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
NAMES = Names(stamp="now")


def sent(plan, names=NAMES):
    return [statement for action in plan.actions for statement in statements_of(action, names)]


CLONE = "`moose_dagster_trash`.`rebuild__shop__orders__now`"
FORMER = "`moose_dagster_trash`.`former__shop__orders__now`"
SIZES = "max_bytes_to_merge_at_max_space_in_pool, max_bytes_to_merge_at_min_space_in_pool"
NO_MERGES = (
    "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1"
)


def changes_of_clone(plan):
    return [
        statement
        for statement in sent(plan)
        if statement.startswith(f"ALTER TABLE {CLONE}") and "ATTACH" not in statement
    ]


def test_a_protected_table_gets_its_new_column_although_a_removed_one_is_blocked():
    live, desired = a_table("id Int64", "gone String"), a_table("id Int64", "new String")

    plan = plan_of(live, desired, DP)

    assert verdicts(plan) == {"column new": "APPLY", "column gone": "BLOCK"}
    assert sent(plan) == ["ALTER TABLE `shop`.`orders` ADD COLUMN `new` String AFTER `id`"]


def test_a_protected_table_gets_its_new_column_although_its_order_by_is_blocked():
    live, desired = (
        a_table("id Int64"),
        a_table("id Int64", "b String DEFAULT 'x'", order_by=("b",)),
    )

    plan = plan_of(live, desired, DP)

    assert verdicts(plan) == {"column b": "APPLY", "ORDER BY": "BLOCK"}


def test_add_drop_and_retype_are_one_alter_of_a_clone_that_takes_the_place_of_the_table():
    live = a_table("id Int64", "a String", "n Int32")
    desired = a_table("id Int64", "b String", "n Int64")
    stage = "`moose_dagster_trash`.`staging__1__shop__orders__now`"

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [
        f"CREATE TABLE {CLONE} AS `shop`.`orders`",
        f"ALTER TABLE `shop`.`orders` MODIFY SETTING enable_block_number_column = 1, {NO_MERGES}",
        f"ALTER TABLE {CLONE} ATTACH PARTITION ALL FROM `shop`.`orders`",
        f"ALTER TABLE `shop`.`orders` RESET SETTING {SIZES}",
        (
            f"ALTER TABLE {CLONE} ADD COLUMN `b` String AFTER `id`, MODIFY COLUMN `n` Int64, "
            "DROP COLUMN `a`"
        ),
        f"EXCHANGE TABLES `shop`.`orders` AND {CLONE}",
        f"RENAME TABLE {CLONE} TO {FORMER}",
        f"CREATE TABLE {stage} AS `shop`.`orders`",
        f"SYSTEM STOP MERGES {stage}",
        (
            f"INSERT INTO {stage} (`id`, `n`) SELECT `id`, `n` FROM {FORMER} "
            "WHERE _partition_id = {partition} AND _block_number <= {block}"
        ),
        f"ALTER TABLE {stage} MOVE PARTITION ID '{{partition}}' TO TABLE `shop`.`orders`",
        f"ALTER TABLE {FORMER} RESET SETTING enable_block_number_column, {SIZES}",
        f"DROP TABLE IF EXISTS {stage} SYNC",
        f"RENAME TABLE {FORMER} TO `moose_dagster_trash`.`shop__orders__now`",
    ]


def test_a_column_appended_to_order_by_is_one_alter():
    live = a_table("id Int64")
    desired = a_table("id Int64", "z String", order_by=("id", "z"))

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` ADD COLUMN `z` String AFTER `id`, MODIFY ORDER BY (id, z)"
    ]


def test_values_are_materialized_before_their_default_changes():
    live = a_table("id Int64", a_column("x Int64", default=Default("DEFAULT", "1")), "y Int64")
    desired = a_table(
        "id Int64",
        a_column("x Int64", default=Default("DEFAULT", "2")),
        a_column("y Int64", default=Default("DEFAULT", "5")),
    )

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` MATERIALIZE COLUMN `x`",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `y` DEFAULT defaultValueOfTypeName('Int64')",
        "ALTER TABLE `shop`.`orders` MATERIALIZE COLUMN `y`",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `y` REMOVE DEFAULT",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` DEFAULT 2, MODIFY COLUMN `y` DEFAULT 5",
    ]


def test_properties_are_removed_first_and_what_swallows_a_comma_is_sent_alone():
    live = replace(
        a_table(
            "id Int64",
            a_column("x Int64", codec="ZSTD(3)", comment="c", default=Default("DEFAULT", "1")),
        ),
        settings={"merge_with_ttl_timeout": "9"},
        ttl="x + 1",
    )
    desired = replace(
        a_table("id Int64", "x Int64"), comment="t", settings={"min_bytes_for_wide_part": "1"}
    )

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` MATERIALIZE COLUMN `x`",
        (
            "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` REMOVE DEFAULT, MODIFY COLUMN "
            "`x` REMOVE CODEC"
        ),
        "ALTER TABLE `shop`.`orders` RESET SETTING merge_with_ttl_timeout",
        "ALTER TABLE `shop`.`orders` MODIFY SETTING min_bytes_for_wide_part = 1",
        "ALTER TABLE `shop`.`orders` MODIFY COLUMN `x` COMMENT '', MODIFY COMMENT 't', REMOVE TTL",
    ]


def test_a_column_that_loses_nullable_is_given_a_default_only_for_the_change():
    live, desired = a_table("id Int64", "n Nullable(Int64)"), a_table("id Int64", "n Int64")

    plan = plan_of(live, desired, DP, proofs={"n": Proof(0)})

    clone = "ALTER TABLE `moose_dagster_trash`.`rebuild__shop__orders__now` "
    assert [text.removeprefix(clone) for text in sent(plan) if " MODIFY COLUMN " in text] == [
        "MODIFY COLUMN `n` Int64 DEFAULT defaultValueOfTypeName('Int64')",
        "MODIFY COLUMN `n` REMOVE DEFAULT",
    ]


def test_a_rebuild_copies_before_it_swaps_and_keeps_the_old_table():
    live = a_table(
        "id Int64", "b String", a_column("m Int64", default=Default("MATERIALIZED", "id + 1"))
    )
    desired = replace(live, order_by=("b",))

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [
        (
            "CREATE TABLE `moose_dagster_trash`.`rebuild__shop__orders__now` (`id` "
            "Int64, `b` String, "
            "`m` Int64 MATERIALIZED id + 1) ENGINE = MergeTree ORDER BY b"
        ),
        (
            "CREATE TABLE `moose_dagster_trash`.`staging__1__shop__orders__now` "
            "AS `moose_dagster_trash`.`rebuild__shop__orders__now`"
        ),
        "SYSTEM STOP MERGES `moose_dagster_trash`.`staging__1__shop__orders__now`",
        f"ALTER TABLE `shop`.`orders` MODIFY SETTING enable_block_number_column = 1, {NO_MERGES}",
        f"ALTER TABLE `shop`.`orders` RESET SETTING {SIZES}",
        (
            "INSERT INTO `moose_dagster_trash`.`staging__1__shop__orders__now` (`id`, `b`, `m`) "
            "SELECT `id`, `b`, `m` FROM `shop`.`orders` "
            "WHERE _partition_id = {partition} AND _block_number <= {block}"
        ),
        (
            "ALTER TABLE `moose_dagster_trash`.`staging__1__shop__orders__now` MOVE "
            "PARTITION ID '{partition}' "
            "TO TABLE `moose_dagster_trash`.`rebuild__shop__orders__now`"
        ),
        "EXCHANGE TABLES `shop`.`orders` AND `moose_dagster_trash`.`rebuild__shop__orders__now`",
        f"RENAME TABLE {CLONE} TO {FORMER}",
        f"ALTER TABLE {FORMER} RESET SETTING enable_block_number_column, {SIZES}",
        "DROP TABLE IF EXISTS `moose_dagster_trash`.`staging__1__shop__orders__now` SYNC",
        f"RENAME TABLE {FORMER} TO `moose_dagster_trash`.`shop__orders__now`",
    ]


def test_a_table_with_parts_nobody_understands_is_not_rebuilt():
    live = a_table("id Int64", "b String")
    desired = replace(live, engine=Engine("ReplacingMergeTree"))

    plan = plan_of(live, desired, FM, not_understood={live.id: ("INDEX i",)})

    assert verdicts(plan) == {"engine": "BLOCK"}
    assert plan.actions == ()
    assert "a rebuilt table would lack INDEX i" in plan.steps[0].reason
    assert plan.notes == ("shop.orders: not understood, and so not compared: INDEX i.",)


def test_a_dropped_table_is_renamed_and_never_destroyed():
    plan = plan_of(a_table("id Int64"), None, FM)

    assert sent(plan) == [
        "RENAME TABLE `shop`.`orders` TO `moose_dagster_trash`.`shop__orders__now`"
    ]


def test_odd_names_and_texts_are_quoted():
    live = a_table("id Int64")
    desired = a_table("id Int64", a_column("x", comment="it's `x`\n"))

    plan = plan_of(live, desired, FM)

    assert sent(plan) == [
        r"ALTER TABLE `shop`.`orders` ADD COLUMN `x` String COMMENT 'it\'s `x`\n' AFTER `id`"
    ]


PARTS = {
    "indexes": (Index("i", "n", "minmax"), Index("j", "id", "minmax")),
    "projections": (Projection("p", "SELECT n ORDER BY n"),),
}


def test_a_retyped_column_leaves_its_indexes_and_projections_for_the_change():
    live, desired = a_table("id Int64", "n Int32", **PARTS), a_table("id Int64", "n Int64", **PARTS)

    plan = plan_of(live, desired, DP)

    assert sent(plan) == [
        "ALTER TABLE `shop`.`orders` DROP INDEX `i`, DROP PROJECTION `p`",
        (
            "ALTER TABLE `shop`.`orders` MODIFY COLUMN `n` Int64, "
            "ADD INDEX i n TYPE minmax GRANULARITY 1, ADD PROJECTION p (SELECT n ORDER BY n)"
        ),
        "ALTER TABLE `shop`.`orders` MATERIALIZE INDEX `i`, MATERIALIZE PROJECTION `p`",
    ]


def test_15_an_index_goes_in_the_alter_that_drops_its_column():
    live = a_table("id Int64", "n Int32", indexes=(Index("i", "n", "minmax"),))

    plan = plan_of(live, a_table("id Int64"), FM)

    assert changes_of_clone(plan)[0] == f"ALTER TABLE {CLONE} DROP INDEX `i`, DROP COLUMN `n`"


def test_a_column_that_a_changed_default_used_is_dropped_after_it():
    live = a_table("id Int64", "n Int64", a_column("m Int64", default=Default("DEFAULT", "n + 1")))
    desired = a_table("id Int64", a_column("m Int64", default=Default("DEFAULT", "1")))

    plan = plan_of(live, desired, FM)

    assert changes_of_clone(plan)[-2:] == [
        f"ALTER TABLE {CLONE} MODIFY COLUMN `m` DEFAULT 1",
        f"ALTER TABLE {CLONE} DROP COLUMN `n`",
    ]


def test_13_a_renamed_column_keeps_its_values_and_what_hangs_on_it():
    live = a_table("id Int64", "note String", indexes=(Index("i", "note", "set(9)"),))
    desired = a_table(
        "id Int64", "remark String", "more Int8", indexes=(Index("i", "remark", "set(9)"),)
    )

    plan = plan_of(live, desired, DP, renamed={"remark": "note"})

    assert verdicts(plan) == {"column name remark": "APPLY", "column more": "APPLY"}
    assert changes_of_clone(plan) == [
        f"ALTER TABLE {CLONE} RENAME COLUMN `note` TO `remark`",
        f"ALTER TABLE {CLONE} ADD COLUMN `more` Int8 AFTER `remark`",
    ]


def test_a_projection_leaves_for_the_rename_of_its_column():
    live, desired = a_table("id Int64", "n Int64", **PARTS), a_table("id Int64", "m Int64")
    parts = {"indexes": (Index("i", "m", "minmax"), PARTS["indexes"][1])}
    desired = replace(desired, projections=(Projection("p", "SELECT m ORDER BY m"),), **parts)

    plan = plan_of(live, desired, DP, renamed={"m": "n"})

    assert changes_of_clone(plan) == [
        f"ALTER TABLE {CLONE} DROP PROJECTION `p`",
        f"ALTER TABLE {CLONE} RENAME COLUMN `n` TO `m`",
        f"ALTER TABLE {CLONE} ADD PROJECTION p (SELECT m ORDER BY m)",
        f"ALTER TABLE {CLONE} MATERIALIZE PROJECTION `p`",
    ]


def test_a_rebuild_is_printed_before_the_time_of_the_run_is_known_for_any_name_of_a_table():
    live = replace(a_table("id Int64", "b String"), id=TableId("shop", "a {} {b}"))

    first, *_ = sent(plan_of(live, replace(live, order_by=("b",)), FM), Names())

    assert "`moose_dagster_trash`.`rebuild__shop__a {} {b}__{time}`" in first


def test_a_renamed_key_column_is_a_rebuild_that_copies_under_the_new_name():
    live, desired = a_table("id Int64", "n Int8"), a_table("key Int64", "n Int8")

    plan = plan_of(live, desired, FM, renamed={"key": "id"})

    assert sent(plan)[5].startswith(
        "INSERT INTO `moose_dagster_trash`.`staging__1__shop__orders__now` (`key`, `n`) "
        "SELECT `id`, `n` FROM `shop`.`orders` WHERE "
    )


def test_what_uses_a_column_waits_for_its_blocked_rename():
    live, desired = (
        a_table("id Int64", "n Int8"),
        a_table("key Int64", "x Int8 DEFAULT 1", "n Int8"),
    )
    desired = replace(desired, indexes=(Index("i", "key + 1", "minmax"),))

    plan = plan_of(live, desired, DP, renamed={"key": "id"})

    assert verdicts(plan) == {"column name key": "BLOCK", "column x": "APPLY", "index i": "BLOCK"}
    assert sent(plan) == ["ALTER TABLE `shop`.`orders` ADD COLUMN `x` Int8 DEFAULT 1"]


def test_every_statement_of_a_table_on_a_cluster_says_so():
    """The embedded engine has no clusters (code 392), so the text itself is compared."""
    live, desired = (
        a_table("id Int64", "gone String"),
        a_table("id Int64", indexes=(Index("i", "id", "minmax"),)),
    )
    changed = replace(desired, comment="x", settings={"merge_with_ttl_timeout": "7200"})
    on_hosts = {"clusters": {live.id: "main"}}
    trash_entry = "`moose_dagster_trash`.`shop__orders__now`"

    assert sent(plan_of(None, live, FM, **on_hosts)) == [
        (
            "CREATE TABLE `shop`.`orders` ON CLUSTER `main` (`id` Int64, `gone` String) "
            "ENGINE = MergeTree ORDER BY id"
        )
    ]
    assert sent(plan_of(live, desired, FM, **on_hosts)) == [
        f"CREATE TABLE {trash_entry} ON CLUSTER `main` AS `shop`.`orders`",
        f"ALTER TABLE {trash_entry} ON CLUSTER `main` ATTACH PARTITION ALL FROM `shop`.`orders`",
        (
            "ALTER TABLE `shop`.`orders` ON CLUSTER `main` DROP COLUMN `gone`, ADD INDEX "
            "i id TYPE minmax GRANULARITY 1"
        ),
        "ALTER TABLE `shop`.`orders` ON CLUSTER `main` MATERIALIZE INDEX `i`",
    ]
    assert sent(plan_of(desired, changed, FM, **on_hosts)) == [
        (
            "ALTER TABLE `shop`.`orders` ON CLUSTER `main` MODIFY SETTING "
            "merge_with_ttl_timeout = 7200"
        ),
        "ALTER TABLE `shop`.`orders` ON CLUSTER `main` MODIFY COMMENT 'x'",
    ]
    assert sent(plan_of(live, None, FM, **on_hosts)) == [
        f"RENAME TABLE `shop`.`orders` TO {trash_entry} ON CLUSTER `main`"
    ]


def test_a_table_on_a_cluster_is_not_rebuilt_from_the_rows_of_one_host():
    live = a_table("id Int64", "n Int64")

    plan = plan_of(live, replace(live, order_by=("n",)), FM, clusters={live.id: "main"})

    assert verdicts(plan) == {"ORDER BY": "BLOCK"}
    assert "rows on the other hosts of the cluster" in plan.steps[0].reason
