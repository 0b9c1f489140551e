"""Secrets in the text of a dictionary, whether the server hides them or not."""

import pytest

from moose_dagster.sql.environment import matches, redacted, without_secrets

SHOWN = [
    # as the server prints it, as it is declared, what the variables hold
    ("SOURCE(REDIS(PASSWORD '[HIDDEN]'))", "SOURCE(REDIS(PASSWORD '{env:S1}'))", {}),
    ("SOURCE(CLICKHOUSE(PASSWORD '' TABLE 't'))", "SOURCE(CLICKHOUSE(PASSWORD '' TABLE 't'))", {}),
    (
        "SOURCE(MONGODB(URI 'mongodb://u:[HIDDEN]@h/d'))",
        "SOURCE(MONGODB(URI 'mongodb://u:{env:S1}@h/d'))",
        {},
    ),
    (
        "SOURCE(HTTP(URL 'http://u:pw@h:80/a@b' HEADERS (HEADER (NAME 'KEY' VALUE 'it\\'s'))))",
        (
            "SOURCE(HTTP(URL 'http://u:{env:S1}@h:80/a@b' HEADERS (HEADER (NAME 'KEY' "
            "VALUE '{env:S2}'))))"
        ),
        {"S1": "pw", "S2": "it's"},
    ),
    (
        "SOURCE(HTTP(URL 'http://h/?a=b&token=t&c=d'))",
        "SOURCE(HTTP(URL 'http://h/?a=b&token={env:S1}&c=d'))",
        {"S1": "t"},
    ),
    (
        "SOURCE(ODBC(CONNECTION_STRING 'UID=a;Pwd=p w;X=y'))",
        "SOURCE(ODBC(CONNECTION_STRING 'UID=a;Pwd={env:S1};X=y'))",
        {"S1": "p w"},
    ),
    ("(x String DEFAULT 'a:b@c') SOURCE(NULL())", "(x String DEFAULT 'a:b@c') SOURCE(NULL())", {}),
]


@pytest.mark.parametrize(("live", "declared", "values"), SHOWN)
def test_secrets_become_variables_that_are_equal_to_them(live, declared, values):
    assert without_secrets(live, lambda number: f"S{number}") == (declared, values)
    assert matches(live, declared, values)
    assert not matches(live, declared.replace("SOURCE(", "SOURCE(X"), values)


def test_another_value_of_a_secret_that_the_server_shows_is_a_difference():
    assert not matches("X(URL 'http://u:old@h')", "X(URL 'http://u:{env:S}@h')", {"S": "new"})


def test_a_variable_that_is_not_set_is_not_a_difference():
    assert matches("X(URL 'http://u:old@h')", "X(URL 'http://u:{env:S}@h')", {})
    assert not matches("X(URL 'http://u:old@h')", "X(URL 'http://u:{env:S}@elsewhere')", {})


def test_what_is_shown_of_a_live_dictionary_holds_no_secret():
    assert (
        redacted("X(URL 'http://u:pw@h' VALUE 'k')")
        == "X(URL 'http://u:[HIDDEN]@h' VALUE '[HIDDEN]')"
    )
