import re
from collections.abc import Callable

import pytest

from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import AnyTable
from moose_dagster.errors import DeclarationError


@pytest.fixture
def faults_of() -> Callable[..., list[str]]:
    """Return the faults of a project of tables, without the place each is declared at."""

    def faults(*tables: AnyTable) -> list[str]:
        with pytest.raises(DeclarationError) as caught:
            Project("shop", tables)
        return [re.sub(r" \([^()]*\.py:\d+\)", "", fault, count=1) for fault in caught.value.faults]

    return faults
