"""What Dagster shows is what is true, whatever happened before, and in whichever order."""

from collections.abc import Sequence
from uuid import uuid4

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from laws.examples import EXAMPLES
from orchestration.shop import Shop
from scenarios.database import EM, TestDatabase, declared

from moose_dagster import Project, View
from moose_dagster.orchestration import build_definitions

_STEPS = ("code", "job", "dry run", "drift", "asset", "observe", "theirs", "by hand")


class World:
    """A table, an external table and a view over both, and what is true of them.

    Attributes:
        code: How many columns the declaration of the table has gained.
        applied: How many of them the table has; -1 before it exists.
        by_hand: Whether somebody added a column to the table since the last run that changed it.
        theirs: How many columns the external table has gained.
        checked: Whether each resource was as declared when it was last looked at.
    """

    def __init__(self, db: TestDatabase, url: str, instance: dg.DagsterInstance) -> None:
        self.shop = Shop(db, url, instance)
        self.code = 0
        self.by_hand = False
        self.theirs = 0
        self.checked = dict[str, bool]()
        self.applied = -1
        db.live("theirs (id Int64) ENGINE = MergeTree ORDER BY id")

    @property
    def definitions(self) -> dg.Definitions:
        gained = "".join(f"; n{number} Int64" for number in range(self.code))
        view = View("seen", "SELECT orders.id AS id FROM orders JOIN theirs USING (id)")
        tables = (
            declared("orders", f"id Int64{gained}"),
            declared("theirs", "id Int64", EM),
            view,
        )
        project = Project("tests", tables, database=self.shop.db.database)
        return build_definitions(project, clickhouse=self.shop.clickhouse)

    def take(self, step: str) -> None:
        """Take one step."""
        match step:
            case "code":
                self.code += 1
            case "theirs":
                self.theirs += 1
                self.shop.db.raw(f"ALTER TABLE shop.theirs ADD COLUMN t{self.theirs} Int64")
            case "by hand":
                if self.applied >= 0 and not self.by_hand:
                    self.shop.db.raw("ALTER TABLE shop.orders ADD COLUMN mine Int64")
                    self.by_hand = True
            case "job":
                self._executed("moose_reconcile", dry_run=False, adopt=True)
                self._applied()
            case "dry run":
                self._executed("moose_reconcile", dry_run=True)
                self._looked()
            case "drift":
                self._executed("moose_drift")
                self._looked()
            case "asset":
                self._selected("orders", "seen")
                self._applied(seen=False)
            case _:
                self._selected("theirs")
                self.checked["theirs"] = not self.theirs

    def _applied(self, *, seen: bool = True) -> None:
        self.applied = self.code
        self.by_hand = False
        self.checked |= {"orders": True, "seen": True}
        if seen:
            self.checked["theirs"] = not self.theirs

    def _looked(self) -> None:
        as_declared = self.applied == self.code and not self.by_hand
        self.checked |= {
            "orders": as_declared,
            "seen": self.applied >= 0,
            "theirs": not self.theirs,
        }

    def _executed(self, job: str, **config: bool) -> None:
        run_config = {"ops": {"reconcile": {"config": config}}} if config else None
        self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.shop.instance, run_config=run_config, raise_on_error=False
        )

    def _selected(self, *names: str) -> None:
        selection = dg.AssetSelection.assets(*(self.shop.key(name) for name in names))
        job = dg.define_asset_job(
            "selected", selection=selection, executor_def=dg.in_process_executor
        )
        merged = dg.Definitions.merge(self.definitions, dg.Definitions(jobs=[job]))
        merged.resolve_job_def("selected").execute_in_process(
            instance=self.shop.instance, raise_on_error=False
        )

    def status(self, name: str) -> str:
        """Return what the UI says of an asset."""
        resolver = CachingStaleStatusResolver(
            self.shop.instance,
            self.definitions.resolve_asset_graph(),
            LoadingContextForTest(self.shop.instance),
        )
        return resolver.get_status(self.shop.key(name)).value

    def passed(self) -> dict[str, bool]:
        """Return the light of each check that was evaluated."""
        names = ("orders", "theirs", "seen")
        keys = {self.shop.check(name): name for name in names}
        storage = self.shop.instance.event_log_storage
        lights = dict[str, bool]()
        for key, record in storage.get_asset_check_summary_records([*keys]).items():
            last = record.last_completed_check_execution_record
            if last is not None and last.evaluation is not None:
                lights[keys[key]] = last.evaluation.passed
        return lights

    def compare(self, taken: Sequence[str]) -> None:
        """Compare each light with what is true."""
        assert self.passed() == self.checked, taken
        if self.applied < 0:
            assert self.status("orders") == "MISSING", taken
            return
        is_newer = self.applied != self.code
        assert self.status("orders") == ("STALE" if is_newer else "FRESH"), taken
        if taken[-1] in {"job", "asset"}:
            assert [self.status(name) for name in ("orders", "seen")] == ["FRESH"] * 2, taken


@settings(max_examples=EXAMPLES)
@example(["job", "code", "drift", "job", "theirs", "drift", "job"])
@example(["asset", "by hand", "drift", "code", "asset", "dry run"])
@example(["drift", "asset", "theirs", "observe", "job", "code", "job"])
@given(st.lists(st.sampled_from(_STEPS), min_size=3, max_size=7))
def test_every_light_is_true_after_any_steps(connected, clickhouse_url, steps):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(TestDatabase(connected, uuid4().hex[:10]), clickhouse_url, instance)
        for number, step in enumerate(steps, start=1):
            world.take(step)
            world.compare(steps[:number])


def test_an_external_change_that_a_job_sees_is_a_new_version_of_the_external_asset(
    connected, clickhouse_url
):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(TestDatabase(connected, uuid4().hex[:10]), clickhouse_url, instance)

        def versions() -> list[str]:
            records = instance.fetch_observations(world.shop.key("theirs"), limit=20).records
            return [
                record.asset_observation.tags["dagster/data_version"]
                for record in records
                if record.asset_observation
            ]

        for step in ("job", "job", "drift", "asset"):
            world.take(step)
        assert len(versions()) == 1
        world.take("theirs")
        world.take("drift")
        assert len({*versions()}) == 2
        assert world.status("seen") == "STALE"
        world.take("dry run")
        assert len({*versions()}) == 2
        world.take("job")
        assert world.status("seen") == "FRESH"
