"""After a run that was killed with -9, the next one converges, and nothing is lost."""

import os
import random

import pytest
from crashes.child import options, process
from crashes.shop import STATES, shop

from moose_dagster import plan_for
from moose_dagster.plan.policy import Verdict

# `make test-long` kills at every boundary, and more often at random moments; without it, once at
# about the middle of a run, and once at a random moment.
STEP = int(os.environ.get("MOOSE_KILL_STEP", "160"))
MOMENTS = int(os.environ.get("MOOSE_KILL_MOMENTS", "1"))
_KILLED = -9
pytestmark = pytest.mark.xdist_group("crashes")


def run_and_kill(working, url, at=None, after=None):
    """Reconcile in another process and kill it at a statement or after seconds; tell if it died."""
    child = process(url, working.db.suffix, working.state, at)
    child.start()
    child.join(after)
    if after is not None:
        child.kill()
        child.join()
    assert child.exitcode in {0, _KILLED}, f"the child ended with {child.exitcode}"
    return child.exitcode == _KILLED


def test_the_plan_has_thirty_steps_and_a_rebuild(working):
    other = STATES[working.state == STATES[0]]
    db = working.db

    back = plan_for(db.project(*shop(other)), db.clickhouse, options(db)).plan

    for plan in (working.plan, back):
        assert len(plan.with_verdict(Verdict.APPLY)) >= 30
        assert "REBUILD" in {action.route.value for action in plan.actions}


def test_killed_in_front_of_any_statement(working, clickhouse_url):
    places = range(STEP // 2, working.statements, STEP)
    killed = 0
    for at in places:
        working.turn()
        with working.busy():
            killed += run_and_kill(working, clickhouse_url, at=at)
            working.converges()
        working.is_whole()
    print(f"killed in front of {killed} of {len(places)} statements")  # noqa: T201 - what `make test-long` shows
    # Turning back may take a few statements fewer than the turn that was counted.
    assert killed >= 0.8 * len(places) > 0


def test_killed_at_any_moment(working, clickhouse_url):
    moments = random.Random(MOMENTS)  # noqa: S311 - moments, not secrets
    killed = 0
    longest = 4.0
    while killed < MOMENTS:
        working.turn()
        with working.busy():
            after = moments.uniform(0.1, longest)
            if run_and_kill(working, clickhouse_url, after=after):
                killed += 1
            else:
                longest = max(0.2, after)  # this machine is faster: later moments hit nothing
            working.converges()
        working.is_whole()
    print(f"killed at {killed} moments")  # noqa: T201 - what `make test-long` shows
