"""The exact rights that are printed, by kind and life cycle."""

import pytest
from pydantic import BaseModel
from scenarios.database import declared

from moose_dagster import (
    BatchLoad,
    DeadLetterQueue,
    Dictionary,
    Key,
    LifeCycle,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    OlapTable,
    Project,
    Removed,
    S3Engine,
    Stream,
    StreamConfig,
    View,
    ViewConfig,
)
from moose_dagster.declare.grants import grant_inputs
from moose_dagster.plan.grants import TABLE, TOPIC, VIEW, acls_for, grants_for
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.risk.levels import Risk

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
KEEPING = (
    "SELECT, CREATE TABLE, ALTER ADD COLUMN, ALTER MODIFY COLUMN, ALTER COMMENT "
    "COLUMN, ALTER RENAME COLUMN, "
    "ALTER MATERIALIZE COLUMN, ALTER MODIFY COMMENT, ALTER INDEX, ALTER STATISTICS, "
    "ALTER PROJECTION, "
    "ALTER CONSTRAINT, ALTER TTL, ALTER SETTINGS"
)
MERGES = "SYSTEM MERGES"
IN_TRASH = (
    f"CREATE DATABASE, DROP TABLE, INSERT, ALTER DELETE, ALTER DROP COLUMN, {KEEPING}, {MERGES}"
)
OURS = (
    "GRANT SELECT ON system.merge_tree_settings TO `r`",
    "GRANT SELECT ON system.disks TO `r`",
    "GRANT SELECT ON system.merges TO `r`",
    "GRANT SELECT ON system.mutations TO `r`",
    "GRANT SELECT ON system.parts TO `r`",
    "GRANT SELECT ON system.parts_columns TO `r`",
    "GRANT SELECT ON system.processes TO `r`",
    "GRANT SELECT ON system.storage_policies TO `r`",
    "GRANT SHOW TABLES, SHOW COLUMNS ON *.* TO `r`",
    (
        "GRANT CREATE DATABASE, SELECT, INSERT, CREATE TABLE, DROP TABLE, ALTER MODIFY "
        "COMMENT, ALTER ADD COLUMN ON `ledger`.* TO `r`"
    ),
    f"GRANT {IN_TRASH} ON `trash`.* TO `r`",
    "GRANT TABLE ENGINE ON MergeTree TO `r`",
    "GRANT TABLE ENGINE ON Null TO `r`",
    "GRANT TABLE ENGINE ON ReplacingMergeTree TO `r`",
)
IN_SHOP = "GRANT CREATE DATABASE ON `shop`.* TO `r`"


def statements(*resources):
    project = Project("grants", resources, database="shop")
    return tuple(
        grant.statement("r") for grant in grants_for(grant_inputs(project, "ledger", "trash"))
    )


@pytest.mark.parametrize(
    ("life_cycle", "expected"),
    [
        (
            FM,
            (
                *OURS,
                IN_SHOP,
                (f"GRANT {KEEPING}, INSERT, ALTER DROP COLUMN, DROP TABLE ON `shop`.`t` TO `r`"),
            ),
        ),
        (DP, (*OURS, IN_SHOP, f"GRANT {KEEPING} ON `shop`.`t` TO `r`")),
        (EM, (OURS[0], "GRANT SHOW TABLES, SHOW COLUMNS ON `shop`.`t` TO `r`")),
    ],
)
def test_a_table(life_cycle, expected):
    assert statements(declared("t", "id Int64", life_cycle)) == expected


