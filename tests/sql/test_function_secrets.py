"""No password or key in a call of a table function is shown, and each is found."""

import pytest

from moose_dagster.sql.function_secrets import functions_with_secrets, redacted_statement

H = "'[HIDDEN]'"
CALLS = [
    ("mysql('h:1', 'd', 't', 'u', 'hush')", f"mysql('h:1', 'd', 't', 'u', {H})"),
    (
        "PostgreSQL('h:1', 'd', 't', 'u', 'hush', 's')",
        f"PostgreSQL('h:1', 'd', 't', 'u', {H}, 's')",
    ),
    (
        "mongodb('h:1', 'd', 'c', 'u', 'hush', 'a Int8')",
        f"mongodb('h:1', 'd', 'c', 'u', {H}, 'a Int8')",
    ),
    ("redis('h:1', 'k', 'k String', 0, 'hush')", f"redis('h:1', 'k', 'k String', 0, {H})"),
    ("remote('h', 'd', 't', 'u', 'hush')", f"remote('h', 'd', 't', 'u', {H})"),
    ("remoteSecure('h', d.t, 'u', 'hush')", f"remoteSecure('h', d.t, 'u', {H})"),
    (
        "remote('h', mysql('i', 'd', 't', 'u', 'hush'), 'u', 'hush2')",
        f"remote('h', mysql('i', 'd', 't', 'u', {H}), 'u', {H})",
    ),
    (
        "s3('http://h/x', 'AKIAX', 'hush', 'CSV', 'id Int64')",
        f"s3('http://h/x', 'AKIAX', {H}, 'CSV', 'id Int64')",
    ),
    (
        "s3('http://h/x', 'AKIAX', 'hush', 'hush2', 'CSV')",
        f"s3('http://h/x', 'AKIAX', {H}, {H}, 'CSV')",
    ),
    (
        "s3Cluster('c', 'http://h/x', 'AKIAX', 'hush')",
        f"s3Cluster('c', 'http://h/x', 'AKIAX', {H})",
    ),
    (
        "azureBlobStorage('http://h', 'c', 'p', 'a', 'hush')",
        f"azureBlobStorage('http://h', 'c', 'p', 'a', {H})",
    ),
    (
        "azureBlobStorage('AccountName=a;AccountKey=hush;', 'c', 'p', 'CSV', 'none')",
        "azureBlobStorage('AccountName=a;AccountKey=[HIDDEN];', 'c', 'p', 'CSV', 'none')",
    ),
    ("url('http://u:hush@h/x', 'CSV')", "url('http://u:[HIDDEN]@h/x', 'CSV')"),
    ("url('http://h/x?token=hush', 'CSV')", "url('http://h/x?token=[HIDDEN]', 'CSV')"),
    (
        "url('http://h/x', 'CSV', headers('X-Key' = 'hush'))",
        f"url('http://h/x', 'CSV', headers('X-Key' = {H}))",
    ),
    ("mysql(creds, password = 'hush')", f"mysql(creds, password = {H})"),
    ("odbc('DSN=x;PWD=hush', 'd', 't')", "odbc('DSN=x;PWD=[HIDDEN]', 'd', 't')"),
]
HARMLESS = [
    "mysql(creds, database = 'd')",
    "s3('http://h/x', 'CSV', 'id Int64')",
    "s3('http://h/x', NOSIGN, 'CSV')",
    "s3('http://h/x', 'Parquet', 'auto', 'gzip')",
    "s3(creds, filename = 'x')",
    "url('http://h/x', 'CSV', 'id Int64')",
    "remote('h', 'd', 't')",
    "mysql('h:1', 'd', 't', 'u', '[HIDDEN]')",
    "url('http://u:[HIDDEN]@h/x', 'CSV')",
    "numbers(10)",
    "file('x.csv', 'CSV')",
]


@pytest.mark.parametrize(("call", "shown"), CALLS, ids=[call for call, _ in CALLS])
def test_a_secret_of_a_table_function_is_found_and_not_shown(call, shown):
    name = call.partition("(")[0]
    query = f"CREATE VIEW v AS SELECT * FROM {call} WHERE a = 'hush'"

    assert name in functions_with_secrets(query)
    assert redacted_statement(query) == f"CREATE VIEW v AS SELECT * FROM {shown} WHERE a = 'hush'"


@pytest.mark.parametrize("call", HARMLESS)
def test_a_call_without_a_secret_stays_what_it_is(call):
    query = f"SELECT * FROM {call}"

    assert [*functions_with_secrets(query)] == []
    assert redacted_statement(query) == query
