"""Dictionaries on the real engine."""

import pytest
from scenarios.house import DP, EM, FM
from scenarios.view_shop import orders

from moose_dagster import (
    Dictionary,
    ViewConfig,
)

DICTIONARY = (
    "(id UInt64, v Int64 default 0) primary key id "
    "source(clickhouse(table 'orders' db '{database}' user 'default' password '{{env:DICTIONARY_SECRET}}')) "
    "LAYOUT(FLAT()) LIFETIME(300)"
)


def a_dictionary(house, text=DICTIONARY, life_cycle=FM):
    config = ViewConfig(life_cycle=life_cycle, comment="words")
    return Dictionary("words", text.format(database=house.database), config=config)


def test_a_dictionary_is_created_and_its_secret_is_never_written_down(house, monkeypatch):
    monkeypatch.setenv("DICTIONARY_SECRET", "it's hush")
    words = a_dictionary(house)

    house.reconcile(orders(), words)

    assert house.plan(orders(), words) == {}
    ledger = house.options["ledger_database"]
    assert house.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%DICTIONARY_SECRET%'") == 1
    assert house.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%hush%'") == 0


def test_a_dictionary_whose_secret_is_missing_is_not_sent(house, monkeypatch):
    monkeypatch.delenv("DICTIONARY_SECRET", raising=False)
    from moose_dagster import Options, reconcile  # noqa: PLC0415 - the house expects no failure

    outcome = reconcile(house.project(orders(), a_dictionary(house)), house.clickhouse, Options(**house.options))

    assert [failure.error for failure in outcome.failures] == [
        "the environment variable DICTIONARY_SECRET is not set; nothing was sent."
    ]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_text_of_a_dictionary_is_replaced(house, monkeypatch, life_cycle, verdict):
    monkeypatch.setenv("DICTIONARY_SECRET", "hush")
    house.reconcile(orders(), a_dictionary(house))
    other = a_dictionary(house, DICTIONARY.replace("FLAT()", "HASHED()"), life_cycle)

    assert house.plan(orders(), other) == {"definition": verdict}
    house.reconcile(orders(), other)

    assert house.plan(orders(), other) == ({} if verdict == "APPLY" else {"definition": verdict})