@pytest.mark.parametrize(
    ("resources", "added"),
    [
        (
            [declared("t", "id Int64", DP, renamed_from="lake.s")],
            [
                f"GRANT {KEEPING}, INSERT ON `shop`.`t` TO `r`",
                "GRANT SELECT, DROP TABLE ON `lake`.`s` TO `r`",
            ],
        ),
        (
            [declared("t", "id Int64", DP, cluster="c")],
            [
                "GRANT SELECT ON system.clusters TO `r`",
                (
                    "GRANT CREATE TEMPORARY TABLE, REMOTE, SHOW TABLES, SHOW COLUMNS, CLUSTER "
                    "ON *.* TO `r`"
                ),
            ],
        ),
        (
            [declared("t", "id Int64", EM, cluster="c")],
            [
                "GRANT SELECT ON system.clusters TO `r`",
                "GRANT CREATE TEMPORARY TABLE, REMOTE ON *.* TO `r`",
            ],
        ),
        (
            [
                declared(
                    "t",
                    "id Int64",
                    DP,
                    engine=S3Engine(path="https://x/y", format="CSV"),
                    order_by_fields=[],
                )
            ],
            [
                "GRANT SHOW TABLES, SHOW COLUMNS, S3 ON *.* TO `r`",
                "GRANT TABLE ENGINE ON S3 TO `r`",
            ],
        ),
        ([Removed("t", reason="r", drop=True)], ["GRANT SELECT, DROP TABLE ON `shop`.`t` TO `r`"]),
        (
            [Removed("t", reason="r", drop=True, kind="view")],
            ["GRANT SELECT, DROP VIEW ON `shop`.`t` TO `r`"],
        ),
        ([Removed("t", reason="r")], []),
    ],
)
def test_what_comes_with_it(resources, added):
    assert set(added) <= set(statements(*resources))


def test_a_view_over_a_table_of_somebody_else_may_read_it_and_no_more():
    source = declared("t", "id Int64", EM)
    view = View("v", "SELECT id FROM t", [source], ViewConfig(life_cycle=DP))

    found = statements(source, view)

    assert "GRANT SHOW TABLES, SHOW COLUMNS, SELECT ON `shop`.`t` TO `r`" in found
    assert (
        "GRANT SELECT, CREATE VIEW, DROP VIEW, ALTER MODIFY COMMENT ON `shop`.`v` TO `r`" in found
    )


def materialized(life_cycle):
    return MaterializedView(
        MaterializedViewOptions(
            materialized_view_name="mv",
            select_statement="SELECT id FROM t",
            select_tables=[SOURCE],
            target_table=TARGET,
            life_cycle=life_cycle,
        )
    )


SOURCE, TARGET = declared("t", "id Int64", DP), declared("u", "id Int64", EM)
ALTER_VIEW = (
    "SELECT, CREATE VIEW, ALTER VIEW MODIFY QUERY, ALTER VIEW MODIFY REFRESH, ALTER MODIFY COMMENT"
)


@pytest.mark.parametrize(
    ("life_cycle", "view", "target"),
    [
        (FM, f"{ALTER_VIEW}, INSERT, DROP VIEW", "SHOW TABLES, SHOW COLUMNS, SELECT, INSERT"),
        (DP, ALTER_VIEW, "SHOW TABLES, SHOW COLUMNS, SELECT, INSERT"),
        (EM, "SHOW TABLES, SHOW COLUMNS", "SHOW TABLES, SHOW COLUMNS"),
    ],
)
def test_a_materialized_view_fills_its_target(life_cycle, view, target):
    found = statements(SOURCE, TARGET, materialized(life_cycle))

    assert f"GRANT {view} ON `shop`.`mv` TO `r`" in found
    assert f"GRANT {target} ON `shop`.`u` TO `r`" in found


def test_a_dictionary():
    words = Dictionary("d", "(id Int64) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)")

    assert (
        "GRANT SHOW DICTIONARIES, CREATE DICTIONARY, DROP DICTIONARY ON `shop`.`d` TO `r`"
        in statements(words)
    )


class Message(BaseModel):
    id: Key[str]


