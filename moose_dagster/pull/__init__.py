"""Live tables and topics become formatted Python modules that declare them."""

from moose_dagster.pull.modules import Pulled
from moose_dagster.pull.options import PullOptions
from moose_dagster.pull.run import pull, read

__all__ = ["PullOptions", "Pulled", "pull", "read"]
