"""Live views, materialized views and dictionaries as Python."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pull.corpus_statements import statements_in

from moose_dagster import Options, plan_for, reconcile
from moose_dagster.pull import PullOptions, pull, read

pytestmark = pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
STATEMENTS = list(statements_in(Path(__file__).with_name("views.sql")))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own: what an earlier pull left there would stay in the project."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / f"pulled_{uuid4().hex[:8]}"


@pytest.fixture
def full(db):
    for statement in STATEMENTS:
        db.raw(statement.sql.replace("'shop'", f"'{db.database}'"))
    return db


@pytest.fixture
def options(full, folder):
    return PullOptions(databases=(full.database,), folder=folder)


def created(db):
    rows = db.rows(
        f"SELECT name, create_table_query FROM system.tables WHERE database = '{db.database}' "
        "AND name NOT LIKE '.inner%'"
    )
    return dict(rows)


def steps_of(plan_result):
    return [step.reason for step in plan_result.plan.steps] + list(plan_result.plan.notes)


def test_the_plan_of_pulled_views_is_empty(full, options, imported):
    result = pull(full.clickhouse, None, options)

    assert result.notes == ()
    assert len(result.views) == len(STATEMENTS) - 3
    assert steps_of(plan_for(imported().project, full.clickhouse)) == []
    assert full.writes() == []


def test_dropped_views_are_made_again_as_they_were(full, options, imported, monkeypatch):
    pull(full.clickhouse, None, replace(options, managed=True))
    project = imported().project
    live = created(full)
    monkeypatch.setenv(f"{full.database.upper()}_NAMES_SECRET", "the secret")
    full.raw(f"DROP DATABASE {full.database} SYNC")
    full.raw(f"CREATE DATABASE {full.database} ENGINE = Atomic")

    outcome = reconcile(project, full.clickhouse, Options(**full.options))

    assert [result.error for result in outcome.failures] == []
    assert outcome.after.plan.steps == ()
    assert created(full) == live


def test_a_view_comes_after_what_it_reads_and_names_it(full, options):
    text = pull(full.clickhouse, None, options).files[f"tables_{full.database}.py"]

    assert text.index("z_first = View(") < text.index("a_last = View(")
    assert f'"SELECT * FROM {full.database}.z_first WHERE id > 1",\n    [z_first],\n' in text
    assert "to_totals = MaterializedView[Totals](" in text
    assert "        target_table=totals,\n" in text
    assert "the secret" not in text
    assert f"PASSWORD '{{env:{full.database.upper()}_NAMES_SECRET}}'" in text


def test_a_view_that_does_not_fit_its_target_any_more_is_declared_beside_it(
    full, options, imported
):
    full.raw("ALTER TABLE shop.totals DROP COLUMN total")

    text = pull(full.clickhouse, None, options).files[f"tables_{full.database}.py"]

    assert f'        target_table="{full.database}.totals",\n' in text
    assert steps_of(plan_for(imported().project, full.clickhouse)) == [
        f"{full.database}.joined: its query fails on the server; what it reads is not there."
    ]


SECRETIVE = """
CREATE DICTIONARY shop.d (id UInt64, v String) PRIMARY KEY id LAYOUT(FLAT()) LIFETIME(0)
SOURCE(HTTP(URL 'http://u:hush@h/' FORMAT 'CSV'
HEADERS(HEADER(NAME 'API-KEY' VALUE 'hush hush'))))"""


def test_no_secret_of_a_dictionary_is_written_also_where_the_server_shows_it(db, folder, imported):
    db.raw(SECRETIVE)
    options = PullOptions(databases=(db.database,), folder=folder, managed=True)

    result = pull(db.clickhouse, None, options)

    assert [note for note in result.notes if f"{db.database}.d" in note] == []
    assert "hush" not in "".join(result.files.values())
    assert steps_of(plan_for(imported().project, db.clickhouse)) == []


def test_a_view_of_which_the_server_hides_a_part_is_never_managed(db):
    db.raw("CREATE VIEW shop.v AS SELECT encrypt('aes-128-ecb', 'x', 'sixteen byte key') AS e")

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))

    assert result.notes[0].startswith(f"{db.database}.v: its query: the server hides a part of it")
    assert "life_cycle=LifeCycle.EXTERNALLY_MANAGED" in result.files[f"tables_{db.database}.py"]


LISTED = [
    ("VIEW shop.v (a UInt8 COMMENT 'first', b UInt8) AS SELECT 1 AS a, 2 AS b", True),
    (
        (
            "VIEW shop.v (a UInt64, b String) AS SELECT 1::UInt8 AS a, "
            "'x'::LowCardinality(String) AS b"
        ),
        True,
    ),
    ("VIEW shop.v (x UInt8) AS SELECT 1 AS a", True),
    ("VIEW shop.v (n Int64) AS SELECT n, 'more' AS more FROM shop.t", True),
    ("VIEW shop.v (n Int64 DEFAULT 3 CODEC(ZSTD(3))) AS SELECT n FROM shop.t", True),
    ("VIEW shop.v SQL SECURITY INVOKER AS SELECT n FROM shop.t", False),
    (
        "VIEW shop.v (a Tuple(b Int8, c String)) AS SELECT (1, 'c')::Tuple(b Int8, c String) AS a",
        False,
    ),
    (
        (
            "VIEW shop.v AS SELECT 1::UInt8 AS a, 'x'::LowCardinality(String) AS b, (1, "
            "'x')::Tuple(`a b` Int8, c String)"
        ),
        False,
    ),
    ("VIEW shop.v AS SELECT (SELECT max(n) FROM shop.t), n IN (SELECT 1) FROM shop.t", False),
    ("MATERIALIZED VIEW shop.v TO shop.t AS SELECT n + 1::UInt8 AS n FROM shop.t", False),
]


@pytest.mark.parametrize(("view", "is_listed"), LISTED)
def test_a_view_is_declared_with_its_columns_and_rights(db, view, is_listed, folder, imported):
    db.raw("CREATE TABLE shop.t (n Int64) ENGINE = Memory")
    db.raw(f"CREATE {view}")
    before = created(db)
    options = PullOptions(databases=(db.database,), managed=True, folder=folder)

    result = pull(db.clickhouse, None, options)
    project = imported().project

    assert [note for note in result.notes if note.startswith(db.database)] == []
    assert ("columns=" in result.files[f"tables_{db.database}.py"]) is is_listed
    assert steps_of(plan_for(project, db.clickhouse, Options(adopt=True))) == []
    db.raw("DROP VIEW shop.v")
    assert reconcile(project, db.clickhouse, Options(adopt=True, **db.options)).failures == ()
    assert created(db) == before


@pytest.mark.parametrize(
    "view",
    [
        "MATERIALIZED VIEW shop.v TO shop.t (n Int64 COMMENT 'c') AS SELECT n FROM shop.t",
        "MATERIALIZED VIEW shop.v TO shop.t (n UInt8) AS SELECT n FROM shop.t",
    ],
)
def test_columns_that_the_query_of_a_materialized_view_does_not_give_are_said(db, view):
    db.raw("CREATE TABLE shop.t (n Int64) ENGINE = Memory")
    db.raw(f"CREATE {view}")

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))

    assert len(result.notes) == 1
    assert result.notes[0].startswith(
        f"{db.database}.v: its columns: a declaration can't have other types"
    )
    life_cycle = result.files[f"tables_{db.database}.py"].rpartition("LifeCycle.")[2]
    assert life_cycle.startswith("EXTERNALLY_MANAGED")


def test_a_column_that_a_view_does_not_know_yet_is_not_one_that_was_written(db):
    db.raw("CREATE TABLE shop.t (n Int64) ENGINE = Memory")
    db.raw("CREATE VIEW shop.v AS SELECT * FROM shop.t")
    db.raw("ALTER TABLE shop.t ADD COLUMN m Int64")

    assert pull_of(db).notes == ()


def pull_of(db):
    return read(db.clickhouse, None, PullOptions(databases=(db.database,)))
