"""A run in one environment touches nothing of another, whatever both have and had."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from laws.examples import EXAMPLES
from scenarios.database import DP, FM, TestDatabase, declared

from moose_dagster import DeclarationError, Environment, Options, Project, reconcile

_NAMES = ("a", "b", "c", "d")
_ENVIRONMENTS = (
    None,
    Environment("prod"),
    Environment("dev", database_suffix="_dev"),
    Environment("pr-1", database_prefix="pr_1_"),
    Environment("pr-2", database_prefix="pr_2_", database_suffix="_x"),
)
_TABLES = st.sets(st.sampled_from(_NAMES))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Environment | None, set[str], bool]]:
    """Return runs: the environment, the tables in the code then, and whether it prunes."""
    environments = draw(st.lists(st.sampled_from(_ENVIRONMENTS), min_size=2, unique=True))
    runs = st.tuples(st.sampled_from(environments), _TABLES, st.booleans())
    return draw(st.lists(runs, min_size=3, max_size=7))


def project_of(db: TestDatabase, environment: Environment | None, names: set[str]) -> Project:
    tables = [declared(name, "id Int64", DP if name == "d" else FM) for name in sorted(names)]
    return Project("web", tables, database=db.database, environment=environment)


def databases_of(db: TestDatabase) -> set[str]:
    return {
        environment.database(db.database) if environment else db.database
        for environment in _ENVIRONMENTS
    }


def tables_of(db: TestDatabase) -> Mapping[str, set[tuple[str, str]]]:
    """Return the tables of each database, with the uuid of each."""
    found = {database: set[tuple[str, str]]() for database in databases_of(db)}
    for database, name, uuid in db.rows("SELECT database, name, uuid FROM system.tables"):
        if database in found:
            found[database].add((name, str(uuid)))
    return found


def entries_of(db: TestDatabase, owner: str) -> Sequence[tuple[object, ...]]:
    ledger = db.options["ledger_database"]
    if not db.rows(f"SELECT 1 FROM system.tables WHERE database = '{ledger}'"):
        return []
    return db.rows(
        f"SELECT project, kind, database, name, uuid, life_cycle FROM {ledger}.resources FINAL "
        f"WHERE project != '{owner}' AND project != 'web' ORDER BY ALL"
    )


# A history is up to seven runs.
@settings(max_examples=2 * EXAMPLES)
@given(histories())
def test_a_run_touches_nothing_of_another_environment(connected, history):
    db = TestDatabase(connected, uuid4().hex[:10])
    for environment, names, prune in history:
        project = project_of(db, environment, names)
        before = tables_of(db)
        entries = entries_of(db, project.owner.key)
        options = Options(**db.options, prune=prune, allow_mass_removal=True)

        try:
            outcome = reconcile(project, db.clickhouse, options)
        except DeclarationError:
            assert environment is None
            assert tables_of(db) == before
            continue

        touched = {step.resource.database for step in outcome.before.plan.steps}
        assert touched <= {project.database}, history
        after = tables_of(db)
        others = databases_of(db) - {project.database}
        for name in others:
            assert after[name] == before[name]
        assert entries_of(db, project.owner.key) == entries, history
        assert {name for name, _ in after[project.database]} >= names
