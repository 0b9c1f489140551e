"""Set operations are compared as the server reads them, which is asked only where it matters."""

import pytest

from moose_dagster.normalize.set_operations import same_set_operations


class Settings:
    """A connection that knows the modes of bare set operations, and counts the questions."""

    def __init__(self, mode):
        self.mode = mode
        self.questions = 0

    def query_once(self, sql):
        self.questions += 1
        return [("union_default_mode", self.mode), ("except_default_mode", "ALL")]


@pytest.mark.parametrize(
    ("live", "desired", "mode", "same"),
    [
        ("SELECT 1 UNION ALL SELECT 2", "(SELECT 1) UNION ALL (SELECT 2)", "", True),
        ("SELECT 1 UNION ALL SELECT 2", "SELECT 1 UNION DISTINCT SELECT 2", "", False),
        ("SELECT 1 UNION DISTINCT SELECT 2", "SELECT 1 UNION SELECT 2", "DISTINCT", True),
        ("SELECT 1 UNION DISTINCT SELECT 2", "SELECT 1 UNION SELECT 2", "ALL", False),
    ],
)
def test_a_bare_operation_is_what_the_server_makes_of_it(live, desired, mode, same):
    server = Settings(mode)

    assert same_set_operations(server, live, desired) is same
    assert server.questions == (1 if mode else 0)
