"""A folder with a project of its own, and the program run in it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from moose_dagster.cli.app import app
from moose_dagster.clients.clickhouse import ConnectedClickHouse

ROOT = Path(__file__).parents[2]
_MODULE = """
from typing import Annotated, Any

from pydantic import BaseModel

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, Project, Stream, StreamConfig
from moose_dagster import clickhouse_default


class Order(BaseModel):
    id: Key[str]
    {columns}


orders = OlapTable[Order]("orders", OlapConfig(life_cycle=LifeCycle.{life_cycle}))
{more}
project = Project("{name}", [{resources}], database="{database}")
"""

_IN_ENVIRONMENTS = """
from pydantic import BaseModel

from moose_dagster import Environment, Key, OlapTable, Project


class Order(BaseModel):
    id: Key[int]


project = Project(
    "{name}",
    [OlapTable[Order]("orders")],
    database="{database}",
    environments=[{environments}],
)
"""


@dataclass
class Desk:
    """A folder with a pyproject.toml and project files; the environment names its servers."""

    folder: Path
    clickhouse: ConnectedClickHouse
    environment: dict[str, str]
    suffix: str = field(default_factory=lambda: uuid4().hex[:10])

    @property
    def database(self) -> str:
        return f"desk_{self.suffix}"

    @property
    def topic(self) -> str:
        return f"clicks.{self.suffix}"

    def defaults(self, **keys: str) -> None:
        """Write `[tool.moose_dagster]`."""
        keys = {
            "ledger_database": f"ledger_{self.suffix}",
            "trash_database": f"trash_{self.suffix}",
            **keys,
        }
        lines = [f'{name} = "{value}"' for name, value in keys.items()]
        (self.folder / "pyproject.toml").write_text("\n".join(["[tool.moose_dagster]", *lines]))

    def declare(
        self, columns: str = "", life_cycle: str = "FULLY_MANAGED", *, topic: bool = False
    ) -> None:
        """Write shop.py with the table `orders`, and the topic `clicks` if asked for."""
        more = (
            f'clicks = Stream[Order]("{self.topic}", StreamConfig(parallelism=2))\n'
            if topic
            else ""
        )
        text = _MODULE.format(
            columns="\n    ".join(columns.split("; ")),
            life_cycle=life_cycle,
            more=more,
            name=f"desk-{self.suffix}",
            resources="orders, clicks" if topic else "orders",
            database=self.database,
        )
        self.write(text)

    def declare_in(self, *environments: str) -> None:
        """Write shop.py with the table `orders` in *environments*, each an expression."""
        text = _IN_ENVIRONMENTS.format(
            name=f"desk-{self.suffix}",
            database=self.database,
            environments=", ".join(environments),
        )
        self.write(text)

    def write(self, text: str) -> None:
        """Write shop.py."""
        (self.folder / "shop.py").write_text(text)
        # Python takes a text of the same size and second for the one that it has compiled.
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)

    def table(self, columns: str) -> None:
        """Make the live table `orders` with these columns after its id."""
        self.clickhouse.command(f"CREATE DATABASE IF NOT EXISTS {self.database} ENGINE = Atomic")
        columns = f"id String, {columns}" if columns else "id String"
        self.clickhouse.command(
            f"CREATE TABLE {self.database}.orders ({columns}) ENGINE = MergeTree ORDER BY id"
        )

    def run(self, *arguments: str, code: int, answer: str | None = None) -> Result:
        """Run the program in this process and expect an exit code."""
        result = CliRunner(env=self.environment).invoke(
            app, arguments, prog_name="moose-dagster", input=answer
        )
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def json(self, *arguments: str, code: int) -> Any:
        """Run it with --json and return what stdout says."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def process(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run it as a process of its own, piped."""
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.run(
            [sys.executable, "-m", "moose_dagster.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def desk(
    tmp_path: Path,
    connected: ConnectedClickHouse,
    clickhouse_url: str,
    kafka_bootstrap_servers: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A desk in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    # A terminal's width, if the tests run in one, is not the program's.
    servers = {
        "COLUMNS": "",
        "MOOSE_DAGSTER_CLICKHOUSE": clickhouse_url,
        "MOOSE_DAGSTER_KAFKA": kafka_bootstrap_servers,
    }
    desk = Desk(tmp_path, connected, servers)
    desk.defaults(project="shop.py")
    desk.declare("note: str")
    yield desk
    sys.path[:] = path
