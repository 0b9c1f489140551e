"""The page of an asset: what is declared, its life cycle, and what may be done with it."""

import pytest
from browser.person import IN_THE_BROWSER, Person
from playwright.sync_api import expect

pytestmark = IN_THE_BROWSER
MATERIALIZE, OBSERVE = "Materialize", "Observe"


@pytest.mark.parametrize(
    ("table", "life_cycle", "column", "button"),
    [
        ("customers", "FULLY_MANAGED", ("country", "Nullable(String)"), MATERIALIZE),
        ("orders", "DELETION_PROTECTED", ("amount", "Decimal(18, 2)"), MATERIALIZE),
        ("payments", "EXTERNALLY_MANAGED", ("paid_at", "DateTime('UTC')"), OBSERVE),
    ],
    ids=["managed", "protected", "external"],
)
def test_it_shows_columns_kind_and_life_cycle_and_the_button_that_fits(
    person: Person, table, life_cycle, column, button
):
    person.opens(f"assets/clickhouse/shop/{table}?view=overview")

    expect(person.row(*column)).to_be_visible()
    expect(person.page.get_by_text(f"moose_dagster/life_cycle: {life_cycle}")).to_be_in_viewport()
    for text in ("ClickHouse", "Table", f"shop.{table}"):
        expect(person.page.get_by_text(text, exact=True).first).to_be_visible()
    expect(person.page.get_by_role("button", name=button)).to_be_enabled()
    (other,) = {MATERIALIZE, OBSERVE} - {button}
    expect(person.page.get_by_role("button", name=other)).to_have_count(0)
    person.photographs(f"asset_{life_cycle.lower()}")
