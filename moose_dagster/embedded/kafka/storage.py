"""The error for clients and the log when the disk fails, is full or was emptied."""

import logging

from moose_dagster.embedded.kafka.errors import Code, RefusedError

_log = logging.getLogger(__name__)


def refused(error: OSError) -> RefusedError:
    """Log *error* and return the refusal of the request that met it."""
    _log.warning("The disk refused: %s", error)
    return RefusedError(Code.KAFKA_STORAGE_ERROR, str(error))
