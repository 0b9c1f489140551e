"""Requests that fail on their way: the next run converges, and nothing is lost or left over."""

import os
from urllib.parse import urlsplit

import pytest
from crashes.child import options
from crashes.proxy import Fault, proxied
from crashes.shop import shop

from moose_dagster import reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import MooseDagsterError

# `make test-long` fails every n-th request with each fault; without it the worst of them comes
# once. tests/traffic cuts an answer and fails a statement in other ways, in every run of the suite.
STEP = int(os.environ.get("MOOSE_FAULT_STEP", "0"))
FAULTS = list(Fault) if STEP else [Fault.RESET_AFTER]
pytestmark = pytest.mark.xdist_group("crashes")


@pytest.fixture
def proxy(clickhouse_url):
    parts = urlsplit(clickhouse_url)
    with proxied(parts.hostname, parts.port) as started:
        yield started


def run_through(proxy, working):
    """Reconcile through *proxy*; how it ends is told by the next run."""
    try:
        with connect(ClickHouseAddress.from_url(proxy.url)) as clickhouse:
            return reconcile(
                working.db.project(*shop(working.state)), clickhouse, options(working.db)
            )
    except MooseDagsterError as error:
        return error


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
def test_a_request_that_fails_loses_nothing(working, proxy, fault):
    broken = 0
    requests = places(fault, working.requests)
    for at in requests:
        working.turn()
        with working.busy():
            proxy.fail(fault, at)
            ended = run_through(proxy, working)
            broken += proxy.failed
            working.converges()
        working.is_whole()
        if fault is Fault.SLOW:
            assert ended.failures == ()
    print(f"{broken} of {len(requests)} requests failed on their way ({fault.name})")  # noqa: T201 - what `make test-long` shows
    # Turning back may take a few requests fewer than the turn that was counted.
    assert broken >= 0.8 * len(requests) > 0


def places(fault, requests):
    """Return which of so many requests fail, another one for each fault."""
    first = list(Fault).index(fault) * 23
    return range(first % STEP, requests, STEP) if STEP else [first + requests // 4]
