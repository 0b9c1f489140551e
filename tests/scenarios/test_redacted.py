"""What the server hides does not differ, and what it shows of a secret is shown by nobody else."""

from io import StringIO
from typing import Annotated

import pytest
from pydantic import BaseModel
from rich.console import Console
from scenarios.database import DP, FM

from moose_dagster import (
    Key,
    OlapConfig,
    OlapTable,
    OtherEngine,
    Secret,
    TableConstraint,
    View,
    clickhouse_default,
)
from moose_dagster.report.console import print_plan
from moose_dagster.state.names import TableId

KEY = "sixteen byte key"
CHECKED = TableConstraint("readable", f"decrypt('aes-128-ecb', e, '{KEY}') = s")


class Sealed(BaseModel):
    id: Key[int]
    s: str
    e: Annotated[str, clickhouse_default(f"encrypt('aes-128-ecb',s,'{KEY}')")]


class Shouted(Sealed):
    e: Annotated[str, clickhouse_default(f"encrypt('aes-128-ecb',upper(s),'{KEY}')")]


class Chained(Sealed):
    e: Annotated[str, clickhouse_default(f"encrypt('aes-128-cbc',s,'{KEY}')")]


class Remote(BaseModel):
    id: str
    v: str


def sealed(model=Sealed, **config):
    return OlapTable[model]("orders", OlapConfig(**config))


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_key_that_the_server_hides_is_not_a_difference(db, life_cycle):
    table = sealed(life_cycle=life_cycle, constraints=[CHECKED])
    db.reconcile(table)
    db.raw("INSERT INTO shop.orders (id, s) VALUES (1, 'a')")
    db.writes()

    assert db.plan(table) == {}
    db.reconcile(table)

    assert db.writes() == []
    assert db.value(f"SELECT decrypt('aes-128-ecb', e, '{KEY}') FROM shop.orders") == "a"


def test_a_key_in_the_code_is_shown_nowhere(db):
    table = sealed(constraints=[CHECKED])
    db.live("orders (id Int64, s String, e String DEFAULT s) ENGINE = MergeTree ORDER BY id")
    output = StringIO()
    plan_result = db.plan_result(table)

    print_plan(Console(file=output, width=400), plan_result.plan)
    db.reconcile(table)

    assert "encrypt('aes-128-ecb', '[HIDDEN]')" in output.getvalue()
    written = str(db.rows(f"SELECT * FROM {db.options['ledger_database']}.history"))
    assert "encrypt('aes-128-ecb', '[HIDDEN]')" in written
    reasons = str([step.reason for step in plan_result.plan.steps])
    assert KEY not in output.getvalue() + written + reasons


def test_what_is_said_beside_a_hidden_key_is_compared(db):
    db.reconcile(sealed())

    # All that the server shows of the call is its mode.
    assert db.plan(sealed(Shouted)) == {}
    assert db.plan(sealed(Chained)) == {"default e": "APPLY"}


def test_a_table_with_a_hidden_key_is_rebuilt_with_the_key_as_it_was(db):
    db.reconcile(sealed())
    db.raw("INSERT INTO shop.orders (id, s) VALUES (1, 'a')")
    desired = sealed(order_by_fields=["id", "s"])

    db.reconcile(desired)

    assert db.plan(desired) == {}
    db.raw("INSERT INTO shop.orders (id, s) VALUES (2, 'b')")
    assert db.rows(f"SELECT decrypt('aes-128-ecb', e, '{KEY}') FROM shop.orders ORDER BY id") == [
        ("a",),
        ("b",),
    ]


def test_a_view_with_a_hidden_key_is_not_a_difference(db):
    def view(number):
        query = f"SELECT {number} AS n, encrypt('aes-128-ecb', 'x', '{KEY}') AS e"
        return View("sealed", query)

    db.reconcile(view(1))
    db.writes()

    assert db.plan(view(1)) == {}
    assert db.plan(view(2)) == {"query": "APPLY"}
    db.reconcile(view(2))
    assert db.plan(view(2)) == {}
    written = str(db.rows(f"SELECT * FROM {db.options['ledger_database']}.history"))
    assert KEY not in written


def test_what_a_server_shows_of_a_secret_is_hidden_as_it_is_read(db, monkeypatch):
    db.live("remote (id String, v String) ENGINE = URL('http://127.0.0.1:1/x?token=hush', 'CSV')")
    db.live("redis (id String, v String) ENGINE = Redis('127.0.0.1:1', 0, 'hush') PRIMARY KEY id")
    monkeypatch.setenv("TOKEN", "other")
    url = OtherEngine("URL('http://127.0.0.1:2/x?token=[HIDDEN]', 'CSV')", [Secret("TOKEN")])
    redis = OtherEngine("Redis('127.0.0.1:1', 0, '[HIDDEN]')", [Secret("TOKEN")])
    tables = [
        OlapTable[Remote]("remote", OlapConfig(life_cycle=DP, engine=url)),
        OlapTable[Remote](
            "redis", OlapConfig(life_cycle=DP, engine=redis, primary_key_expression="id")
        ),
    ]

    plan_result = db.plan_result(*tables)

    assert [step.resource for step in plan_result.plan.steps] == [TableId(db.database, "remote")]
    assert "hush" not in repr(plan_result)
