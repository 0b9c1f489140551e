"""Assets that a person ticks in the list of a group, materialized together."""

from browser.person import IN_THE_BROWSER, Person

pytestmark = IN_THE_BROWSER
_MATERIALIZED = """query($id: ID!) { runOrError(runId: $id) { ... on Run {
    assetMaterializations { assetKey { path } } assetChecks { assetKey { path } } } } }"""


def test_two_ticked_assets_are_materialized_and_no_others(person: Person):
    person.opens("locations/example_project.definitions/asset-groups/shop/list")
    for asset in ("clickhouse/shop/customers", "kafka/clicks"):
        link = person.page.locator(f"a[href='/assets/{asset}']").first
        link.locator("xpath=ancestor::div[.//input][1]//label").click()
    person.photographs("materialize")
    person.presses("Materialize selected (2)")

    run = person.page.url.rsplit("/", 1)[-1]
    done = person.ui.query(_MATERIALIZED, id=run)["runOrError"]["assetMaterializations"]
    assert sorted(one["assetKey"]["path"][-1] for one in done) == ["clicks", "customers"]
