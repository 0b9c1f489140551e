"""The job `moose_reconcile`, launched as it stands: it only looks."""

from browser.person import IN_THE_BROWSER, Person
from browser.workshop.yesterday import Workshop
from playwright.sync_api import expect

pytestmark = IN_THE_BROWSER


def test_a_run_with_the_default_config_shows_the_plan_and_changes_nothing(
    person: Person, workshop: Workshop
):
    before = workshop.everything()

    person.opens_launchpad("workshop", "moose_reconcile")
    expect(person.page.locator(".CodeMirror").first).to_contain_text("dry_run: true")
    person.launches()

    expect(person.row("create column price", "to apply", "loses nothing")).to_be_attached()
    expect(person.row("drop column remark", "blocked", "loses data")).to_be_attached()
    expect(person.page.get_by_text("its stored values would be lost").last).to_be_attached()
    assert workshop.everything() == before

    person.page.get_by_role("button", name="View full message").last.click()
    expect(person.row("price", "to apply")).to_be_in_viewport()
    person.photographs("dry_run")

    person.opens("assets/clickhouse/workshop/repairs?view=events")
    expect(person.row("drop column remark", "blocked")).to_be_visible()
