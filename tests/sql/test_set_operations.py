"""Queries that combine the same SELECTs alike have one form."""

import pytest

from moose_dagster.sql.set_operations import has_bare_set_operation, with_plain_set_operations

MODES = {"EXCEPT": "ALL", "INTERSECT": "DISTINCT", "UNION": ""}
SAME = [
    ("SELECT 1 EXCEPT SELECT 2", "(SELECT 1) EXCEPT ALL (SELECT 2)"),
    ("SELECT 1 INTERSECT SELECT 2", "((SELECT 1)) INTERSECT DISTINCT (SELECT 2)"),
    (
        "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3",
        "(SELECT 1 UNION ALL SELECT 2) EXCEPT ALL (SELECT 3)",
    ),
    (
        "SELECT 1 EXCEPT SELECT 2 INTERSECT SELECT 3",
        "(SELECT 1) EXCEPT ALL (SELECT 2 INTERSECT DISTINCT SELECT 3)",
    ),
    (
        "SELECT 1 UNION ALL (SELECT 2 UNION ALL SELECT 3)",
        "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3",
    ),
    (
        "SELECT 1 UNION ALL SELECT 2 UNION DISTINCT SELECT 3",
        "SELECT 1 UNION DISTINCT (SELECT 2 UNION ALL SELECT 3)",
    ),
    ("SELECT a IN (SELECT 1 EXCEPT SELECT 2)", "SELECT a IN ((SELECT 1) EXCEPT ALL (SELECT 2))"),
    (
        "WITH b AS (SELECT 1 EXCEPT SELECT 2) SELECT b",
        "WITH b AS (SELECT 1 EXCEPT ALL SELECT 2) SELECT b",
    ),
]
DIFFERENT = [
    ("SELECT 1 EXCEPT SELECT 2", "SELECT 1 EXCEPT DISTINCT SELECT 2"),
    ("SELECT 1 EXCEPT SELECT 2", "SELECT 2 EXCEPT SELECT 1"),
    ("SELECT 1 UNION SELECT 2", "SELECT 1 UNION ALL SELECT 2"),
    ("SELECT 1 EXCEPT SELECT 2 EXCEPT SELECT 3", "SELECT 1 EXCEPT (SELECT 2 EXCEPT SELECT 3)"),
    (
        "SELECT 1 UNION DISTINCT SELECT 2 UNION ALL SELECT 3",
        "SELECT 1 UNION DISTINCT (SELECT 2 UNION ALL SELECT 3)",
    ),
    (
        "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3",
        "SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT 3)",
    ),
    ("SELECT * EXCEPT (a) FROM t", "SELECT * EXCEPT (b) FROM t"),
    ("SELECT 'a EXCEPT SELECT b'", "SELECT 'a EXCEPT ALL SELECT b'"),
    ("SELECT (a + b) * c", "SELECT a + (b * c)"),
]


def form(query):
    return with_plain_set_operations(query, MODES)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_queries_that_combine_the_same_alike_have_one_form(one, other):
    assert form(one) == form(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_queries_that_mean_something_else_have_another_form(one, other):
    assert form(one) != form(other)


BARE = [
    ("SELECT 1 UNION SELECT 2", True),
    ("SELECT 1 IN (SELECT 1 EXCEPT ((SELECT 2)))", True),
    ("SELECT * EXCEPT (a), t.* EXCEPT b FROM t", False),
    ("SELECT 1 UNION ALL SELECT 2 EXCEPT DISTINCT SELECT 3", False),
    ("SELECT 'a UNION SELECT b'", False),
]


@pytest.mark.parametrize(("query", "bare"), BARE)
def test_the_server_is_asked_only_where_a_set_operation_is_bare(query, bare):
    assert has_bare_set_operation(query) is bare
