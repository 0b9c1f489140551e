"""What is pulled, what is not, and what is said about it."""

from dataclasses import replace

import pytest

from moose_dagster import LifeCycle, MooseDagsterError
from moose_dagster.live.tables import Facts, LiveTables
from moose_dagster.live.topics import LiveTopics, TopicFacts
from moose_dagster.pull import PullOptions, pull, read
from moose_dagster.pull.modules import FoundTables, pulled
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Constraint, Default, Projection, Table
from moose_dagster.state.topics import Topic, TopicId


def found(db, **options):
    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), **options))
    return [table.name for table in result.tables]


@pytest.fixture
def three(db):
    for name in ("orders", "order_lines", "clicks"):
        db.live(f"{name} (id Int64) ENGINE = MergeTree ORDER BY id")
    return db


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["clicks", "order_lines", "orders"]),
        ({"include": ("order*",)}, ["order_lines", "orders"]),
        ({"include": ("shop_*.clicks", "orders")}, ["clicks", "orders"]),
        ({"exclude": ("*_lines",)}, ["clicks", "orders"]),
        ({"include": ("order*",), "exclude": ("orders",)}, ["order_lines"]),
    ],
)
def test_patterns_choose_tables(three, options, expected):
    assert found(three, **options) == expected


def test_what_the_server_and_this_library_made_for_themselves_is_not_pulled(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    db.live("`.inner.x` (id Int64) ENGINE = MergeTree ORDER BY id")
    db.live("_tmp_replace_1 (id Int64) ENGINE = MergeTree ORDER BY id")
    db.raw(f"CREATE DATABASE {db.options['ledger_database']}")
    db.raw(f"CREATE DATABASE {db.options['trash_database']}")
    db.raw(
        f"CREATE TABLE {db.options['trash_database']}.t (id Int64) ENGINE = MergeTree ORDER BY id"
    )

    databases = {
        table.database for table in read(db.clickhouse, None, PullOptions(**db.options)).tables
    }

    assert found(db) == ["orders"]
    assert db.database in databases
    assert not databases & {"system", "INFORMATION_SCHEMA", *db.options.values()}


def test_two_databases_are_two_modules(db, tmp_path, connected):
    other = f"{db.database}-2"
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    db.raw(f"CREATE DATABASE `{other}`")
    db.raw(f"CREATE TABLE `{other}`.orders (id Int64) ENGINE = MergeTree ORDER BY id")

    result = pull(
        db.clickhouse, None, PullOptions(databases=(db.database, other), folder=tmp_path / "x")
    )

    module = db.database
    assert list(result.files) == ["project.py", f"tables_{module}.py", f"tables_{module}_2.py"]
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == [
        "__init__.py",
        *result.files,
    ]
    assert f"from . import tables_{module}, tables_{module}_2\n" in result.files["project.py"]


def test_a_module_of_a_database_that_has_no_more_tables_is_named_and_stays(three, tmp_path):
    options = PullOptions(databases=(three.database,), folder=tmp_path)
    pull(three.clickhouse, None, options)
    (tmp_path / "own.py").write_text("mine = 1\n")

    result = pull(three.clickhouse, None, replace(options, include=("nothing",)))

    (note,) = [note for note in result.notes if "an earlier pull" in note]
    assert note.startswith(f"{tmp_path / f'tables_{three.database}.py'} was written")
    assert (tmp_path / f"tables_{three.database}.py").exists()


def test_a_file_that_was_not_pulled_is_not_overwritten(three, tmp_path):
    options = PullOptions(databases=(three.database,), folder=tmp_path)
    (tmp_path / "project.py").write_text("precious = 1\n")

    with pytest.raises(
        MooseDagsterError, match=r"project\.py: not written by a pull; nothing was written"
    ):
        pull(three.clickhouse, None, options)

    assert [path.name for path in tmp_path.iterdir()] == ["project.py"]
    assert (tmp_path / "project.py").read_text() == "precious = 1\n"


@pytest.mark.parametrize(
    ("managed", "expected"),
    [
        (False, LifeCycle.EXTERNALLY_MANAGED),
        (True, LifeCycle.FULLY_MANAGED),
        (LifeCycle.DELETION_PROTECTED, LifeCycle.DELETION_PROTECTED),
    ],
)
def test_managed_chooses_the_life_cycle(three, managed, expected):
    options = PullOptions(databases=(three.database,), managed=managed)

    text = read(three.clickhouse, None, options).files[f"tables_{three.database}.py"]

    assert text.count(f"life_cycle=LifeCycle.{expected.name},") == 3


def test_reading_writes_nothing_on_the_server(three, tmp_path):
    pull(three.clickhouse, None, PullOptions(databases=(three.database,), folder=tmp_path))

    assert three.writes() == []


def test_a_database_that_is_not_there_is_an_error(db):
    with pytest.raises(
        MooseDagsterError, match=r"there is no database nowhere; the server has .*default"
    ):
        read(db.clickhouse, None, PullOptions(databases=(db.database, "nowhere")))


def live(*tables, **not_understood):
    facts = {table.id: Facts("", 0, 0, not_understood.get(table.id.name, ())) for table in tables}
    return LiveTables(State({table.id: table for table in tables}), facts)


def a_table(name, *columns):
    return Table(TableId("shop", name), columns or (Column("id", "Int64"),))


def modules(tables, life_cycle=LifeCycle.FULLY_MANAGED):
    return pulled(FoundTables(tables), LiveTopics({}), life_cycle, "pulled")


def test_what_was_not_understood_is_said_beside_the_table_and_hides_nothing():
    result = modules(live(a_table("orders"), a_table("other"), orders=("COLLATE of column id",)))

    note = "shop.orders: not understood: COLLATE of column id."
    assert result.notes == (note,)
    assert (
        f"\n\n# {note}\nclass Orders(BaseModel):\n    id: int\n" in result.files["tables_shop.py"]
    )
    assert len(result.tables) == 2


def test_a_table_of_which_a_part_was_not_understood_is_never_managed():
    text = modules(live(a_table("orders"), a_table("other"), orders=("INDEX i",))).files[
        "tables_shop.py"
    ]

    orders, other = text.split("class Other")
    assert "life_cycle=LifeCycle.EXTERNALLY_MANAGED," in orders
    assert "life_cycle=LifeCycle.FULLY_MANAGED," in other


ODD = [  # what no server should print
    Column("id", "Int64", settings={"1": "x"}),
    Column("id", "Decimal(x)"),
    Column("id", "Nullable(Int8, Int8)"),
    Column("id", "Enum8(a = 1)"),
]


@pytest.mark.parametrize("column", ODD)
def test_a_table_that_can_not_be_written_is_said_and_stops_no_other(column):
    result = modules(live(a_table("orders", column), a_table("other")))

    assert [table.name for table in result.tables] == ["other"]
    assert result.notes[0].startswith("shop.orders: not declared: ")


def test_what_can_not_be_declared_is_said_in_place_of_it_and_hides_nothing():
    result = modules(live(a_table("orders"), a_table("other", Column("a\0b", "Int64"))))

    text = result.files["tables_shop.py"]
    assert [table.name for table in result.tables] == ["orders"]
    assert result.notes[0].startswith(
        "shop.other: not declared: a_b: the column name 'a\\x00b' has"
    )
    assert "# shop.other: not declared: a_b: the column name" in text
    assert "class Other" not in text


ENCRYPTED = "encrypt('aes-128-ecb', '[HIDDEN]')"


@pytest.mark.parametrize(
    ("facets", "part"),
    [
        (
            {"columns": (Column("id", "String", Default("DEFAULT", ENCRYPTED)),)},
            "the default of id",
        ),
        ({"projections": (Projection("p", f"SELECT {ENCRYPTED} ORDER BY id"),)}, "projection p"),
        ({"constraints": (Constraint("c", "CHECK", f"{ENCRYPTED} != ''"),)}, "constraint c"),
        ({"order_by": ("id", ENCRYPTED)}, "a key or the TTL"),
        ({"settings": {"disk": "disk(type = s3, secret_access_key = '[HIDDEN]')"}}, "setting disk"),
    ],
)
def test_a_table_of_which_the_server_hides_a_part_is_never_managed(facets, part):
    result = modules(live(replace(a_table("orders"), **facets)))

    assert result.notes[0].startswith(f"shop.orders: {part}: the server hides a part of it")
    assert "life_cycle=LifeCycle.EXTERNALLY_MANAGED," in result.files["tables_shop.py"]


def test_topics_of_one_name_in_the_eyes_of_kafka_are_not_declared_together():
    topics = {TopicId(name): Topic(TopicId(name), 1, 1) for name in ("a.b", "a_b", "c")}
    found = LiveTopics(topics, {topic: TopicFacts(0, frozenset()) for topic in topics})

    result = pulled(FoundTables(LiveTables(State())), found, LifeCycle.EXTERNALLY_MANAGED, "pulled")

    assert result.topics == ("a.b", "c")
    assert result.notes == ("a_b: not declared: Kafka treats it and a.b as the same name.",)


def test_an_empty_server_is_an_empty_project():
    assert modules(LiveTables(State())).files == {
        "project.py": (
            '"""Pulled by moose-dagster: everything that was pulled, as one project."""\n\n'
            'from moose_dagster import Project\n\nproject = Project("pulled", [])\n'
        )
    }
