"""The check of a table that somebody else manages."""

from browser.person import IN_THE_BROWSER, Person
from playwright.sync_api import expect

pytestmark = IN_THE_BROWSER


def test_observing_an_external_table_fails_its_check_which_shows_each_difference(person: Person):
    person.opens("assets/clickhouse/shop/payments?view=overview")
    person.presses("Observe")

    person.opens("assets/clickhouse/shop/payments?view=checks&checkDetail=schema_drift")

    expect(person.page.get_by_text("Failed").first).to_be_visible()
    in_words = person.page.get_by_text("shop.payments.provider").first
    assert [line.split(":")[0] for line in in_words.inner_text().splitlines()] == [
        "shop.payments.order_id",
        "shop.payments.method",
        "shop.payments.provider",
        "shop.payments",
    ]
    expect(person.row("column", "provider", "(absent)", "String")).to_be_visible()
    person.photographs("drift")


def test_what_is_blocked_in_a_protected_table_is_said_by_its_check(person: Person):
    person.opens("assets/clickhouse/shop/orders?view=overview")
    person.presses("Materialize", status="Failure")

    person.opens("assets/clickhouse/shop/orders?view=checks&checkDetail=schema_drift")

    expect(person.page.get_by_text("Failed").first).to_be_visible()
    expect(
        person.page.get_by_text("its stored values would be lost (DELETION_PROTECTED)").first
    ).to_be_visible()
    expect(person.row("column", "blocked", "(absent)")).to_be_visible()
    person.photographs("blocked")
