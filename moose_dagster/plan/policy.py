"""The three life cycles as one table: life cycle x risk -> verdict."""

from collections.abc import Mapping
from enum import Enum

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.risk.levels import Risk


class Verdict(str, Enum):
    """What happens to a change."""

    APPLY = "APPLY"
    BLOCK = "BLOCK"
    DRIFT = "DRIFT"


_APPLY = Verdict.APPLY
_BLOCK = Verdict.BLOCK
_DRIFT = Verdict.DRIFT

POLICY: Mapping[LifeCycle, Mapping[Risk, Verdict]] = {
    LifeCycle.FULLY_MANAGED: {
        Risk.SAFE: _APPLY,
        Risk.REWRITE: _APPLY,
        Risk.DATA_DEPENDENT: _BLOCK,
        Risk.REBUILD: _APPLY,
        Risk.DESTRUCTIVE: _APPLY,
        Risk.IMPOSSIBLE: _BLOCK,
    },
    LifeCycle.DELETION_PROTECTED: {
        Risk.SAFE: _APPLY,
        Risk.REWRITE: _APPLY,
        Risk.DATA_DEPENDENT: _BLOCK,
        Risk.REBUILD: _BLOCK,
        Risk.DESTRUCTIVE: _BLOCK,
        Risk.IMPOSSIBLE: _BLOCK,
    },
    LifeCycle.EXTERNALLY_MANAGED: {
        Risk.SAFE: _DRIFT,
        Risk.REWRITE: _DRIFT,
        Risk.DATA_DEPENDENT: _DRIFT,
        Risk.REBUILD: _DRIFT,
        Risk.DESTRUCTIVE: _DRIFT,
        Risk.IMPOSSIBLE: _DRIFT,
    },
}


def verdict_on(life_cycle: LifeCycle, risk: Risk) -> Verdict:
    """Return what *life_cycle* allows for a change of *risk*."""
    return POLICY[life_cycle][risk]
