"""Migration series: the pulled declarations of each step bring live tables with rows there."""

import importlib
import os
from pathlib import Path
from uuid import uuid4

import pytest
from pull.corpus_statements import census, comparable_facets_of, in_database
from pull.series_statements import FOLDER, SeriesStep, steps_in
from scenarios.database import TestDatabase

from moose_dagster import Environment, OlapTable, Options, Project, RenamedFrom, reconcile
from moose_dagster.plan.policy import Verdict
from moose_dagster.pull import PullOptions, pull

FILES = sorted(FOLDER.glob("*.sql"))
ALL = "MOOSE_CORPUS" in os.environ
IN_SHORT = ("feature_flags", "web_analytics")
RUN = [file for file in FILES if ALL or file.stem in IN_SHORT]
STEPS = range(8, 21)
SHORT = 6  # steps of each
pytestmark = pytest.mark.requires("26.9", "the corpus is written for the newest server")


class Series:
    """A reference without rows, which the statements are sent to, and live tables with rows."""

    def __init__(self, db: TestDatabase, folder: Path) -> None:
        self.reference = db.database
        self.live = f"{db.database}_live"
        self.db = db
        self.folder = folder
        self.options = Options(**db.options, adopt=True, prune=True, allow_mass_removal=True)
        self.send([f"CREATE DATABASE {self.live} ENGINE = Atomic"], self.live)

    def send(self, statements, database):
        for sql in statements:
            self.db.clickhouse.connected.command(in_database(sql, database))

    def start(self, step: SeriesStep) -> None:
        for database in (self.reference, self.live):
            self.send(step.schema, database)
        self.send(step.inserts, self.live)

    def project(self, step: SeriesStep) -> Project:
        """Return what a pull of the reference declares, for the live tables."""
        package = f"pulled_{uuid4().hex[:10]}"
        options = PullOptions(
            databases=(self.reference,), managed=True, folder=self.folder / package
        )
        result = pull(self.db.clickhouse, None, options)
        assert result.notes == ()
        module = importlib.import_module(f"{package}.tables_{self.reference}")
        declared = {it.name: it for it in vars(module).values() if isinstance(it, OlapTable)}
        for table, new, old in step.renamed:
            fields = declared[table].model.model_fields
            field = next(it for name, it in fields.items() if new in (name, it.alias))
            field.metadata.append(RenamedFrom(old))
        live = Environment("live", database_suffix="_live")
        return Project("series", [module], database=self.reference, environment=live)

    def facets(self, database):
        return comparable_facets_of(self.db.clickhouse, database)

    def stored(self, tables):
        """Return the number of rows of each live table and a sum of hashes of each column."""
        found = {}
        for table, columns in tables.items():
            sums = "".join(f", sum(cityHash64(toString(tuple({_read(it)}))))" for it in columns)
            found[table] = self.db.rows(f"SELECT count(){sums} FROM {self.live}.`{table}`")
        return found


def _read(column):
    name, type_ = column
    return f"finalizeAggregation(`{name}`)" if type_.startswith("Aggregate") else f"`{name}`"


def unchanged_columns(before, after, loses):
    """Return the columns that hold the same type before and after, by stored table."""
    found = {}
    for table in before.keys() & after.keys() - set(loses):
        if "MergeTree" not in before[table][0][1]:
            continue
        types_after = {name: (type_, kind) for name, type_, _, kind, *_ in after[table][1:]}
        found[table] = [
            (name, type_)
            for name, type_, _, kind, *_ in before[table][1:]
            if types_after.get(name) == (type_, kind) and kind in {"", "DEFAULT"}
        ]
    return found


def walk(series: Series, step: SeriesStep) -> int:
    """Make one step and return how many changes were applied."""
    before = series.facets(series.live)
    series.send(step.schema, series.reference)
    columns = unchanged_columns(before, series.facets(series.reference), step.loses)
    rows = series.stored(columns)
    project = series.project(step)

    outcome = reconcile(project, series.db.clickhouse, series.options)

    assert [result.error for result in outcome.failures] == [], step.name
    assert outcome.unfinished == (), step.name
    left = outcome.after.plan.steps
    assert {it.verdict for it in left} <= {Verdict.BLOCK}, (step.name, left)
    reasons = [it.reason for it in left]
    assert bool(reasons) == bool(step.blocked), (step.name, reasons)
    sentences = "\n".join(reasons)
    assert [word for word in step.blocked if word not in sentences] == [], reasons
    assert series.stored(columns) == rows, step.name
    if step.blocked:
        series.send(step.schema, series.live)
        again = reconcile(project, series.db.clickhouse, series.options)
        assert again.before.plan.steps == (), (step.name, again.before.plan.steps)
    assert series.facets(series.live) == series.facets(series.reference), step.name
    series.send(step.inserts, series.live)
    return len(outcome.before.plan.with_verdict(Verdict.APPLY))


@pytest.mark.parametrize("file", RUN, ids=lambda file: file.stem)
def test_each_step_of_a_series_keeps_the_rows_and_arrives(db, file, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    series = Series(db, tmp_path)
    start, *steps = steps_in(file)
    steps = steps if ALL else steps[:SHORT]
    series.start(start)
    unchanged = SeriesStep("nothing changed", (), (), (), (), ())
    assert walk(series, unchanged) == 0

    applied = [walk(series, step) for step in steps]

    assert all(applied[i] or steps[i].blocked for i in range(len(steps))), applied
    census(f"{file.stem}: {len(steps)} steps, {sum(applied)} changes applied, 0 refused")


def test_there_are_enough_series_and_steps():
    steps = {file.stem: len(list(steps_in(file))) - 1 for file in FILES}

    census(f"{sum(steps.values())} steps in {len(steps)} series")
    assert len(steps) >= 12
    assert {name: count for name, count in steps.items() if count not in STEPS} == {}
