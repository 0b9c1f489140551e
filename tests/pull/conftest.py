"""Pulled modules, imported."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from pull.corpus_statements import Shop

from moose_dagster.clients.clickhouse import ConnectedClickHouse


@pytest.fixture(scope="module")
def shop(connected: ConnectedClickHouse, server_version: tuple[int, int]) -> Shop:
    """The corpus as live tables, as far as the server takes it."""
    return Shop(connected, server_version)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to pull into, whose name is a package's."""
    parent = tmp_path_factory.mktemp("pull")
    sys.path.insert(0, str(parent))
    yield parent / f"pulled_{uuid4().hex[:8]}"
    sys.path.remove(str(parent))


@pytest.fixture
def imported(folder: Path) -> Callable[..., ModuleType]:
    """Return a function that imports a pulled module again."""

    def load(name: str = "project", package: str = "") -> ModuleType:
        package = package or folder.name
        for loaded in [
            key for key in sys.modules if key == package or key.startswith(f"{package}.")
        ]:
            del sys.modules[loaded]
        return importlib.import_module(f"{package}.{name}")

    return load
