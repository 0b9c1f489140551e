"""Calls of Dagster's beta functions, without a warning in every user's log."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg


@contextmanager
def beta() -> Generator[None]:
    """Silence Dagster's beta warnings inside the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield
