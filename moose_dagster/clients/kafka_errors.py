"""The errors of Kafka in plain words: who may not do what, and what passes by itself."""

import time

from confluent_kafka import KafkaError

from moose_dagster.errors import ServerError, ServerFailure, ServerUnreachable

TIMED_OUT = KafkaError._TIMED_OUT  # noqa: SLF001 - public
_GONE = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, TIMED_OUT})  # noqa: SLF001 - public
_DENIED = frozenset(
    {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
)
# A new topic of Apache Kafka 3.9 has no leader for up to half a second.
_PASSING = frozenset(
    {
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
    }
)
# With these the broker has not even started.
_NOT_STARTED = frozenset({KafkaError.NOT_CONTROLLER, KafkaError.THROTTLING_QUOTA_EXCEEDED})
_WILL_NOT_HEAL = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL})  # noqa: SLF001 - public
_TLS_TO_PLAIN_TEXT = "connecting to a PLAINTEXT broker listener"
# One broker may fail for a moment while the others answer.
_SECONDS_OF_GRACE = 1.0


def server_failure(error: KafkaError, right: str = "") -> ServerFailure:
    """Return *error* as this library raises it.

    Args:
        error: What librdkafka or the broker answered.
        right: The right that the call needs, "" if unknown.
    """
    if error.code() in _GONE:
        return ServerUnreachable(f"Kafka did not answer: {error.str()}")
    text = f"{error.str()} ({error.name()})"
    if error.code() in _DENIED and right:
        text += f"; the principal needs the right {right}"
    return ServerError(text, error.code())


def is_unknown_topic(error: ServerFailure) -> bool:
    """Return whether the topic does not exist."""
    return isinstance(error, ServerError) and error.code == KafkaError.UNKNOWN_TOPIC_OR_PART


def passes_by_itself(error: ServerFailure) -> bool:
    """Return whether a read is worth another try."""
    return isinstance(error, ServerError) and error.code in _PASSING


def has_not_started(error: ServerFailure) -> bool:
    """Return whether a write can be sent again, because nothing of it was done."""
    return isinstance(error, ServerError) and error.code in _NOT_STARTED


class ConnectionErrors:
    """Why brokers can't be reached, as librdkafka's `error_cb` reports it.

    Args:
        servers: The addresses of the first brokers, as `host:port`, several with commas.

    Attributes:
        reason: The last report, "" if there was none.
    """

    def __init__(self, servers: str) -> None:
        self.reason = ""
        self._servers = servers
        self._lasting: KafkaError | None = None
        self._since = 0.0

    @property
    def properties(self) -> dict[str, object]:
        """What every connection to these brokers has: reports come here, and nothing to stderr."""
        return {
            "bootstrap.servers": self._servers,
            # librdkafka writes to stderr for every broker it can't reach; our errors say so once.
            "log_level": 0,
            "enable.metrics.push": False,
            "error_cb": self.note,
        }

    def clear(self) -> None:
        """Forget the reports of the call before."""
        self.reason = ""
        self._lasting = None

    def note(self, error: KafkaError) -> None:
        """Take a report."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - public; it has no reason
            self.reason = error.str()
        if error.code() in _WILL_NOT_HEAL or _TLS_TO_PLAIN_TEXT in error.str():
            if self._lasting is None:
                self._since = time.monotonic()
            self._lasting = error

    def failure(self, error: KafkaError, right: str) -> ServerFailure:
        """Return *error* as this library raises it, with the address if no broker answered."""
        if error.code() not in _GONE:
            return server_failure(error, right)
        return ServerUnreachable(
            f"Kafka did not answer at {self._servers}: {self.reason or error.str()}. Check host "
            "and port, and that they are those of a broker."
        )

    def check(self) -> None:
        """Stop waiting for what will not heal.

        Raises:
            ServerError: Authentication or TLS have failed for a second.
        """
        error = self._lasting
        if error is not None and time.monotonic() - self._since > _SECONDS_OF_GRACE:
            raise ServerError(f"Kafka refuses the connection: {error.str()}", error.code())
