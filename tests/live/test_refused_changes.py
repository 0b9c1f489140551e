"""What the server refuses of a definition is blocked in the plan, and nothing else is."""

import pytest
from connections import WithoutTemporaryTables
from scenarios.database import DP, FM, Recording, declared, declared_as

from moose_dagster import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseTTL,
    OlapConfig,
    Options,
    TableIndex,
    TableProjection,
    clickhouse_default,
    plan_for,
    reconcile,
)
from moose_dagster.errors import ServerError
from moose_dagster.sql.create import create_table

COLUMNS = ["id Int64", "d Date", "n Int64", "f Float64"]
TABLES = {
    "TTL of an unknown column": {"ttl": "dd + INTERVAL 1 DAY"},
    "TTL of a number": {"ttl": "n"},
    "TTL to an unknown disk": {"ttl": "d + INTERVAL 1 DAY TO DISK 'absent'"},
    "TTL to an unknown volume": {"ttl": "d + INTERVAL 1 DAY TO VOLUME 'absent'"},
    "key of an unknown column": {"order_by_expression": "idd"},
    "key that is not deterministic": {"order_by_expression": "rand()"},
    "partition of floats": {"partition_by": "f"},
    "sample of signed numbers": {"sample_by_expression": "id"},
    "sample outside the key": {"sample_by_expression": "toUInt64(n)"},
    "value of a setting": {"settings": {"index_granularity": "abc"}},
    "zero": {"settings": {"index_granularity": "0"}},
    "storage policy": {"settings": {"storage_policy": "absent"}},
    "disk": {"settings": {"disk": "absent"}},
    "projection": {"projections": [TableProjection(name="p", body="SELECT idd ORDER BY id")]},
}
OF_COLUMNS = {
    "default of an unknown column": clickhouse_default("idd + 1"),
    "default of a syntax error": clickhouse_default("a\nb"),
    "default that aggregates": clickhouse_default("sum(id)"),
    "default with a query": clickhouse_default("(SELECT 1)"),
    "alias of itself": ClickHouseAlias("x + 1"),
    "level of a codec": ClickHouseCodec("ZSTD(99)"),
    "column TTL of a number": ClickHouseTTL("n"),
    "column TTL of an unknown column": ClickHouseTTL("dd + INTERVAL 1 DAY"),
}


def table(name="t", **config):
    key = {} if "order_by_expression" in config else {"order_by_fields": ["id"]}
    return declared_as(name, COLUMNS, OlapConfig(**key, **config))


def with_column(annotation, columns="id Int64; d Date; n Int64; x Int64"):
    table = declared("t", columns)
    table.model.model_fields["x"].metadata.append(annotation)
    return table


REFUSED = {name: table(**config) for name, config in TABLES.items()}
REFUSED |= {name: with_column(annotation) for name, annotation in OF_COLUMNS.items()}


def steps(db, *tables, clickhouse=None):
    project = db.project(*tables)
    options = Options(**db.options, adopt=True)
    plan = plan_for(project, clickhouse or db.clickhouse, options).plan
    return {type(step.change).__name__: (step.verdict.value, step.reason) for step in plan.steps}


def verdicts(found):
    return {change: verdict for change, (verdict, _) in found.items()}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_new_table_that_the_server_refuses_is_blocked(db, refused):
    (created,) = db.project(refused).desired.state.tables.values()

    ((verdict, reason),) = steps(db, refused).values()

    assert verdict == "BLOCK"
    assert "the server refuses it: " in reason
    with pytest.raises(ServerError):
        db.raw(create_table(created))


@pytest.mark.parametrize("life_cycle", [DP, FM])
def test_one_refused_change_holds_up_no_other(db, life_cycle):
    db.reconcile(table(life_cycle=life_cycle))
    changed = table(
        life_cycle=life_cycle,
        ttl="d + INTERVAL 9000 DAY TO DISK 'absent'",
        comment="orders",
        settings={"merge_with_ttl_timeout": "7200"},
        indexes=[TableIndex(name="i", expression="n", type="minmax")],
    )

    found = steps(db, changed)

    assert verdicts(found) == {
        "ChangeTableTtl": "BLOCK",
        "ChangeTableComment": "APPLY",
        "ChangeSetting": "APPLY",
        "AddElement": "APPLY",
    }
    assert "No such disk" in found["ChangeTableTtl"][1]
    reconcile(db.project(changed), db.clickhouse, Options(**db.options, adopt=True))
    assert verdicts(steps(db, changed)) == {"ChangeTableTtl": "BLOCK"}


def test_two_refused_changes_have_a_reason_each(db):
    db.reconcile(table())

    found = steps(
        db,
        table(
            ttl="n",
            settings={"storage_policy": "absent"},
            indexes=[TableIndex(name="i", expression="n", type="ngrambf_v1(3, 256, 2, 0)")],
        ),
    )

    assert verdicts(found) == {
        "ChangeTableTtl": "BLOCK",
        "ChangeSetting": "BLOCK",
        "AddElement": "BLOCK",
    }
    assert "ngrambf" in found["AddElement"][1]
    assert "absent" in found["ChangeSetting"][1]


def test_an_index_over_a_column_of_the_same_plan_is_not_refused(db):
    db.reconcile(table())
    more = declared("t", "id Int64; d Date; n Int64; f Float64; more Int64")
    more.config.indexes.append(TableIndex(name="i", expression="more", type="minmax"))

    assert verdicts(steps(db, more)) == {"AddColumn": "APPLY", "AddElement": "APPLY"}


def test_a_user_without_the_right_plans_as_before(db):
    connected = WithoutTemporaryTables(db.clickhouse.connected)

    found = steps(db, table(settings={"storage_policy": "absent"}), clickhouse=connected)

    assert verdicts(found) == {"CreateTable": "APPLY"}


class WithoutMergeTree(Recording):
    """A server that makes no temporary table of an engine with parts."""

    def command(self, sql, settings=None):
        if "TEMPORARY" in sql:
            raise ServerError("Code: 48. DB::Exception: Not implemented", 48)
        super().command(sql, settings)


def test_a_server_without_such_temporary_tables_blocks_nothing(db):
    connected = WithoutMergeTree(db.clickhouse.connected)

    found = steps(db, table(settings={"storage_policy": "absent"}), clickhouse=connected)

    assert verdicts(found) == {"CreateTable": "APPLY"}


def test_no_temporary_table_is_made_of_a_plain_one(db):
    recording = Recording(db.clickhouse.connected)

    steps(db, declared("t", "id Int64; n Nullable(String)"), clickhouse=recording)

    assert [sql for sql in recording.writes if "TEMPORARY" in sql] == []
