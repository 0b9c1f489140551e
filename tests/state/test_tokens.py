"""Cutting ClickHouse text where it may be cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moose_dagster.state.tokens import (
    bracketed,
    clauses,
    split_top_level,
    tokens,
    unwrapped,
    unwrapped_expression,
    without_lone_brackets,
)

KEYWORDS = [("ORDER", "BY"), ("TTL",), ("SETTINGS",)]
NAMED_LIKE_A_KEYWORD = [
    "TTL",
    "id + TTL",
    "-TTL",
    "TTL * TTL",
    "id % SETTINGS",
    "id = TTL",
    "a AND TTL",
    "a OR NOT TTL",
    "a NOT IN TTL",
    "a IS NOT DISTINCT FROM TTL",
    "a, TTL",
    "f(TTL) || TTL",
    "(a AS b) - TTL",
    "a BETWEEN TTL AND SETTINGS",
    "ts DELETE WHERE TTL",
    "ts GROUP BY a, SET SET TTL = max(TTL), SETTINGS = 1",
    "ORDER + BY",
]


@given(st.text())
def test_tokens_joined_are_the_text(text):
    assert "".join(tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("  ", ()),
        ("a", ("a",)),
        ("a, b", ("a", "b")),
        ("f(a, b), c", ("f(a, b)", "c")),
        ("'a, b', c", ("'a, b'", "c")),
        (r"'it\'s, so', c", (r"'it\'s, so'", "c")),
        ("'it''s, so', c", ("'it''s, so'", "c")),
        ("`a, b`, [1, 2], {1, 2}", ("`a, b`", "[1, 2]", "{1, 2}")),
    ],
)
def test_a_list_is_split_at_its_own_commas(text, parts):
    assert split_top_level(text) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MergeTree", {"": "MergeTree"}),
        ("Set SETTINGS persistent = 0", {"": "Set", "SETTINGS": "persistent = 0"}),
        (
            "MergeTree ORDER BY id SETTINGS a = 1",
            {"": "MergeTree", "ORDER BY": "id", "SETTINGS": "a = 1"},
        ),
        ("M ORDER BY f(TTL) TTL x", {"": "M", "ORDER BY": "f(TTL)", "TTL": "x"}),
        ("M ORDER BY TTL TTL x", {"": "M", "ORDER BY": "TTL", "TTL": "x"}),
        (
            "M ORDER BY ttl SETTINGS b = 'ORDER BY'",
            {"": "M", "ORDER BY": "ttl", "SETTINGS": "b = 'ORDER BY'"},
        ),
    ],
)
def test_clauses_begin_at_their_keywords_and_nowhere_else(text, found):
    assert clauses(text, KEYWORDS) == found


@pytest.mark.parametrize("text", NAMED_LIKE_A_KEYWORD)
def test_where_an_expression_needs_an_operand_a_keyword_is_a_name(text):
    for whole, expected in (
        (f"M ORDER BY {text} SETTINGS a = 1", {"": "M", "ORDER BY": text, "SETTINGS": "a = 1"}),
        (f"M TTL {text} ORDER BY x", {"": "M", "TTL": text, "ORDER BY": "x"}),
    ):
        assert clauses(whole, KEYWORDS) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a", "", "")),
        ("a(b)", ("a", "b", "")),
        ("a(b(c), ')') d", ("a", "b(c), ')'", "d")),
        ("(a) + (b)", ("", "a", "+ (b)")),
    ],
)
def test_brackets_are_taken_in_pairs(text, parts):
    assert bracketed(text) == parts


@pytest.mark.parametrize(
    ("text", "inner"),
    [("((a, b))", "a, b"), ("(a) + (b)", "(a) + (b)"), ("()", "()"), (" a ", "a")],
)
def test_only_brackets_around_everything_are_taken_off(text, inner):
    assert unwrapped(text) == inner


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("(a), f(b)", "a, f(b)"),
        ("SELECT (a) ORDER BY (b)", "SELECT a ORDER BY b"),
        ("quantile(0.9)(a)", "quantile(0.9)(a)"),
        ("quantile(0.9) (a)", "quantile(0.9) (a)"),
        ("sum (a)", "sum (a)"),
        ("a IN (b) AND (c)", "a IN (b) AND c"),
    ],
)
def test_brackets_around_a_single_name_are_taken_off_where_they_are_not_a_call(text, without):
    assert without_lone_brackets(text) == without


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("((a > 1))", "a > 1"),
        ("(SELECT 1)", "(SELECT 1)"),
        ("((SELECT 1))", "(SELECT 1)"),
        ("( with x AS (SELECT 1) SELECT x )", "(with x AS (SELECT 1) SELECT x)"),
        ("a IN (SELECT 1)", "a IN (SELECT 1)"),
        ("(a) IN (SELECT 1)", "(a) IN (SELECT 1)"),
    ],
)
def test_a_subquery_keeps_its_brackets(text, inner):
    assert unwrapped_expression(text) == inner
