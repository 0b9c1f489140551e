import pytest


@pytest.mark.parametrize(
    ("data_format", "data"),
    [
        ("JSONEachRow", b'{"id": 1, "name": "a"}\n{"id": 2, "name": "b;\\n\\n"}'),
        ("CSV", b'1,a\n2,"b;\n\n"\n'),
        ("TabSeparated", b"1\ta\n2\tb;\\n\\n\n"),
        ("Values", b"(1, 'a'), (1 + 1, 'b;\n\n')"),
        ("RowBinary", b"\1\0\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\0\4b;\n\n"),
    ],
)
@pytest.mark.parametrize("statement_in", ["url", "body"])
def test_data_is_inserted_in_its_format(ask, table, data_format, data, statement_in):
    statement = f"INSERT INTO {table} (id, name) FORMAT {data_format}"

    whole = {"body": statement.encode() + b"\n" + data}
    request = {"sql": statement, "body": data} if statement_in == "url" else whole

    answer = ask(**request)

    assert answer.status == 200, answer.data
    stored = ask(f"SELECT * FROM {table} ORDER BY id FORMAT JSONCompactEachRow")
    assert stored.data == b'[1, "a"]\n[2, "b;\\n\\n"]\n'


@pytest.mark.parametrize(
    "data_format", ["Native", "Parquet", "Arrow", "ArrowStream", "ORC", "Avro"]
)
def test_the_result_of_a_query_in_a_binary_format_can_be_inserted(ask, table, data_format):
    query = "SELECT toInt64(number) AS id, toString(number) AS name FROM numbers(1000)"
    exported = ask(f"{query} FORMAT {data_format}")

    answer = ask(f"INSERT INTO {table} FORMAT {data_format}", exported.data)

    assert answer.status == 200, answer.data
    assert ask(f"SELECT count(), sum(id), uniq(name) FROM {table}").data == b"1000\t499500\t1000\n"


def test_values_may_follow_in_the_statement_with_parameters(ask, table):
    ask(
        body=f"INSERT INTO {table} VALUES (1, 'x'), ({{id:Int64}}, {{name:String}});".encode(),
        param_id=5,
        param_name="y",
    )

    assert ask(f"SELECT * FROM {table} ORDER BY id").data == b"1\tx\n5\ty\n"


def test_an_insert_without_format_and_data_is_an_error(ask, table):
    assert ask(f"INSERT INTO {table}").status == 400


def test_an_insert_from_a_query_needs_no_data(ask, table):
    ask(body=f"INSERT INTO {table} SELECT number, 'n' FROM numbers(3)".encode())
    ask(body=f"INSERT INTO {table} (id) (SELECT 9)".encode())

    assert ask(f"SELECT count() FROM {table}").data == b"4\n"


def test_a_big_chunked_body_arrives_whole(ask, table):
    row = b'{"id": 123456789, "name": "%s"}\n' % (b"n" * 70)
    chunks = (row * 10_000 for _ in range(20))

    answer = ask(
        f"INSERT INTO {table} FORMAT JSONEachRow", chunks, headers={"Transfer-Encoding": "chunked"}
    )

    assert answer.status == 200, answer.data
    assert '"written_rows": "200000"' in answer.headers["X-ClickHouse-Summary"]
    assert ask(f"SELECT count() FROM {table}").data == b"200000\n"


def test_bad_data_inserts_nothing_and_says_why(ask, table):
    answer = ask(f"INSERT INTO {table} FORMAT JSONEachRow", b'{"id": 1}\n{"id": "one"}\n')

    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "27")
    assert ask(f"SELECT count() FROM {table}").data == b"0\n"


def test_the_input_function_is_refused(ask, table):
    answer = ask(
        f"INSERT INTO {table} SELECT id, name FROM input('id Int64, name String') FORMAT CSV",
        b"1,a\n",
    )

    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (501, "48")