@pytest.mark.parametrize(
    ("life_cycle", "operations"),
    [
        (FM, "Describe DescribeConfigs Create Alter AlterConfigs Delete"),
        (DP, "Describe DescribeConfigs Create Alter AlterConfigs"),
        (EM, "Describe DescribeConfigs"),
    ],
)
def test_a_topic(life_cycle, operations):
    project = Project("grants", [Stream[Message]("clicks", StreamConfig(life_cycle=life_cycle))])
    inputs = grant_inputs(project, "ledger", "trash")

    flags = " ".join(f"--operation {operation}" for operation in operations.split())
    tool = 'kafka-acls.sh --bootstrap-server "$BOOTSTRAP_SERVERS" --add'
    principal = r"--allow-principal 'User:it'\''s'"
    assert [acl.command("User:it's") for acl in acls_for(inputs)] == [
        f"{tool} {principal} {flags} --topic 'clicks'"
    ]
    assert grants_for(inputs) == ()


def test_messages_that_are_loaded_are_read_and_inserted():
    table = OlapTable[Message]("clicks", OlapConfig(life_cycle=EM))
    queue = DeadLetterQueue[Message]("dead", StreamConfig(life_cycle=EM))
    config = StreamConfig(
        life_cycle=EM, destination=table, load=BatchLoad(), default_dead_letter_queue=queue
    )
    project = Project("grants", [table, queue, Stream[Message]("clicks", config)], database="shop")
    inputs = grant_inputs(project, "ledger", "trash")

    assert [acl.operations for acl in acls_for(inputs)] == [
        ("Describe", "DescribeConfigs", "Read", "Write"),
        ("Describe", "DescribeConfigs", "Read"),
    ]
    on_table = [one for one in grants_for(inputs) if one.place == "`shop`.`clicks`"]
    assert [one.privileges for one in on_table] == [
        ("SHOW TABLES", "SHOW COLUMNS", "SELECT", "INSERT")
    ]
    assert any(one.place == "`ledger`.*" for one in grants_for(inputs))


def test_a_topic_to_be_removed():
    project = Project("grants", [Removed("clicks", reason="r", drop=True, kind="topic")])

    assert [acl.operations for acl in acls_for(grant_inputs(project, "l", "t"))] == [
        ("Describe", "Delete")
    ]


def test_no_right_to_drop_goes_further_than_the_policy():
    takes = {
        "DROP TABLE",
        "ALTER DROP COLUMN",
        "ALTER DELETE",
        "TRUNCATE",
        "Delete",
        "SYSTEM MERGES",
        "INSERT",
    }
    for life_cycle in LifeCycle:
        destroys = verdict_on(life_cycle, Risk.DESTRUCTIVE) is Verdict.APPLY
        for rights in (TABLE[life_cycle], TOPIC[life_cycle]):
            assert bool(takes & set(rights)) == destroys
        assert all(
            "DROP" not in right and "ALTER" not in right
            for kind in VIEW
            for right in VIEW[kind][EM]
        )


@pytest.mark.requires("25.8", "no GRANT on names that begin alike")
def test_the_server_reads_every_statement(connected):
    every = statements(
        *(
            declared(f"t{life_cycle.value}", "id Int64", life_cycle, cluster="c")
            for life_cycle in LifeCycle
        ),
        declared("t", "id Int64", DP, renamed_from="lake.s"),
        TARGET,
        materialized(FM),
        MaterializedView(
            MaterializedViewOptions(
                materialized_view_name="own",
                select_statement="SELECT id FROM t",
                select_tables=[],
                order_by_fields=["id"],
            )
        ),
        Dictionary("d", "(id Int64) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)"),
        declared(
            "s3",
            "id Int64",
            DP,
            engine=S3Engine(path="https://x/y", format="CSV"),
            order_by_fields=[],
        ),
    )

    assert "GRANT SELECT ON `shop`.`.inner_id.`* TO `r`" in every
    for statement in every:
        read = connected.query("SELECT formatQuerySingleLineOrNull(%(text)s)", {"text": statement})[
            0
        ][0]
        assert read, statement
