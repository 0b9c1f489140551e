"""Names, comments and values that hold SQL are created and altered without a difference."""

from typing import Annotated, Any

from pydantic import Field, create_model
from scenarios.database import DP

from moose_dagster import (
    ClickHouseType,
    OlapConfig,
    OlapTable,
    TableConstraint,
    TableIndex,
    clickhouse_default,
)
from moose_dagster.sql.quoting import quoted_name, quoted_text

ODD = [
    *(
        "back\\slash",
        "tick`tick",
        "q'q",
        'q"q',
        "new\nline",
        "per%cent",
        "%(x)s",
        "{brace}",
        "Ünï✓",
        "a.b",
        "--c",
    ),
    *("/*c*/", ";semi", "select", "TTL", "1st", "a b", "(p)", "\\n", "\\'", "?", "Nested", "and"),
]
# Before ClickHouse 26 the server itself writes these bare in an index, and reads a constant (80).
LITERALS = ["NULL", "inf"]
WHOLE = Annotated[Any, ClickHouseType("Int64")]


def table(number, odd, changed):
    """Return a table with *odd* in every name and text; *changed* has others of both."""
    word = f"{odd}{changed}"
    name = quoted_name(odd)
    members = ", ".join(
        f"{quoted_text(member)}={at}" for at, member in enumerate(dict.fromkeys(["a", odd, word]))
    )
    text = Annotated[Any, ClickHouseType("String"), clickhouse_default(quoted_text(word))]
    fields = {
        "id": (WHOLE, ...),
        "odd": (WHOLE, Field(alias=odd, description=word)),
        "text": (text, Field(description=word)),
        "kind": (Annotated[Any, ClickHouseType(f"Enum8({members})")], ...),
        **({"more": (WHOLE, Field(alias=word))} if changed else {}),
    }
    config = OlapConfig(
        order_by_fields=["id", odd],
        partition_by=f"{name} % 2",
        comment=word,
        life_cycle=DP,
        indexes=[TableIndex("i", f"{name} + {2 if changed else 1}", "minmax")],
        constraints=[TableConstraint(odd, f"text != {quoted_text(word + 'x')}")],
    )
    return OlapTable[create_model("Row", **fields)](f"t{number}", config)


def test_18_39_whatever_names_and_texts_hold(db, server_version):
    names = [*ODD, *(LITERALS if server_version >= (26, 9) else ())]
    first = [table(number, odd, "") for number, odd in enumerate(names)]
    second = [table(number, odd, " 2") for number, odd in enumerate(names)]

    db.reconcile(*first)
    assert db.plan(*first) == {}
    for number in range(len(names)):
        db.raw(f"INSERT INTO shop.t{number} (id) VALUES (1)")
    outcome = db.reconcile(*second)

    assert len(outcome.results) == len(names)
    assert db.plan(*second) == {}
    assert [db.value(f"SELECT text FROM shop.t{number}") for number in range(len(names))] == names
