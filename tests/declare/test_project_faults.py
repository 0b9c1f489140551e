from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, create_model

from moose_dagster.declare.columns import ClickHouseType
from moose_dagster.declare.elements import TableIndex
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable
from moose_dagster.errors import DeclarationError


class UserData(BaseModel):
    id: str
    name: str
    email: str


class Priced(BaseModel):
    price: Decimal


def test_two_tables_of_one_name_name_both_places():
    first = OlapTable[UserData]("users")
    second = OlapTable[UserData]("users", OlapConfig(database="default"))

    with pytest.raises(DeclarationError) as caught:
        Project("shop", [first, second])

    assert caught.value.faults == (
        (
            f"users ({second.source}): default.users is declared at {first.source} "
            "already; rename one of the two."
        ),
    )


def test_one_error_lists_every_fault_of_every_table(faults_of):
    faults = faults_of(
        OlapTable[Priced]("a", OlapConfig(orderby_fields=["price"], ttll="x")),
        OlapTable[UserData]("b", OlapConfig(order_by_fields=["nam"], zebra=1)),
        OlapTable("c"),
        OlapTable[int]("d"),
        OlapTable["UserData"]("e"),
        OlapTable[UserData]("f", {"order_by_fields": ["id"]}),
        OlapTable[UserData](7),
        "users",
    )

    assert faults == [
        "a.orderby_fields: OlapConfig has no such field; did you mean order_by_fields?",
        "a.ttll: OlapConfig has no such field; did you mean ttl?",
        "a.price: a bare Decimal has no digits; write clickhouse_decimal(18, 2).",
        "b.zebra: OlapConfig has no such field.",
        "b: order_by_fields names nam, which is not a column; did you mean name?",
        'c: its model is missing; write OlapTable[Model]("c").',
        'd: its model is missing; write OlapTable[Model]("d").',
        'e: its model is missing; write OlapTable[Model]("e").',
        "f: {'order_by_fields': ['id']} is given where OlapConfig is expected.",
        "7: 7 is given where str is expected.",
        "resource 7 is of type str; pass tables, streams, pipelines, views, or modules with some.",
    ]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (OlapTable[UserData](""), [": the table name is empty; give it one."]),
        (
            OlapTable[UserData]("a\0b"),
            ["a\0b: the table name 'a\\x00b' has a NUL character in it; take it out."],
        ),
        (
            OlapTable[UserData]("t", OlapConfig(database="")),
            ["t: the database name is empty; give it one."],
        ),
        (
            OlapTable[UserData]("t", OlapConfig(settings={"a = 1, b": 2})),
            ["t.settings: 'a = 1, b' can't be the name of a setting."],
        ),
    ],
)
def test_a_name_that_can_not_be_is_a_fault(table, expected, faults_of):
    assert faults_of(table) == expected


@pytest.mark.parametrize(
    "config",
    [
        {"order_by_fields": ["not"]},
        {"order_by_expression": "(id, `NOT`)"},
        {"order_by_fields": ["id"], "partition_by": "`not`"},
        {"order_by_fields": ["id"], "indexes": [TableIndex("i", "(id, `not`)", "minmax")]},
    ],
)
def test_a_table_that_the_server_could_not_load_again_is_a_fault(config, faults_of):
    model = create_model(
        "Row",
        id=(int, ...),
        negated=(int, Field(alias="not" if "NOT" not in str(config) else "NOT")),
    )

    [fault] = faults_of(OlapTable[model]("t", OlapConfig(**config)))

    assert fault.endswith(
        "ClickHouse can't load a table whose keys, indexes or "
        "constraints use a column `not`; rename it."
    )


def test_a_name_too_long_for_a_file_is_a_fault(faults_of):
    [fault] = faults_of(OlapTable[UserData]("é" * 101))

    assert fault.endswith(
        ": the table name 'éééééééééééééééééééé'... takes 606 bytes; ClickHouse "
        "names files after it, "
        "shorten it to 200."
    )


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a/b", "shop\n"])
def test_a_project_name_that_can_not_be_an_owner_is_a_fault(name: str):
    with pytest.raises(DeclarationError, match="can't be an owner; use 1 to 64 letters"):
        Project(name, [])


@pytest.mark.parametrize("name", ["a", "Shop_1.2-3", "x" * 64])
def test_a_project_name_of_plain_characters_is_kept(name: str):
    assert Project(name, []).name == name


def test_the_message_names_file_and_line():
    table = OlapTable[Priced]("prices")

    with pytest.raises(DeclarationError) as caught:
        Project("shop", [table])

    assert str(caught.value) == (
        "1 fault in the declarations:\n"
        f"- prices.price ({table.source}): a bare Decimal has no digits; write "
        "clickhouse_decimal(18, 2)."
    )
    assert str(table.source).endswith(f"test_project_faults.py:{table.source.line}")


def test_names_too_long_together_are_a_fault(faults_of):
    config = OlapConfig(database="d" * 30)

    [fault] = faults_of(OlapTable[UserData]("t" * 190, config))

    assert fault.endswith(
        "take 220 bytes together; ClickHouse names a file after both, shorten them to 213."
    )
    Project("shop", [OlapTable[UserData]("é" * 33, OlapConfig(database="d"))])


def test_a_type_nested_too_deeply_is_a_fault(faults_of):
    deep = "Array(" * 3_000 + "Int8" + ")" * 3_000
    model = create_model("Deep", id=(int, ...), x=(Annotated[Any, ClickHouseType(deep)], ...))

    [fault] = faults_of(OlapTable[model]("t"))

    assert fault == "t.x: the type is nested deeper than 100 levels; flatten it."


def test_a_type_of_many_levels_is_taken():
    deep = "Array(" * 100 + "Int8" + ")" * 100
    model = create_model("Deep", id=(int, ...), x=(Annotated[Any, ClickHouseType(deep)], ...))

    [table] = Project("shop", [OlapTable[model]("t")]).desired.state.tables.values()

    assert table.columns[1].type == deep
