"""Measure what each table engine does with each ALTER, and print a line for each of the two.

Every cell runs in a process of its own, as some of them end the server. Columns of the result: the
engine, the change, and what became of the rows: `kept`, `changed`, `unreadable`, `refused` with the
server's code, or `ended` where the server did not survive.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

CLUSTER = """<clickhouse><remote_servers><here><shard><replica>
<host>127.0.0.1</host><port>9000</port></replica></shard></here></remote_servers></clickhouse>"""
COLUMNS = (
    "id UInt64, x UInt8 DEFAULT 1, n Nullable(String), e Enum8('a' = 1, 'b' = 2), s String, "
    "m UInt64 MATERIALIZED id, a UInt64 ALIAS id"
)
ROWS = "(1, 10, 'p', 'a', '5'), (2, 1, 'q', 'b', '6')"
NULL_ROW = "(3, 1, NULL, 'a', '7')"
ENGINES = {
    "Memory": "Memory",
    "Log": "Log",
    "TinyLog": "TinyLog",
    "StripeLog": "StripeLog",
    "Null": "Null",
    "Buffer": "Buffer(d, source, 1, 600, 600, 1000000, 1000000, 100000000, 100000000)",
    "Merge": "Merge(d, '^source$')",
    "Distributed": "Distributed(here, d, source)",
    "Join": "Join(ANY, LEFT, id)",
    "Set": "Set",
    "EmbeddedRocksDB": "EmbeddedRocksDB PRIMARY KEY id",
    "GenerateRandom": "GenerateRandom(1)",
}
ALL = "id, x, n, e, s, m"
CHANGES = {
    # What is sent, and what is read before and after.
    "add column": ("ADD COLUMN z String DEFAULT 'z'", ALL, ALL),
    "drop column": ("DROP COLUMN s", "id, x, n, e, m", "id, x, n, e, m"),
    "rename column": ("RENAME COLUMN s TO r", "id, s", "id, r"),
    "wider type": ("MODIFY COLUMN x UInt64", ALL, ALL),
    "other type": ("MODIFY COLUMN s Int64", "id, toString(s)", "id, toString(s)"),
    "nullable": ("MODIFY COLUMN s Nullable(String)", ALL, ALL),
    "not nullable": ("MODIFY COLUMN n String DEFAULT ''", ALL, ALL),
    "not nullable, with a NULL": (
        "MODIFY COLUMN n String DEFAULT ''",
        "id, ifNull(n, '')",
        "id, n",
    ),
    "more members": ("MODIFY COLUMN e Enum8('a' = 1, 'b' = 2, 'c' = 3)", ALL, ALL),
    "default": ("MODIFY COLUMN x DEFAULT 2", ALL, ALL),
    "default, of a later column": ("MODIFY COLUMN late DEFAULT 2", "id, late", "id, late"),
    "no default": ("MODIFY COLUMN x REMOVE DEFAULT", ALL, ALL),
    "materialized": ("MODIFY COLUMN m MATERIALIZED id + 1", ALL, ALL),
    "alias": ("MODIFY COLUMN a ALIAS id + 1", ALL, ALL),
    "materialize column": ("MATERIALIZE COLUMN x", ALL, ALL),
    "codec": ("MODIFY COLUMN s CODEC(ZSTD(1))", ALL, ALL),
    "statistics": ("ADD STATISTICS x TYPE minmax", ALL, ALL),
    "column comment": ("COMMENT COLUMN s 'c'", ALL, ALL),
    "table comment": ("MODIFY COMMENT 'c'", ALL, ALL),
    "index": ("ADD INDEX i s TYPE minmax", ALL, ALL),
    "constraint": ("ADD CONSTRAINT c CHECK id > 0", ALL, ALL),
    "projection": ("ADD PROJECTION p (SELECT s ORDER BY s)", ALL, ALL),
    "setting": ("MODIFY SETTING min_rows_to_keep = 1, max_rows_to_keep = 100", ALL, ALL),
    "order by": ("MODIFY ORDER BY (id, s)", ALL, ALL),
    "table TTL": ("MODIFY TTL toDateTime(id) + INTERVAL 1000 YEAR", ALL, ALL),
}
UNREADABLE = ("Distributed", "Set", "GenerateRandom")


def outcome_of(engine: str, change: str) -> str:
    """Return what becomes of the rows of a new table."""
    alter, before, after = CHANGES[change]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.xml"
        config.write_text(CLUSTER)
        client = clickhouse_connect.get_client(
            interface="chdb", path=f"{folder}/data", chdb_options={"config-file": str(config)}
        )
        try:
            return _outcome(client, engine, (change, alter, before, after))
        finally:
            client.close()


def _outcome(client: Client, engine: str, cell: tuple[str, str, str, str]) -> str:
    change, alter, before, after = cell
    command = client.command
    command("CREATE DATABASE d")
    command(f"CREATE TABLE d.source ({COLUMNS}) ENGINE = MergeTree ORDER BY id")
    command(f"CREATE TABLE d.t ({COLUMNS}) ENGINE = {ENGINES[engine]}")
    rows = ROWS + (f", {NULL_ROW}" if "NULL" in change else "")
    if engine != "GenerateRandom":
        into = "source" if engine in ("Merge", "Distributed") else "t"
        command(f"INSERT INTO d.{into} (id, x, n, e, s) VALUES {rows}")
    read = _nothing if engine in UNREADABLE else client.query
    if "later" in change:
        try:
            command("ALTER TABLE d.t ADD COLUMN late UInt8 DEFAULT 1")
        except ClickHouseError:
            return "refused to add it"
    rows_before = read(f"SELECT {before} FROM d.t ORDER BY id").result_rows
    try:
        command(f"ALTER TABLE d.t {alter}")
    except ClickHouseError as error:
        return f"refused {error.code}"
    try:
        rows_after = read(f"SELECT {after} FROM d.t ORDER BY id").result_rows
        read("SELECT count() FROM d.t")
        read("SELECT * FROM d.t")
    except ClickHouseError as error:
        return f"unreadable {error.code}"
    if engine in UNREADABLE:
        return "taken"
    return "kept" if rows_before == rows_after else "changed"


def _nothing(_query: str) -> "Unread":
    return Unread()


class Unread:
    """The answer of a table that can't be read, or reads other rows each time."""

    result_rows: tuple[()] = ()


def main() -> None:
    """Print the outcome of each cell."""
    if sys.argv[1:]:
        print(outcome_of(sys.argv[1], sys.argv[2]))
        return
    print("engine\tchange\toutcome")
    for engine in ENGINES:
        for change in CHANGES:
            run = subprocess.run(
                [sys.executable, __file__, engine, change],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            lines = run.stdout.split("\n")
            print(
                engine, change, lines[-2] if run.returncode == 0 else "ended", sep="\t", flush=True
            )


if __name__ == "__main__":
    main()
