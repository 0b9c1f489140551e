"""The options of a run."""

import pytest

from moose_dagster import Options
from moose_dagster.reconcile.server_settings import ServerSettings, options_of


@pytest.mark.parametrize("days", [0, 7.0, 36_500])
def test_days_that_the_calendar_holds_are_taken(days):
    assert Options(trash_days=days).trash_days == days


def test_by_default_a_run_removes_and_adopts_nothing():
    options = Options()

    assert not options.adopt
    assert not options.prune
    assert not options.allow_mass_removal
    assert options.approve == ()


def test_the_settings_of_a_server_become_options():
    settings = ServerSettings(ledger_database="ours", trash_days=0)

    options = options_of(settings)

    assert (options.ledger_database, options.trash_days) == ("ours", 0)
    assert options_of(ServerSettings()) == Options()
