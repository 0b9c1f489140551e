"""Dagster over one database: definitions, runs, and what they sent to the server."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
from scenarios.database import Recording, TestDatabase

from moose_dagster import OlapTable
from moose_dagster.orchestration import ClickHouseResource, build_definitions

_SENT: list[str] = []
_ASKED: list[str] = []


class RecordedClickHouse(ClickHouseResource):
    """A ClickHouseResource that writes down each statement that may write."""

    @contextmanager
    def connect(self) -> Generator[Any]:
        with super().connect() as connected:
            yield ProbeOptions(connected, _SENT)


class ProbeOptions(Recording):
    """A connection that writes down each query as well."""

    def query(self, sql: str, parameters: Any = None) -> Any:
        _ASKED.append(sql)
        return super().query(sql, parameters)


class Shop:
    """A database as Dagster sees it."""

    def __init__(self, db: TestDatabase, url: str, instance: dg.DagsterInstance) -> None:
        address = urlsplit(url)
        self.db = db
        self.instance = instance
        self.clickhouse = RecordedClickHouse(
            host=str(address.hostname), port=address.port, **db.options
        )
        _SENT.clear()
        _ASKED.clear()

    def definitions(self, *tables: OlapTable[Any], **settings: Any) -> dg.Definitions:
        return build_definitions(self.db.project(*tables), clickhouse=self.clickhouse, **settings)

    def key(self, name: str) -> dg.AssetKey:
        return dg.AssetKey(["clickhouse", self.db.database, name])

    def keys(self, names: str) -> list[dg.AssetKey]:
        return [self.key(name) for name in names.split()]

    def check(self, name: str) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(self.key(name), "schema_drift")

    def run(
        self, definitions: dg.Definitions, names: str, *, fails: bool = False
    ) -> dg.ExecuteInProcessResult:
        """Materialize or observe these tables and their checks, as the button in the UI does."""
        return self.select(definitions, dg.AssetSelection.assets(*self.keys(names)), fails=fails)

    def check_only(
        self, definitions: dg.Definitions, names: str, *, fails: bool = False
    ) -> dg.ExecuteInProcessResult:
        """Run the checks of these tables and nothing else."""
        return self.select(
            definitions, dg.AssetSelection.checks(*map(self.check, names.split())), fails=fails
        )

    def select(
        self, definitions: dg.Definitions, selection: dg.AssetSelection, *, fails: bool = False
    ) -> dg.ExecuteInProcessResult:
        """Run the assets and checks of a selection."""
        job = dg.define_asset_job(
            "selected", selection=selection, executor_def=dg.in_process_executor
        )
        merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
        return self._executed(merged, "selected", fails=fails)

    def reconcile(
        self, definitions: dg.Definitions, *, fails: bool = False, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Run the job `moose_reconcile` with this config of its op."""
        run_config = {"ops": {"reconcile": {"config": config}}}
        return self._executed(definitions, "moose_reconcile", run_config=run_config, fails=fails)

    def drift(
        self, definitions: dg.Definitions, *, fails: bool = False
    ) -> dg.ExecuteInProcessResult:
        """Run the job `moose_drift`."""
        return self._executed(definitions, "moose_drift", fails=fails)

    def restore(
        self, definitions: dg.Definitions, *, fails: bool = False, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Run the job `moose_restore` with this config of its op."""
        run_config = {"ops": {"restore": {"config": config}}}
        return self._executed(definitions, "moose_restore", run_config=run_config, fails=fails)

    def purge(
        self, definitions: dg.Definitions, *, fails: bool = False, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Run the job `moose_purge` with this config of its op."""
        run_config = {"ops": {"purge": {"config": config}}}
        return self._executed(definitions, "moose_purge", run_config=run_config, fails=fails)

    def abort(
        self, definitions: dg.Definitions, *, fails: bool = False, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Run the job `moose_abort` with this config of its op."""
        run_config = {"ops": {"abort": {"config": config}}}
        return self._executed(definitions, "moose_abort", run_config=run_config, fails=fails)

    def observed(self, name: str) -> dg.AssetObservation:
        """Return the last observation of a table."""
        (record,) = self.instance.fetch_observations(self.key(name), limit=1).records
        assert record.asset_observation is not None
        return record.asset_observation

    def writes(self) -> list[str]:
        """Return the writing statements that Dagster's runs sent since the last call."""
        sent = list(_SENT)
        _SENT.clear()
        return sent

    def asked(self) -> list[str]:
        """Return the queries that Dagster's runs sent since the last call."""
        sent = list(_ASKED)
        _ASKED.clear()
        return sent

    def _executed(
        self, definitions: dg.Definitions, job: str, *, fails: bool = False, **options: Any
    ) -> Any:
        resolved = definitions.resolve_job_def(job)
        result = resolved.execute_in_process(
            instance=self.instance, raise_on_error=False, **options
        )
        assert result.success is not fails, failures(result)
        return result


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    """Return what a run materialized, by table."""
    events = [
        event.event_specific_data.materialization
        for event in result.get_asset_materialization_events()
    ]
    return {event.asset_key.path[-1]: event for event in events}


def checked(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what a run checked, by table."""
    return {one.asset_key.path[-1]: one for one in result.get_asset_check_evaluations()}


def observed(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return the tables that a run observed."""
    return [
        event.asset_key.path[-1]
        for event in result.get_asset_observation_events()
        if event.asset_key
    ]


def failures(result: dg.ExecuteInProcessResult) -> str:
    """Return every error of a run as text: messages, causes and what `dg.Failure` carries."""
    texts = list[str]()
    for event in result.all_events:
        data = event.event_specific_data
        error = getattr(data, "error", None)
        while error is not None:
            texts.append(error.message)
            error = error.cause
        if user := getattr(data, "user_failure_data", None):
            texts += [user.description or "", str(user.metadata)]
    return "\n".join(texts)


def rows_of(table: Any) -> Sequence[dict[str, Any]]:
    """Return the rows of a table in metadata."""
    return [dict(record.data) for record in table.records]
