"""What must touch metadata alone is sent so that the server itself refuses anything else."""

from collections import defaultdict
from typing import Any

import pytest
from scenarios.database import DP, declared_as

from moose_dagster import OlapConfig, TableConstraint, TableIndex
from moose_dagster.errors import ServerError

ONLY_METADATA = {"allow_non_metadata_alters": 0}
INDEX = TableIndex("i", "n", "minmax")
ALTERS = [
    # live column, declared column, further config, whether each ALTER of the table is metadata
    # alone
    ("n Int64", "n Int64 COMMENT 'x'", {}, [True]),
    ("n Int64", "n Int64 CODEC(ZSTD(3))", {}, [True]),
    ("n Int64 CODEC(ZSTD(3))", "n Int64", {}, [True]),
    ("n Enum8('a' = 1)", "n Enum8('a' = 1, 'b' = 2)", {}, [True]),
    ("n Enum8('a' = 1)", "n Enum8('a' = 1, 'b' = 2) COMMENT 'TTL, x' CODEC(ZSTD(3))", {}, [True]),
    ("n Int64 DEFAULT 1", "n Int64 DEFAULT 2", {}, [False, True]),
    ("n Int64 DEFAULT 1", "n Int64", {}, [False, True]),
    ("n Int64 ALIAS id", "n Int64 ALIAS id + 1", {}, [True]),
    (
        "n Int64",
        "n Int64",
        {"settings": {"merge_with_ttl_timeout": 7, "min_bytes_for_wide_part": 1}},
        [True],
    ),
    ("n Int64", "n Int64", {"comment": "DROP COLUMN n, x"}, [True]),
    ("n Int64", "n Int64", {"constraints": [TableConstraint("k", "n > 0")]}, [True]),
    ("n Int64", "n Int64", {"indexes": [INDEX]}, [True, False]),
    # On a clone: of the table itself only settings are changed, and changed back.
    ("n Int64", "n Int64", {"ttl": "ts + INTERVAL 70 YEAR"}, [True, True]),
    ("n Int64", "n Int64 TTL ts + INTERVAL 70 YEAR", {}, [True, True]),
    ("n Int64 TTL ts + INTERVAL 70 YEAR", "n Int64", {}, [True]),
    ("n Int64", "n Int8", {}, [True, True]),
    ("n Enum8('a' = 1)", "n Enum16('a' = 1, 'b' = 2)", {}, [False]),
]


class Listening:
    """A connection that keeps the settings of each ALTER of the tables, by table."""

    def __init__(self, db):
        self.db = db
        self.alters = defaultdict(list)
        self.command = db.clickhouse.command
        db.clickhouse.command = self.listen

    def listen(self, sql: str, settings: Any = None) -> None:
        start = f"ALTER TABLE `{self.db.database}`.`"
        if sql.startswith(start):
            table = sql.removeprefix(start).partition("`")[0]
            self.alters[table].append(dict(settings).get("allow_non_metadata_alters") == 0)
        self.command(sql, settings)


def test_an_alter_that_must_be_metadata_alone_is_sent_as_such(db):
    tables = []
    for number, (live, desired, config, _) in enumerate(ALTERS):
        name = f"t{number}"
        db.live(f"{name} (id Int64, ts DateTime, {live}) ENGINE = MergeTree ORDER BY id")
        db.raw(f"INSERT INTO shop.{name} (id, ts) VALUES (1, now())")
        if "n Int64" in live and "ALIAS" not in live:
            db.raw(f"ALTER TABLE shop.{name} UPDATE n = 5 WHERE 1 SETTINGS mutations_sync = 1")
        options = OlapConfig(life_cycle=DP, order_by_fields=["id"], **config)
        tables.append(declared_as(name, ["id Int64", "ts DateTime", desired], options))
    sent = Listening(db)

    db.reconcile(*tables)

    expected = {f"t{number}": alters for number, (*_, alters) in enumerate(ALTERS)}
    assert sent.alters == expected
    assert db.plan(*tables) == {}


def test_a_new_column_and_a_longer_key_are_metadata_alone(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    table = declared_as(
        "orders", ["id Int64", "n Int64"], OlapConfig(life_cycle=DP, order_by_fields=["id", "n"])
    )
    sent = Listening(db)

    db.reconcile(table)

    assert sent.alters == {"orders": [True]}


@pytest.mark.parametrize(
    "command", ["MODIFY COLUMN n Int8", "DROP COLUMN n", "MODIFY TTL ts + toIntervalDay(1)"]
)
def test_the_server_refuses_to_rewrite_rows_under_that_setting(db, command):
    db.live(
        "orders (id Int64, n Int64, ts DateTime) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 300, now())",
    )

    with pytest.raises(ServerError, match="will modify data on disk") as refused:
        db.clickhouse.command(f"ALTER TABLE {db.database}.orders {command}", ONLY_METADATA)

    assert refused.value.code == 524
    assert db.rows("SELECT n FROM shop.orders") == [(300,)]
