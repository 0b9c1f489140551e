"""What clients and the log are told when the disk fails, is full, or was emptied by somebody."""

import logging

from moose_dagster.embedded.kafka.errors import Code, RefusedError

_log = logging.getLogger(__name__)


def refused(error: OSError) -> RefusedError:
    """Return the answer to a request that the disk did not let be done."""
    _log.warning("The disk refused: %s", error)
    return RefusedError(Code.KAFKA_STORAGE_ERROR, str(error))
