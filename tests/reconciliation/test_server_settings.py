"""What is set beside a server's address becomes the options of a run."""

import pytest
from pydantic import ValidationError

from moose_dagster import Options
from moose_dagster.reconciliation.server_settings import ServerSettings, options_of


def test_the_settings_of_a_server_become_options():
    settings = ServerSettings(ledger_database="ours", trash_days=0)

    options = options_of(settings)

    assert (options.ledger_database, options.trash_days) == ("ours", 0)
    assert options_of(ServerSettings()) == Options()


@pytest.mark.parametrize(
    "wrong", [{"trash_days": -1}, {"lock_lease": 0}, {"rebuild_bytes_per_second": -1}]
)
def test_a_limit_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ServerSettings(**wrong)
