"""Laws about rows: no stored value of a protected table is lost, altered or unreadable."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from laws.examples import BATCH, LAW
from risk.type_changes.measured import VALUES
from scenarios.database import DP, FM, TestDatabase, declared_as

from moose_dagster import OlapConfig, Options, RenamedFrom, TableConstraint, reconcile
from moose_dagster.errors import ServerError
from moose_dagster.ledger.trash import read_trash
from moose_dagster.reconciliation.trash import restore

# A FixedString that was padded can't be cast back, which is how values are compared here.
TYPES = sorted(set(VALUES) - {"FixedString(16)"})
ROWS = 6
KEEP, DROP = "keep", "drop"
TTLS = [
    None,
    "ts + INTERVAL 1 DAY",
    "ts + INTERVAL 70 YEAR",
    "ts + INTERVAL 1 DAY DELETE WHERE id = 2",
]
CONSTRAINTS = ["id < 3", "id >= 0", "ts > '2000-01-01 00:00:00'"]


@dataclass(frozen=True)
class Fate:
    """A live column with its values, and what the code makes of it.

    `late` columns come after half of the rows, which read their default; `default` and
    `new_default` are positions among the values of the type, or None; `renamed` ones have another
    name in the code.
    """

    live: str
    desired: str
    values: list[int]
    late: bool
    default: int | None
    new_default: int | None
    renamed: bool


@dataclass(frozen=True)
class Computed:
    """A column whose live default uses the first one, and what the code makes of it."""

    kind: str
    late: bool
    desired: str


def value_of(type_, position):
    values = VALUES[type_]
    return f"CAST({values[position % len(values)]}, {sql(type_)})"


def sql(type_):
    quoted = type_.replace("'", "\\'")
    return f"'{quoted}'"


positions = st.integers(0, 3)
fates = st.builds(
    Fate,
    live=st.sampled_from(TYPES),
    desired=st.sampled_from([KEEP, KEEP, DROP, *TYPES]),
    values=st.lists(positions, min_size=ROWS, max_size=ROWS),
    late=st.booleans(),
    default=st.none() | positions,
    new_default=st.none() | positions,
    renamed=st.booleans(),
)
computed = st.builds(
    Computed,
    kind=st.sampled_from(["DEFAULT", "MATERIALIZED"]),
    late=st.booleans(),
    desired=st.sampled_from([KEEP, KEEP, DROP, "DEFAULT", "MATERIALIZED", "ALIAS"]),
)
tables = st.tuples(
    st.lists(fates, min_size=1, max_size=6),
    computed,
    st.sampled_from(TTLS),
    st.lists(st.sampled_from(CONSTRAINTS), unique=True, max_size=2),
    st.sampled_from(["id", "ts"]),
)
batches = st.lists(tables, min_size=BATCH // 2, max_size=BATCH // 2)


def live_column(number, fate):
    default = "" if fate.default is None else f" DEFAULT {value_of(fate.live, fate.default)}"
    return f"c{number} {fate.live}{default}"


def make(db, name, columns, made_of_first):
    """Make a live table: three rows, the late columns, three more rows."""
    last = f"d String {made_of_first.kind} toString([c0])"
    early = [live_column(n, fate) for n, fate in enumerate(columns) if not fate.late]
    late = [f"ADD COLUMN {live_column(n, fate)}" for n, fate in enumerate(columns) if fate.late]
    if made_of_first.late or columns[0].late:
        late.append(f"ADD COLUMN {last}")
    else:
        early.append(last)
    db.live(
        f"{name} ({', '.join(['id Int64', 'ts DateTime', *early])}) ENGINE = MergeTree ORDER BY id"
    )
    insert(db, name, {n: fate for n, fate in enumerate(columns) if not fate.late}, range(ROWS // 2))
    if late:
        db.raw(f"ALTER TABLE shop.{name} {', '.join(late)}")
    insert(db, name, dict(enumerate(columns)), range(ROWS // 2, ROWS))


def insert(db, name, columns, rows):
    names = ", ".join(["id", "ts", *(f"c{n}" for n in columns)])
    written = []
    for row in rows:
        values = [value_of(fate.live, fate.values[row]) for fate in columns.values()]
        written.append(f"({', '.join([str(row), f'now() - {row} * 86400', *values])})")
    db.raw(f"INSERT INTO shop.{name} ({names}) VALUES {', '.join(written)}")


def declared(name, table, life_cycle):
    columns, made_of_first, ttl, constraints, key = table
    definitions = ["id Int64", "ts DateTime"]
    earlier = {}
    for number, fate in enumerate(columns):
        if fate.desired == DROP:
            continue
        type_ = fate.live if fate.desired == KEEP else fate.desired
        default = (
            "" if fate.new_default is None else f" DEFAULT {value_of(type_, fate.new_default)}"
        )
        if fate.renamed:
            earlier[f"c{len(definitions)}"] = f"c{number}"
        definitions.append(f"{'r' if fate.renamed else 'c'}{number} {type_}{default}")
    if made_of_first.desired != DROP:
        kind = made_of_first.kind if made_of_first.desired == KEEP else made_of_first.desired
        first = "'gone'" if columns[0].desired == DROP else "r0" if columns[0].renamed else "c0"
        definitions.append(f"d String {kind} toString([{first}])")
    checks = [TableConstraint(f"k{number}", text) for number, text in enumerate(constraints)]
    config = OlapConfig(life_cycle=life_cycle, order_by_fields=[key], ttl=ttl, constraints=checks)
    made = declared_as(name, definitions, config)
    for field, before in earlier.items():
        made.model.model_fields[field].metadata.append(RenamedFrom(before))
    return made


def values(db, name, columns):
    """Return every value of the columns as text in the type it was stored in, row by row."""
    live_names = {row[0] for row in db.rows(f"DESCRIBE TABLE shop.{name}")}
    names = [
        f"r{number}" if f"r{number}" in live_names else f"c{number}"
        for number in range(len(columns))
    ]
    texts = [
        f"toString([CAST({name}, {sql(fate.live)})])"
        for name, fate in zip(names, columns, strict=True)
    ]
    return db.rows(f"SELECT id, {', '.join(texts)}, d FROM shop.{name} ORDER BY id")


def made(connected, batch):
    db = TestDatabase(connected)
    for number, (columns, made_of_first, *_) in enumerate(batch):
        make(db, f"t{number}", columns, made_of_first)
    return db


def unreadable(db, name):
    try:
        db.rows(f"SELECT toString(tuple(*)) FROM shop.{name}")
    except ServerError as error:
        return str(error)
    return ""


def stuck(db):
    return db.rows(
        "SELECT table, command FROM system.mutations WHERE database = "
        f"'{db.database}' AND NOT is_done"
    )


@LAW
@given(batches)
def test_no_value_of_a_protected_table_is_ever_lost_or_altered(connected, batch):
    db = made(connected, batch)
    before = {
        number: values(db, f"t{number}", columns) for number, (columns, *_) in enumerate(batch)
    }
    tables = [declared(f"t{number}", table, DP) for number, table in enumerate(batch)]

    outcome = reconcile(db.project(*tables), db.clickhouse, Options(**db.options, adopt=True))

    assert outcome.failures == ()
    for number, (columns, *_) in enumerate(batch):
        db.raw(f"OPTIMIZE TABLE shop.t{number} FINAL")
        steps = outcome.before.plan.of(db.table(f"t{number}"))
        assert values(db, f"t{number}", columns) == before[number], steps
    assert stuck(db) == []
    assert {step.verdict.value for step in outcome.after.plan.steps} <= {"BLOCK"}


@LAW
@given(batches)
def test_no_table_is_ever_left_unreadable(connected, batch):
    db = made(connected, batch)
    tables = [declared(f"t{number}", table, FM) for number, table in enumerate(batch)]

    outcome = reconcile(db.project(*tables), db.clickhouse, Options(**db.options, adopt=True))

    for number in range(len(batch)):
        steps = [step.reason for step in outcome.before.plan.of(db.table(f"t{number}"))]
        assert unreadable(db, f"t{number}") == "", steps
    assert stuck(db) == []


@LAW
@given(batches)
def test_what_a_managed_table_loses_is_brought_back_by_restore(connected, batch):
    db = made(connected, batch)
    before = {
        number: values(db, f"t{number}", columns) for number, (columns, *_) in enumerate(batch)
    }
    project = db.project(*(declared(f"t{number}", table, FM) for number, table in enumerate(batch)))
    options = Options(**db.options, adopt=True)

    outcome = reconcile(project, db.clickhouse, options)

    entries = {
        entry.what.origin: entry.what.name.name  # the first copy, as the newest come first
        for entry in read_trash(db.clickhouse, options.ledger_database, project.name)
    }
    for number, (columns, *_) in enumerate(batch):
        table = db.table(f"t{number}")
        if table in entries:
            restore(project, db.clickhouse, entries[table], options)
        db.raw(f"OPTIMIZE TABLE shop.t{number} FINAL")
        steps = [step.reason for step in outcome.before.plan.of(table)]
        assert values(db, f"t{number}", columns) == before[number], steps
