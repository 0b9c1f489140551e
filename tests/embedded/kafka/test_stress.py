"""Producers and churning consumers; `MOOSE_KAFKA_STRESS_MESSAGES=120000` runs it at full length."""

import random
import threading
import time

from confluent_kafka import KafkaException

_REBALANCED = {22, 25, 27, -168}
_PRODUCERS, _CONSUMERS, _TOPICS, _PARTITIONS = 3, 6, 10, 6


def test_no_message_is_missing_however_consumers_come_and_go(own_broker, amount):
    topics = [own_broker.create(partitions=_PARTITIONS) for _ in range(_TOPICS)]
    seen, failed, done = set(), [], threading.Event()
    each = amount // _PRODUCERS

    def produce(who):
        producer = own_broker.producer(enable_idempotence=True, linger_ms=5)
        for number in range(each):
            while True:
                try:
                    producer.produce(
                        topics[number % _TOPICS],
                        key=b"%d" % number,
                        value=b"%d:%d" % (who, number),
                        on_delivery=lambda error, _: error and failed.append(error),
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        producer.flush(60)

    def consume(who):
        chance = random.Random(who)  # noqa: S311 -- the same churn in every run
        while not done.is_set():
            consumer = own_broker.consumer("churn", enable_auto_commit=False)
            consumer.subscribe(topics)
            leave_at = time.monotonic() + chance.uniform(2, 5)
            while time.monotonic() < leave_at and not done.is_set():
                messages = [message for message in consumer.consume(1000, 0.2) if message.error() is None]
                seen.update(message.value() for message in messages)
                _commit(consumer, messages)
            consumer.close()

    threads = [threading.Thread(target=produce, args=[who]) for who in range(_PRODUCERS)]
    threads += [threading.Thread(target=consume, args=[who]) for who in range(_CONSUMERS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 40 + amount / 1000
    while len(seen) < each * _PRODUCERS and time.monotonic() < deadline:
        time.sleep(0.1)
    done.set()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(seen) == each * _PRODUCERS
    assert "Traceback" not in own_broker.log


def _commit(consumer, messages):
    """Commit what was read; during a rebalance it is read again by whoever comes next."""
    if not messages:
        return
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() not in _REBALANCED:
            raise
