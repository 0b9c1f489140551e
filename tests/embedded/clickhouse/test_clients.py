import asyncio
import datetime as dt
import decimal
import uuid

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError


def test_values_of_all_types_are_read_as_they_were_inserted(client):
    moment = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - the server's own zone
    row = [
        1,
        2.5,
        "é'\\\n",
        None,
        [1, 2],
        {"a": 1},
        ("x", 3),
        decimal.Decimal("1.25"),
        uuid.UUID(int=7),
    ]
    row += [moment, "b"]
    client.command("""
        CREATE OR REPLACE TABLE all_types (
            i Int64, f Float64, s String, n Nullable(String), a Array(Int32),
            m Map(String, Int64), t Tuple(String, Int8), d Decimal(9, 2), u UUID, at DateTime,
            l LowCardinality(String)
        )
        ENGINE = MergeTree ORDER BY i
    """)

    client.insert("all_types", [row])

    (stored,) = client.query("SELECT * FROM all_types").result_rows
    assert list(stored) == row


def test_parameters_are_bound_by_the_engine(client, table):
    client.insert(table, [[1, "it's"], [2, "tab\there"]], column_names=["id", "name"])

    found = client.query(
        "SELECT id FROM {table:Identifier} WHERE name IN {names:Array(String)}",
        parameters={"table": table, "names": ["it's", "tab\there"]},
    )

    assert sorted(found.result_rows) == [(1,), (2,)]


def test_long_parameters_travel_as_a_form(client):
    client.form_encode_query_params = True

    found = client.query("SELECT length({text:String})", parameters={"text": "x" * 300_000})

    assert found.result_rows == [(300_000,)]


def test_settings_reach_the_query(client):
    found = client.query("SELECT getSetting('max_threads')", settings={"max_threads": 3})

    assert found.result_rows == [(3,)]


def test_an_error_carries_its_code_and_name(client):
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT * FROM nowhere")

    assert (caught.value.code, caught.value.name) == (60, "UNKNOWN_TABLE")


def test_a_client_that_keeps_a_session_works(server):
    with clickhouse_connect.get_client(
        dsn=server.clickhouse_url, autogenerate_session_id=True
    ) as client:
        client.command("CREATE TEMPORARY TABLE mine (n Int32)")
        client.insert("mine", [[4]], column_names=["n"], settings={"max_insert_threads": 2})

        assert client.query("SELECT n FROM mine", settings={"max_threads": 1}).result_rows == [(4,)]


def test_a_large_result_streams_through_the_client(client):
    rows = 0
    with client.query_row_block_stream(
        "SELECT number, toString(number) FROM numbers(1000000)"
    ) as blocks:
        for block in blocks:
            rows += len(block)

    assert rows == 1_000_000


def test_the_default_database_is_an_ordinary_one(client, table):
    engine = client.command("SELECT engine FROM system.databases WHERE name = currentDatabase()")
    client.command(f"CREATE TABLE other CLONE AS {table}")
    client.command(f"EXCHANGE TABLES other AND {table}")
    client.command("DROP TABLE other")
    client.command("UNDROP TABLE other")
    client.command("DROP TABLE other SYNC")

    assert (client.command("SELECT currentDatabase()"), engine) == ("default", "Atomic")


def test_the_query_log_contains_what_ran(client):
    client.query("SELECT 'a query to remember'")
    client.command("SYSTEM FLUSH LOGS")

    found = client.query(
        "SELECT count() FROM system.query_log WHERE query LIKE '%to remember%' AND type = 2"
    )

    assert found.result_rows[0][0] >= 1


def test_the_async_client_works(server):
    pytest.importorskip("aiohttp")

    async def rows():
        client = await clickhouse_connect.get_async_client(
            dsn=server.clickhouse_url, autogenerate_session_id=False
        )
        async with client:
            answers = await asyncio.gather(
                *(client.query(f"SELECT {number}") for number in range(8))
            )
        return [answer.result_rows[0][0] for answer in answers]

    assert asyncio.run(rows()) == list(range(8))
