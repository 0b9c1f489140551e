"""How many examples of the laws run on the engine."""

import os

from hypothesis import HealthCheck, Phase, settings

# `make test-long` runs more.
BATCH = 8
EXAMPLES = int(os.environ.get("MOOSE_LAW_EXAMPLES", "2"))
# Eight tables shrink slowly, and what failed names its table and its reason anyway.
LAW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
