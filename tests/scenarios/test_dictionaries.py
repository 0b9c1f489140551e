"""Dictionaries on the real engine."""

from typing import Annotated

import pytest
from pydantic import create_model
from scenarios.database import DP, EM, FM, declared
from scenarios.view_shop import orders

from moose_dagster import (
    ClickHouseAlias,
    Dictionary,
    OlapConfig,
    OlapTable,
    ViewConfig,
)

DICTIONARY = (
    "(id UInt64, v Int64 default 0) primary key id "
    "source(clickhouse(table 'orders' db '{database}' user 'default' password "
    "'{{env:DICTIONARY_SECRET}}')) "
    "LAYOUT(FLAT()) LIFETIME(300)"
)


def a_dictionary(db, text=DICTIONARY, life_cycle=FM):
    config = ViewConfig(life_cycle=life_cycle, comment="words")
    return Dictionary("words", text.format(database=db.database), config=config)


def test_a_dictionary_is_created_and_its_secret_is_never_written_down(db, monkeypatch):
    monkeypatch.setenv("DICTIONARY_SECRET", "it's hush")
    words = a_dictionary(db)

    db.reconcile(orders(), words)

    assert db.plan(orders(), words) == {}
    ledger = db.options["ledger_database"]
    assert (
        db.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%DICTIONARY_SECRET%'")
        == 1
    )
    assert db.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%hush%'") == 0


def test_a_dictionary_whose_secret_is_missing_is_not_sent(db, monkeypatch):
    monkeypatch.delenv("DICTIONARY_SECRET", raising=False)
    from moose_dagster import Options, reconcile  # noqa: PLC0415 - the database expects no failure

    outcome = reconcile(
        db.project(orders(), a_dictionary(db)), db.clickhouse, Options(**db.options)
    )

    assert [failure.error for failure in outcome.failures] == [
        "the environment variable DICTIONARY_SECRET is not set; nothing was sent."
    ]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_text_of_a_dictionary_is_replaced(db, monkeypatch, life_cycle, verdict):
    monkeypatch.setenv("DICTIONARY_SECRET", "hush")
    db.reconcile(orders(), a_dictionary(db))
    other = a_dictionary(db, DICTIONARY.replace("FLAT()", "HASHED()"), life_cycle)

    assert db.plan(orders(), other) == {"definition": verdict}
    db.reconcile(orders(), other)

    assert db.plan(orders(), other) == ({} if verdict == "APPLY" else {"definition": verdict})


def test_an_alter_that_names_a_new_dictionary_comes_after_it(db):
    db.reconcile(declared("s", "a String"))
    name = f"{db.database}.d"
    source = declared("src", "k String; v String", order_by_fields=["k"])
    text = (
        "(k String, v String) PRIMARY KEY k "
        f"SOURCE(CLICKHOUSE(TABLE 'src' DB '{db.database}')) "
        "LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)"
    )
    alias = ClickHouseAlias(f"dictGetOrDefault('{name}', 'v', tuple(a), '')")
    model = create_model("S", a=(str, ...), b=(Annotated[str, alias], ...))
    table = OlapTable[model]("s", OlapConfig(order_by_fields=["a"]))
    everything = (source, Dictionary("d", text), table)

    db.reconcile(*everything)

    assert db.plan(*everything) == {}
    ledger = db.options["ledger_database"]
    assert db.value(f"SELECT count() FROM {ledger}.history WHERE error != ''") == 0
