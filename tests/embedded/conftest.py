"""One embedded server for this folder and the folders in it, always embedded."""

from collections.abc import Iterator

import pytest

from moose_dagster.embedded import EmbeddedServers, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    with running(tmp_path_factory.mktemp("embedded server")) as servers:
        yield servers
