"""Dagster as `make ui` starts it, with the projects of tests/browser beside the shop."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from moose_dagster.embedded import running

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
REPOSITORY = Path(__file__).parents[2]
_SECONDS = 120
_WORKSPACE = REPOSITORY / "tests" / "browser" / "workspace.yaml"
_LOCATIONS = 4
# As example_project.ui writes it, and with a server that keeps the history.
_ON_POSTGRES = """telemetry:
  enabled: false
nux:
  enabled: false
run_queue:
  dequeue_interval_seconds: 1
storage:
  postgres:
    postgres_url: {url}
"""
_LAUNCH = """mutation($params: ExecutionParams!) {
    launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_LOCATION = """query { workspaceOrError { ... on Workspace { locationEntries { loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""


@dataclass
class DagsterUi:
    """A running web server."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def data(self) -> Path:
        """The folder of its embedded servers."""
        return self.log.parent / ".embedded"

    @property
    def south(self) -> Path:
        """The folder of the server in the south."""
        return self.log.parent / ".south"

    def query(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of a GraphQL query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def launch(self, job: str, **selection: Any) -> str:
        """Launch a run, wait for its end, and return its status."""
        config = selection.pop("config", {})
        selector = {
            "repositoryLocationName": "example_project.definitions",
            "repositoryName": "__repository__",
            "pipelineName": job,
            **selection,
        }
        answer = self.query(_LAUNCH, params={"selector": selector, "runConfigData": config})[
            "launchPipelineExecution"
        ]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return self._wait(answer["run"]["runId"])

    def _wait(self, run: str) -> str:
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            status = self.query(_STATUS, id=run)["runOrError"]["status"]
            if status in {"SUCCESS", "FAILURE", "CANCELED"}:
                return status
            time.sleep(0.5)
        raise TimeoutError(self.log.read_text()[-5000:])


@contextmanager
def dagster_ui(folder: Path) -> Generator[DagsterUi]:
    """Start the example project's UI in *folder* and stop all of it at the end."""
    port = free_port()
    log = folder / "ui.log"
    if url := os.environ.get("MOOSE_TEST_POSTGRES"):
        home = folder / ".dagster_home"
        home.mkdir()
        (home / "dagster.yaml").write_text(_ON_POSTGRES.format(url=url))
    # With Ctrl-C ignored, as a shell starts what runs in the background.
    command = [
        "sh",
        "-c",
        "trap '' INT; exec \"$@\"",
        "sh",
        sys.executable,
        "-m",
        "example_project.ui",
    ]
    command += ["--port", str(port), "--folder", str(folder), "--workspace", str(_WORKSPACE)]
    with running(folder / ".south") as south, log.open("wb") as output:
        environment = {
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "SOUTH_CLICKHOUSE_PORT": str(urlsplit(south.clickhouse_url).port),
        }
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
        ui = DagsterUi(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait_until_loaded(ui)
            yield ui
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_loaded(ui: DagsterUi) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        assert ui.process.poll() is None, ui.log.read_text()[-5000:]
        try:
            entries = ui.query(_LOCATION)["workspaceOrError"]["locationEntries"]
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            entries = []
        if entries and all(entry["loadStatus"] == "LOADED" for entry in entries):
            loaded = [entry["locationOrLoadError"]["__typename"] for entry in entries]
            assert loaded == ["RepositoryLocation"] * _LOCATIONS, entries
            return
        time.sleep(0.5)
    raise TimeoutError(ui.log.read_text()[-5000:])
