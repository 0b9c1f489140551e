"""Reconciled by Dagster itself, where a team asks for it."""

import dagster as dg
from scenarios.database import EM, declared

from moose_dagster.orchestration import DefinitionsSettings, on_deploy
from moose_dagster.orchestration.beta import beta

ORDERS = declared("orders", "id Int64")
WIDER = declared("orders", "id Int64; note String")
PAYMENTS = declared("payments", "id Int64", life_cycle=EM)


def requested(shop, tables, cursor):
    definitions = shop.definitions(
        *tables, settings=DefinitionsSettings(automation_condition=on_deploy())
    )
    with beta():  # Dagster's own use of what it calls beta
        result = dg.evaluate_automation_conditions(definitions, shop.instance, cursor=cursor)
    names = [one.key.path[-1] for one in result.results if result.get_num_requested(one.key)]
    return names, result.cursor


def test_what_is_new_or_changed_in_code_is_asked_for_once(shop):
    first, cursor = requested(shop, [ORDERS, PAYMENTS], None)
    again, cursor = requested(shop, [ORDERS, PAYMENTS], cursor)
    shop.run(shop.definitions(ORDERS, PAYMENTS), "orders")
    done, cursor = requested(shop, [ORDERS, PAYMENTS], cursor)
    deployed, cursor = requested(shop, [WIDER, PAYMENTS], cursor)
    waiting, cursor = requested(shop, [WIDER, PAYMENTS], cursor)

    assert [first, again, done, deployed, waiting] == [["orders"], [], [], ["orders"], []]


def test_nothing_is_automatic_unless_it_is_asked_for(shop):
    specs = shop.definitions(ORDERS).resolve_all_asset_specs()

    assert [spec.automation_condition for spec in specs] == [None]
