"""Producers with consumers that join and leave; `make test-long` runs it at full length."""

import random
import threading
import time

from confluent_kafka import KafkaException, TopicPartition

_REBALANCED = {22, 25, 27, -168}
_PRODUCERS, _CONSUMERS, _TOPICS, _PARTITIONS = 3, 6, 10, 6
_EACH_PER_SECOND = 2_500


class _Stress:
    """The state that the threads share."""

    def __init__(self, broker, amount) -> None:
        self.broker = broker
        self.each = amount // _PRODUCERS
        self.topics = [broker.create(partitions=_PARTITIONS) for _ in range(_TOPICS)]
        self.seen = set()
        self.failed = []
        self.departures = 0
        self.over = threading.Event()

    def produce(self, who):
        """Send at a pace at which consumers can join and leave meanwhile."""
        producer = self.broker.producer(enable_idempotence=True, linger_ms=5)
        started = time.monotonic()
        for number in range(self.each):
            producer.produce(
                self.topics[number % _TOPICS],
                key=b"%d" % number,
                value=b"%d:%d" % (who, number),
                on_delivery=lambda error, _: error and self.failed.append(error),
            )
            ahead = number / _EACH_PER_SECOND - (time.monotonic() - started)
            producer.poll(max(ahead, 0))
        producer.flush(60)

    def consume(self, who):
        chance = random.Random(who)  # noqa: S311 -- the same churn in every run
        while not self.over.is_set():
            consumer = self.broker.consumer("churn", enable_auto_commit=False)
            consumer.subscribe(self.topics)
            leave_at = time.monotonic() + chance.uniform(0.5, 3)
            while time.monotonic() < leave_at and not self.over.is_set():
                received = consumer.consume(1000, 0.2)
                messages = [message for message in received if message.error() is None]
                self.seen.update(message.value() for message in messages)
                _commit(consumer, messages)
            consumer.close()
            self.departures += 1

    def run(self):
        threads = [threading.Thread(target=self.produce, args=[who]) for who in range(_PRODUCERS)]
        threads += [threading.Thread(target=self.consume, args=[who]) for who in range(_CONSUMERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 30 + 2 * self.each / _EACH_PER_SECOND
        while not self.is_finished and time.monotonic() < deadline:
            time.sleep(0.1)
        self.over.set()
        for thread in threads:
            thread.join()

    @property
    def is_finished(self):
        return len(self.seen) == self.each * _PRODUCERS and self.departures >= _CONSUMERS

    def appended(self):
        """Return how many messages the partitions hold."""
        consumer = self.broker.consumer("checks")
        places = [
            TopicPartition(topic, number) for topic in self.topics for number in range(_PARTITIONS)
        ]
        marks = [consumer.get_watermark_offsets(place, timeout=10) for place in places]
        consumer.close()
        return sum(end - start for start, end in marks)


def test_no_message_is_lost_when_consumers_join_and_leave(own_broker, amount):
    stress = _Stress(own_broker, amount)

    stress.run()

    assert stress.failed == []
    assert stress.seen == {
        b"%d:%d" % (who, number) for who in range(_PRODUCERS) for number in range(stress.each)
    }
    assert stress.appended() == len(stress.seen)
    assert stress.departures >= _CONSUMERS
    assert "Traceback" not in own_broker.log


def _commit(consumer, messages):
    """Commit what was read; during a rebalance another consumer reads it again."""
    if not messages:
        return
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() not in _REBALANCED:
            raise
