"""The messages of a partition in batches, each of which becomes one INSERT."""

from collections.abc import Iterable, Iterator, Sequence

from moose_dagster.clients.kafka_messages import Message
from moose_dagster.declare.loads import BatchLoad
from moose_dagster.load.options import Budget


def batches(
    chunks: Iterable[Sequence[Message]], how: BatchLoad, budget: Budget
) -> Iterator[list[Message]]:
    """Yield batches of messages until *budget* is spent; each has at least one message.

    Args:
        chunks: The messages as they are read.
        how: How many messages and bytes a batch may have.
        budget: What is left of the limits; what is yielded is taken off.
    """
    batch = list[Message]()
    size = 0
    for chunk in chunks:
        for message in chunk:
            length = size_of(message)
            is_full = len(batch) >= min(how.batch_messages, budget.messages)
            if batch and (is_full or size + length > min(how.batch_bytes, budget.bytes)):
                budget.spend(len(batch), size)
                yield batch
                batch = []
                size = 0
                if budget.is_spent:
                    return
            batch.append(message)
            size += length
    if batch:
        budget.spend(len(batch), size)
        yield batch


def size_of(message: Message) -> int:
    """Return how many bytes key and value have."""
    return len(message.key or b"") + len(message.value or b"")
