"""A blocked step, from the run that shows it to the change on the server."""

from browser.person import IN_THE_BROWSER, Person
from browser.workshop.yesterday import Workshop
from playwright.sync_api import expect

pytestmark = IN_THE_BROWSER


def test_the_approval_link_leads_through_the_launchpad_to_the_applied_change(
    person: Person, workshop: Workshop
):
    person.opens_launchpad("workshop", "moose_reconcile")
    person.launches()
    link = person.row("approve workshop.repairs").get_by_role("link").first
    expect(link).to_be_in_viewport()
    assert workshop.columns() == ["repair_id", "item", "opened_at", "remark"]
    person.photographs("approval")

    approver = person.follows(link)
    editor = approver.page.locator(".CodeMirror").first
    expect(editor).to_contain_text("approve:")
    expect(editor).to_contain_text("workshop.repairs")
    approver.photographs("approval_launchpad")
    approver.launches()

    assert workshop.columns() == ["repair_id", "item", "opened_at", "price"]
    assert workshop.rows("SELECT count() FROM workshop.repairs") == [(250,)]
    assert workshop.kept_remarks() == 250
