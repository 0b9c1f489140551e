"""Names and texts come back from the server as they were."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moose_dagster.sql.quoting import name_in_expression, quoted_name, quoted_text, text_in

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)


@given(texts)
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_a_text_reads_back_as_itself(connected, text):
    assert connected.query(f"SELECT {quoted_text(text)}")[0][0] == text


@given(texts.filter(bool))
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_a_name_reads_back_as_itself(connected, text):
    assert connected.query(f"DESCRIBE TABLE (SELECT 1 AS {quoted_name(text)})")[0][0] == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("id", "id"), ("select", "`select`"), ("a b", "`a b`"), ("1a", "`1a`"), ("Inf", "`Inf`")],
)
def test_plain_names_stay_bare_in_expressions(name, shown):
    assert name_in_expression(name) == shown


@given(texts)
def test_a_quoted_text_and_a_quoted_name_hold_what_was_quoted(text):
    assert text_in(quoted_text(text)) == text
    assert text_in(quoted_name(text)) == text


@pytest.mark.parametrize(
    ("quoted", "text"), [("'it''s ``'", "it's ``"), ("`a``b ''`", "a`b ''"), (r"'\\n\n'", "\\n\n")]
)
def test_doubled_quotes_count_where_they_quote(quoted, text):
    assert text_in(quoted) == text
