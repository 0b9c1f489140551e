"""How calls to Kafka are waited for, tried again and translated."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateImportUsage=false
# (confluent-kafka 2.16 hands out futures without a result type, re-exports without saying so)

import threading
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata

from moose_dagster.clients.kafka_errors import ConnectionErrors, has_not_started
from moose_dagster.errors import ServerError, ServerFailure

K = TypeVar("K")
E = TypeVar("E", bound=ServerFailure)
SECONDS_BETWEEN_TRIES = 0.1
_SECONDS_BETWEEN_CHECKS = 0.1


class KafkaCalls:
    """The calls of one connection.

    Attributes:
        seconds: How long a call may take.
    """

    def __init__(
        self, admin: AdminClient, seconds: float, connection_errors: ConnectionErrors
    ) -> None:
        self.seconds = seconds
        self._admin = admin
        self._connection_errors = connection_errors

    def metadata(self) -> ClusterMetadata:
        """Return the cluster's metadata, asked for in a thread so that errors are seen at once."""
        listed: Future[ClusterMetadata] = Future()

        def ask() -> None:
            try:
                listed.set_result(self._admin.list_topics(timeout=self.seconds))
            except KafkaException as error:
                listed.set_exception(error)

        threading.Thread(target=ask, name="list_topics", daemon=True).start()
        self._wait([listed])
        with self.translated("Describe"):
            return listed.result()

    def write(
        self,
        names: Collection[str],
        send: Callable[[Collection[str]], Mapping[str, "Future[Any]"]],
        right: str,
    ) -> Mapping[str, ServerError]:
        """Send a change of topics; what a broker has not started is sent again."""
        if not names:
            return {}
        deadline = time.monotonic() + self.seconds
        _, refused = self.results(send(names), right)
        again = where(has_not_started, refused)
        while again and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_TRIES)
            _, errors = self.results(send(again), right)
            refused = {
                **{name: error for name, error in refused.items() if name not in again},
                **errors,
            }
            again = where(has_not_started, refused)
        return refused

    def results(
        self, futures: Mapping[K, "Future[Any]"], right: str
    ) -> tuple[dict[K, Any], dict[K, ServerError]]:
        """Wait for *futures*; return the results, and the errors of those that were refused."""
        self._wait(list(futures.values()))
        results = dict[K, Any]()
        refused = dict[K, ServerError]()
        for key, future in futures.items():
            try:
                with self.translated(right):
                    results[key] = future.result()
            except ServerError as error:
                refused[key] = error
        return results, refused

    def _wait(self, futures: Sequence["Future[Any]"]) -> None:
        """Wait for *futures*, unless the connection fails in a way that will not heal."""
        self._connection_errors.clear()
        while wait(futures, timeout=_SECONDS_BETWEEN_CHECKS).not_done:
            # librdkafka reports connection errors to whoever polls.
            self._admin.poll(0)
            self._connection_errors.check()
        self._admin.poll(0)

    @contextmanager
    def translated(self, right: str) -> Generator[None]:
        """Raise the block's errors as ours; *right* is what the principal needs for it."""
        try:
            yield
        except KafkaException as error:
            raise self._connection_errors.failure(error.args[0], right) from error


def where(is_so: Callable[[ServerFailure], bool], refused: Mapping[str, E]) -> list[str]:
    """Return the topics with an error of which *is_so* is true."""
    return [name for name, error in refused.items() if is_so(error)]
