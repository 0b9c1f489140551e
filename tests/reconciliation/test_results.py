"""The options of a run, and what was found of several servers as one."""

import pytest

from moose_dagster import Options


@pytest.mark.parametrize("days", [0, 7.0, 36_500])
def test_days_that_the_calendar_holds_are_taken(days):
    assert Options(trash_days=days).trash_days == days


def test_by_default_a_run_removes_and_adopts_nothing():
    options = Options()

    assert not options.adopt
    assert not options.prune
    assert not options.allow_mass_removal
    assert options.approve == ()
