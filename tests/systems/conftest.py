"""One running UI for all system and browser tests."""

from collections.abc import Iterator

import pytest
from systems.dagster_ui import DagsterUi, dagster_ui


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUi]:
    """Dagster as a user starts it."""
    with dagster_ui(tmp_path_factory.mktemp("ui")) as started:
        yield started
