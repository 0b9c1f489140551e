from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from moose_dagster.declare.columns import Key, RenamedFrom
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable
from moose_dagster.state.names import TableId


class User(BaseModel):
    id: Key[int]
    mail: Annotated[str, RenamedFrom("e_mail")]
    nick: Annotated[str | None, RenamedFrom("name")] = Field(alias="nick name")


class Plain(BaseModel):
    id: int


def test_a_renamed_column_names_its_earlier_name():
    project = Project("shop", [OlapTable[User]("users"), OlapTable[Plain]("plain")])

    assert project.desired.column_renames == {
        TableId("default", "users"): {"mail": "e_mail", "nick name": "name"},
    }


@pytest.mark.parametrize(
    ("renamed_from", "earlier"),
    [
        ("people", TableId("lake", "people")),
        ("old.people", TableId("old", "people")),
        ("`a.b`", TableId("lake", "a.b")),
        ("old.`a.b`", TableId("old", "a.b")),
        ("users_0_1", TableId("lake", "users_0_1")),
        ("old.`a\\`b`", TableId("old", "a`b")),
    ],
)
def test_a_renamed_table_names_its_earlier_place(renamed_from, earlier):
    users = OlapTable[Plain]("users", OlapConfig(database="lake", renamed_from=renamed_from))

    assert Project("shop", [users]).desired.table_renames == {TableId("lake", "users"): earlier}


@pytest.mark.parametrize("renamed_from", ["", "a.b.c", ".a", "a."])
def test_an_earlier_name_that_is_not_a_table_is_a_fault(renamed_from, faults_of):
    assert faults_of(OlapTable[Plain]("t", OlapConfig(renamed_from=renamed_from))) == [
        (
            f"t: renamed_from={renamed_from!r} is not the name of a table; write name or "
            "database.name, a name with a dot in backticks."
        )
    ]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (
            [OlapTable[Plain]("a", OlapConfig(renamed_from="b")), OlapTable[Plain]("b")],
            ["a: renamed_from names default.b, which is declared as well; drop one of the two."],
        ),
        (
            [OlapTable[Plain]("a", OlapConfig(renamed_from="default.a"))],
            ["a: renamed_from names default.a, which is the name it has; take it out."],
        ),
        (
            [
                OlapTable[Plain]("a", OlapConfig(renamed_from="c")),
                OlapTable[Plain]("b", OlapConfig(renamed_from="c")),
            ],
            [
                "a: renamed_from names default.c, and so does that of default.b; keep one.",
                "b: renamed_from names default.c, and so does that of default.a; keep one.",
            ],
        ),
    ],
)
def test_a_table_renamed_from_what_is_taken_is_a_fault(tables, expected, faults_of):
    assert faults_of(*tables) == expected


class Misnamed(BaseModel):
    a: Annotated[int, RenamedFrom("b")]
    b: Annotated[int, RenamedFrom(" ")]
    c: Annotated[int, RenamedFrom("c")]
    d: Annotated[int, RenamedFrom("z")]
    e: Annotated[int, RenamedFrom("z")]
    f: list[Annotated[int, RenamedFrom("y")]]


def test_a_column_renamed_from_what_is_taken_is_a_fault(faults_of):
    assert faults_of(OlapTable[Misnamed]("t")) == [
        "t.f: RenamedFrom is for a whole column; move it to a field of the table's model.",
        "t.a: RenamedFrom names b, which is declared as well; drop one of the two.",
        "t.b: RenamedFrom is empty; write the earlier name or take it off.",
        "t.c: RenamedFrom names c, which is the name it has; take it off.",
        "t.d: RenamedFrom names z, and so does that of e; keep one.",
        "t.e: RenamedFrom names z, and so does that of d; keep one.",
    ]
