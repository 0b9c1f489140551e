"""What a SELECT reads, from its text."""

import pytest

from moose_dagster.sql.select import Query, bare_query, outputs, qualified_refresh
from moose_dagster.state.names import TableId

QUALIFIED = [
    ("SELECT * FROM t", "SELECT * FROM d.t"),
    ("SELECT * FROM other.t AS x", "SELECT * FROM other.t AS x"),
    ("SELECT * FROM `my t` FINAL WHERE t = 1", "SELECT * FROM d.`my t` FINAL WHERE t = 1"),
    ("SELECT a.x FROM a LEFT JOIN b ON a.x = b.x, c",
     "SELECT a.x FROM d.a LEFT JOIN d.b ON a.x = b.x, d.c"),
    ("SELECT x FROM a, b c WHERE x IN e", "SELECT x FROM d.a, d.b c WHERE x IN d.e"),
    ("WITH w AS (SELECT 1 FROM t) SELECT * FROM w",
     "WITH w AS (SELECT 1 FROM d.t) SELECT * FROM w"),
    ("SELECT extract(YEAR FROM ts) FROM t", "SELECT extract(YEAR FROM ts) FROM d.t"),
    ("SELECT 'FROM t', x FROM numbers(3) ARRAY JOIN y",
     "SELECT 'FROM t', x FROM numbers(3) ARRAY JOIN y"),
    ("SELECT 1 UNION ALL SELECT 2 FROM t", "SELECT 1 UNION ALL SELECT 2 FROM d.t"),
    ("SELECT x FROM (SELECT x FROM t) AS s JOIN u USING x",
     "SELECT x FROM (SELECT x FROM d.t) AS s JOIN d.u USING x"),
    ("SELECT a IS DISTINCT FROM b AS z, c FROM t", "SELECT a IS DISTINCT FROM b AS z, c FROM d.t"),
    ("SELECT 1 FROM t WHERE a is not distinct from b",
     "SELECT 1 FROM d.t WHERE a is not distinct from b"),
    ("SELECT 1 FROM t JOIN u ON a IS DISTINCT FROM b, v",
     "SELECT 1 FROM d.t JOIN d.u ON a IS DISTINCT FROM b, d.v"),
    ("SELECT a FROM t ORDER BY a WITH FILL FROM b TO c, e",
     "SELECT a FROM d.t ORDER BY a WITH FILL FROM b TO c, e"),
    ("FROM t SELECT DISTINCT ON (a) a, b", "FROM d.t SELECT DISTINCT ON (a) a, b"),
    ("SELECT x IN (FROM t SELECT y) FROM (FROM u SELECT x, y)",
     "SELECT x IN (FROM d.t SELECT y) FROM (FROM d.u SELECT x, y)"),
    ("SELECT DISTINCT ON (a) a, b FROM t", "SELECT DISTINCT ON (a) a, b FROM d.t"),
    ("SELECT distinct FROM t", "SELECT distinct FROM d.t"),
    ("SELECT trim(BOTH 'a' FROM x), substring(x FROM y FOR 3) FROM t",
     "SELECT trim(BOTH 'a' FROM x), substring(x FROM y FOR 3) FROM d.t"),
    ("SELECT overlay(x PLACING 'b' FROM y), position('a' IN x), position(a, b) FROM t",
     "SELECT overlay(x PLACING 'b' FROM y), position('a' IN x), position(a, b) FROM d.t"),
]  # fmt: skip
USES = [
    ("SELECT id FROM t", "id", True),
    ("SELECT id FROM t", "v", False),
    ("SELECT 'v' AS x FROM t", "v", False),
    ("SELECT id AS v FROM t", "v", False),
    ("SELECT count(*) FROM t", "v", False),
    ("SELECT id * 2 FROM t", "v", False),
    ("SELECT * FROM t", "v", True),
    ("SELECT id, t.* FROM t", "v", True),
    ("SELECT COLUMNS('v') FROM t", "v", True),
    ("SELECT `v` FROM t", "v", True),
    ("SELECT id FROM t WHERE v > 1", "v", True),
    ("SELECT t.id, o.v FROM t JOIN other AS o USING id", "v", False),
    ("SELECT t.id, o.* FROM t JOIN other AS o USING id", "v", False),
    ("SELECT id, v FROM other", "v", False),
]


@pytest.mark.parametrize(("written", "expected"), QUALIFIED)
def test_tables_are_qualified_as_the_server_does(written, expected):
    assert Query(written, "d").qualified() == expected


@pytest.mark.parametrize(("query", "column", "used"), USES)
def test_only_what_a_query_may_read_counts(query, column, used):
    assert Query(query, "d").uses(TableId("d", "t"), column) is used


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT id, sum(v) AS total, t.x, `a b`, count() FROM t", ("id", "total", "x", "a b", "")),
        ("WITH 1 AS one SELECT DISTINCT id, one + 1 y FROM t", ("id", "")),
        ("SELECT a IS NOT DISTINCT FROM b AS z, c FROM t", ("z", "c")),
        ("SELECT * FROM t", ()),
        ("SELECT id, t.* FROM t", ()),
    ],
)
def test_outputs_are_named_where_the_text_names_them(query, names):
    assert outputs(query) == names


def test_comments_and_the_last_semicolon_are_not_part_of_a_query():
    assert bare_query("SELECT '--x' -- FROM t\n, /* y */ 1;") == "SELECT '--x'  \n,   1"


def test_a_refresh_depends_on_views_of_its_database():
    refresh = "EVERY 1 HOUR DEPENDS ON a, x.b SETTINGS refresh_retries = 3 APPEND"

    assert (
        qualified_refresh(refresh, "d")
        == "EVERY 1 HOUR DEPENDS ON d.a, x.b SETTINGS refresh_retries = 3 APPEND"
    )
