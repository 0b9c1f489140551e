import pytest

from moose_dagster.embedded.clickhouse.statements import output_format, read_insert, table_engine


@pytest.mark.parametrize(
    ("sql", "statement", "data_format", "data"),
    [
        ("INSERT INTO t FORMAT CSV\n1\n2", "INSERT INTO t ", "CSV", "1\n2"),
        (
            "insert into t (a, `format`) format JSONEachRow {}",
            "insert into t (a, `format`) ",
            "JSONEachRow",
            "{}",
        ),
        ("INSERT INTO t FORMAT TSV \n\tx", "INSERT INTO t ", "TSV", "\tx"),
        ("INSERT INTO t FORMAT TSV\r\nx", "INSERT INTO t ", "TSV", "x"),
        ("INSERT INTO t (a) VALUES(1), (2)", "INSERT INTO t (a) ", "Values", "(1), (2)"),
        ("-- why\nINSERT INTO values VALUES (1)", "-- why\nINSERT INTO values ", "Values", " (1)"),
        ("INSERT INTO db.format FORMAT CSV\n1", "INSERT INTO db.format ", "CSV", "1"),
        (
            "INSERT INTO t SETTINGS x = 'FORMAT' FORMAT CSV\n",
            "INSERT INTO t SETTINGS x = 'FORMAT' ",
            "CSV",
            "",
        ),
        (
            "INSERT INTO TABLE FUNCTION null('a Int8') FORMAT CSV 1",
            "INSERT INTO TABLE FUNCTION null('a Int8') ",
            "CSV",
            "1",
        ),
    ],
)
def test_an_insert_is_split_from_its_data(sql, statement, data_format, data):
    insert = read_insert(sql.encode())

    assert insert is not None
    assert (insert.statement.decode(), insert.data_format, insert.data.decode()) == (
        statement,
        data_format,
        data,
    )


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1", "", "INSERT INTO t", "INSERT INTO t FORMAT",
     "INSERT INTO t SELECT 1", "INSERT INTO t (a) (SELECT 1)", "INSERT INTO t WITH 1 AS x SELECT x",
     "INSERT INTO t FROM INFILE 'f' FORMAT CSV"],
)  # fmt: skip
def test_other_statements_carry_no_data(sql):
    assert read_insert(sql.encode()) is None


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT 1 FORMAT JSON", "JSON"),
        ("SELECT 1 format CSV SETTINGS max_threads = 1;", "CSV"),
        ("SELECT 1 SETTINGS max_threads = 1\nFORMAT Native\n", "Native"),
        ("SELECT 'FORMAT x'", None),
        ("SELECT 1", None),
    ],
)
def test_the_format_of_a_query_is_read_from_its_end(sql, named):
    assert output_format(sql.encode()) == named


@pytest.mark.parametrize(
    ("sql", "engine"),
    [
        ("CREATE TABLE t (a Int8) ENGINE = Kafka('x')", "Kafka"),
        ("CREATE TABLE t (a Int8) engine Memory", "Memory"),
        (
            "CREATE TABLE t (a String DEFAULT 'ENGINE = Kafka') ENGINE=MergeTree ORDER BY a",
            "MergeTree",
        ),
        ('CREATE TABLE t (a Int8) ENGINE="Kafka"', "Kafka"),
        ("CREATE VIEW v AS SELECT 1", None),
    ],
)
def test_the_engine_of_a_table_is_read(sql, engine):
    assert table_engine(sql.encode()) == engine
