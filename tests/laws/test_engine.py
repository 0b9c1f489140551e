"""Laws over random declarations on the real engine."""

from hypothesis import given
from hypothesis import strategies as st
from lacking import takes
from laws.declarations import declarations
from laws.examples import BATCH, LAW
from scenarios.database import DP, FM, TestDatabase, declared_as

from moose_dagster import Options, RenamedFrom, reconcile

batches = st.lists(declarations(), min_size=BATCH, max_size=BATCH)
ID = ["id UInt64", "ts DateTime"]


def tables_of(batch, life_cycle, version):
    configs = [
        taken(config.model_copy(update={"life_cycle": life_cycle}), version) for _, config in batch
    ]
    tables = []
    for number, ((columns, _), config) in enumerate(zip(batch, configs, strict=True)):
        known = [column for column in columns if takes(version, column)]
        tables.append(declared_as(f"t{number}", [*ID, *known], config))
    return tables


def taken(config, version):
    """Return *config* without what that server lacks."""
    settings = {name: value for name, value in config.settings.items() if takes(version, name)}
    if settings == config.settings:
        return config
    update = {"settings": settings, "order_by_expression": "id, ts", "sample_by_expression": None}
    return config.model_copy(update=update)


def renaming(tables, earlier):
    """Let columns of *tables* that are new be other names of those of *earlier* that are gone."""
    for table, before in zip(tables, earlier, strict=True):
        names, earlier_names = fields_of(table), fields_of(before)
        for new, old in zip(
            sorted(names.keys() - earlier_names.keys()),
            sorted(earlier_names.keys() - names.keys()),
            strict=False,
        ):
            names[new].metadata.append(RenamedFrom(old))
    return tables


def fields_of(table):
    """Return the fields of the model by the names of their columns."""
    return {field.alias: field for field in table.model.model_fields.values()}


def failures_of(outcome):
    return [
        (result.action.table.name, result.error, *map(reason_of, result.action.steps))
        for result in outcome.failures
    ]


def reason_of(step):
    return step.reason


@LAW
@given(batches)
def test_what_was_just_created_does_not_differ_in_any_spelling(connected, server_version, batch):
    db = TestDatabase(connected)
    tables = tables_of(batch, FM, server_version)

    outcome = reconcile(db.project(*tables), db.clickhouse, Options(**db.options))

    assert not failures_of(outcome), "\n".join(map(repr, failures_of(outcome)))
    assert outcome.after.plan.steps == ()
    assert db.plan_result(*tables).plan.steps == ()


@LAW
@given(batches, batches, st.booleans())
def test_any_two_declarations_reconcile(connected, server_version, first, second, renamed):
    for life_cycle in (FM, DP):
        db = TestDatabase(connected)
        earlier = tables_of(first, life_cycle, server_version)
        db.reconcile(*earlier)
        for number in range(BATCH):
            db.raw(
                f"INSERT INTO shop.t{number} (id, ts) SELECT number, now() - number "
                "FROM numbers(100)"
            )
        tables = tables_of(second, life_cycle, server_version)
        tables = renaming(tables, earlier) if renamed else tables

        outcome = reconcile(db.project(*tables), db.clickhouse, Options(**db.options))

        assert failures_of(outcome) == []
        assert outcome.unfinished == ()
        assert [
            step for step in db.plan_result(*tables).plan.steps if step.verdict.value != "BLOCK"
        ] == []
        for number in range(BATCH):
            assert db.value(f"SELECT count() FROM shop.t{number}") == 100
