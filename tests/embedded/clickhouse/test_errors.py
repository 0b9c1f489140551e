import pytest


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT * FROM nowhere", (404, 60, "UNKNOWN_TABLE")),
        ("SELECT * FROM no.where", (404, 81, "UNKNOWN_DATABASE")),
        ("SELECT FROM WHERE", (400, 62, "SYNTAX_ERROR")),
        ("SELCT 1", (400, 62, "SYNTAX_ERROR")),
        ("SELECT 1; SELECT 2", (400, 62, "SYNTAX_ERROR")),
        (" ", (400, 62, "SYNTAX_ERROR")),
        ("SELECT 1 SETTINGS nonsense = 1", (404, 115, "UNKNOWN_SETTING")),
        ("SELECT toInt32('one')", (400, 6, "CANNOT_PARSE_TEXT")),
        ("SELECT 1 + 'one'", (500, 43, "ILLEGAL_TYPE_OF_ARGUMENT")),
        ("SELECT missing FROM system.one", (404, 47, "UNKNOWN_IDENTIFIER")),
        ("SELECT {x:Int32}", (500, 456, "UNKNOWN_QUERY_PARAMETER")),
        ("CREATE TABLE t (id Int64) ENGINE = Nonsense", (404, 56, "UNKNOWN_STORAGE")),
        ("ALTER TABLE things MODIFY COLUMN id String", (500, 524, "ALTER_OF_COLUMN_IS_FORBIDDEN")),
    ],
)
def test_an_error_has_clickhouse_s_status_code_and_name(ask, table, sql, error):
    status, code, name = error

    answer = ask(sql)

    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    text = answer.data.decode()
    assert text.startswith(f"Code: {code}. DB::Exception: ")
    assert f"({name}) (version 26." in text


def test_an_unknown_setting_in_the_url_is_an_error(ask):
    assert ask("SELECT 1", nonsense=1).headers["X-ClickHouse-Exception-Code"] == "115"
    assert ask("SELECT 1", **{"a.b": 1}).headers["X-ClickHouse-Exception-Code"] == "115"


def test_an_unknown_database_in_the_url_is_an_error(ask):
    assert ask("SELECT 1", database="nowhere").headers["X-ClickHouse-Exception-Code"] == "81"


@pytest.mark.parametrize("session", [{}, {"session_id": "polluted"}])
def test_a_query_that_fails_after_its_first_rows_adds_nothing_to_the_next_answer(ask, session):
    failed = ask(
        "SELECT throwIf(number = 200000) FROM numbers(300000) SETTINGS max_block_size = 1000",
        **session,
    )

    assert (failed.status, failed.headers["X-ClickHouse-Exception-Code"]) == (500, "395")
    assert failed.data.startswith(b"Code: 395.")
    assert ask("SELECT 7", **session).data == b"7\n"


@pytest.mark.parametrize(
    "engine",
    [
        "Kafka('h:1', 't', 'g', 'JSONEachRow')",
        "S3Queue('http://h/b', 'CSV')",
        "`RabbitMQ` SETTINGS a = 1",
    ],
)
@pytest.mark.parametrize(
    "verb", ["CREATE TABLE", "/* c */ CREATE OR REPLACE TABLE", "ATTACH TABLE"]
)
def test_an_engine_that_consumes_in_the_background_is_refused(ask, engine, verb):
    answer = ask(body=f"{verb} consumer (id Int64) ENGINE = {engine}".encode())

    assert answer.headers["X-ClickHouse-Exception-Code"] == "344", answer.data
    assert b"SUPPORT_IS_DISABLED" in answer.data
    assert ask("EXISTS TABLE consumer").data == b"0\n"


def test_a_text_like_an_engine_is_not_refused(ask):
    answer = ask(
        "CREATE OR REPLACE TABLE words (engine String DEFAULT 'ENGINE = Kafka') ENGINE = Memory"
    )

    assert answer.status == 200, answer.data
    ask("DROP TABLE words")


def test_external_data_is_refused(ask):
    form = b'--b\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n1\n\r\n--b--\r\n'

    answer = ask(
        "SELECT * FROM t", form, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (501, "48")


def test_a_dropped_default_database_is_created_again(ask, table):
    ask("DROP DATABASE default SYNC")

    assert ask("SELECT currentDatabase()").data == b"default\n"
    assert ask("SHOW TABLES").data == b""
    ask(f"CREATE TABLE {table} (id Int64) ENGINE = Memory")
