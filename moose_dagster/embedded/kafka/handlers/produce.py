"""Produce and InitProducerId."""

import time

from kafka.protocol.producer.produce import ProduceRequest, ProduceResponse
from kafka.protocol.producer.transaction import InitProducerIdRequest, InitProducerIdResponse

from moose_dagster.embedded.kafka import batches, codecs, storage
from moose_dagster.embedded.kafka.batches import HEADER, MAGIC, Batch
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.policy import LogPolicy
from moose_dagster.embedded.kafka.records import records_in
from moose_dagster.embedded.kafka.state import BrokerState, Call
from moose_dagster.embedded.kafka.wire import opaque

_FIRST_VERSION_WITH_ZSTD = 7

_TopicAnswer = ProduceResponse.TopicProduceResponse
_PartitionAnswer = _TopicAnswer.PartitionProduceResponse
_RecordError = _PartitionAnswer.BatchIndexAndErrorMessage


class _NullKeysError(RefusedError):
    """A batch without keys for a compacted topic."""

    def __init__(self, indexes: list[int]) -> None:
        super().__init__(Code.INVALID_RECORD, "One or more records have been rejected")
        self.indexes = indexes


async def produce(
    state: BrokerState, request: ProduceRequest, call: Call
) -> ProduceResponse | None:
    """Append the batches of a producer, and answer unless it wants no acknowledgement."""
    topics: list[_TopicAnswer] = []
    for topic in request.topic_data:
        partitions = [
            _append(state, request, call, (topic.name, data.index, opaque(data.records)))
            for data in topic.partition_data
        ]
        topics.append(_TopicAnswer(name=topic.name, partition_responses=partitions))
    return ProduceResponse(responses=topics) if request.acks else None


async def init_producer_id(
    state: BrokerState, request: InitProducerIdRequest, _: Call
) -> InitProducerIdResponse:
    """Return an id for an idempotent producer, and refuse transactions."""
    if request.transactional_id is not None:
        code = Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        return InitProducerIdResponse(error_code=code, producer_id=-1, producer_epoch=-1)
    return InitProducerIdResponse(
        producer_id=state.producer_ids.take(), producer_epoch=0, error_code=0
    )


def _append(
    state: BrokerState, request: ProduceRequest, call: Call, part: tuple[str, int, bytes]
) -> _PartitionAnswer:
    """Append the batch of one partition and return the answer."""
    topic, index, data = part
    try:
        _check(request)
        state.check_right(call, "Write", topic)
        partition = state.led_partition(topic, index)
        batch = _batch_in(data, partition.policy, call)
        offset, stamped = _write(partition, batch, bytearray(data))
    except _NullKeysError as error:
        return _refused(index, error, [_null_key(at) for at in error.indexes])
    except RefusedError as error:
        return _refused(index, error, [])
    except OSError as error:
        return _refused(index, storage.refused(error), [])
    return _PartitionAnswer(
        index=index,
        error_code=0,
        base_offset=offset,
        log_append_time_ms=stamped,
        log_start_offset=partition.start_offset,
    )


def _refused(index: int, error: RefusedError, records: list[_RecordError]) -> _PartitionAnswer:
    """Return the answer to a batch that is not appended."""
    return _PartitionAnswer(
        index=index,
        error_code=error.code,
        base_offset=-1,
        record_errors=records,
        error_message=error.message,
    )


def _null_key(index: int) -> _RecordError:
    """Return the error of a record without a key."""
    message = "Compacted topic cannot accept message without key in topic partition."
    return _RecordError(batch_index=index, batch_index_error_message=message)


def _check(request: ProduceRequest) -> None:
    """Refuse transactions and unknown acknowledgements."""
    if request.transactional_id is not None:
        raise RefusedError(
            Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "This broker has no transactions."
        )
    if request.acks not in {-1, 0, 1}:
        raise RefusedError(Code.INVALID_REQUIRED_ACKS)


def _batch_in(data: bytes, policy: LogPolicy, call: Call) -> Batch:
    """Return the header of the one batch in *data*, or refuse it."""
    if len(data) < HEADER.size:
        raise RefusedError(
            Code.CORRUPT_MESSAGE, "The records of a partition are not a whole batch."
        )
    batch = batches.parse(data)
    _check_form(batch, len(data), call)
    if not batches.is_intact(memoryview(data)):
        raise RefusedError(Code.CORRUPT_MESSAGE, "The record batch does not match its checksum.")
    if batch.size > policy.max_message_bytes:
        limit = policy.max_message_bytes
        raise RefusedError(
            Code.MESSAGE_TOO_LARGE,
            f"The record batch has {batch.size} bytes, the topic accepts {limit}.",
        )
    if not policy.append_time:
        _check_time(batch, policy)
    if policy.compacts:
        _check_keys(data)
    return batch


def _check_form(batch: Batch, size: int, call: Call) -> None:
    """Refuse a batch that a client may not send."""
    if batch.magic != MAGIC:
        raise RefusedError(
            Code.UNSUPPORTED_FOR_MESSAGE_FORMAT, "Only record batches of version 2 are accepted."
        )
    if batch.size > size:
        raise RefusedError(Code.CORRUPT_MESSAGE, "The record batch is longer than what was sent.")
    if batch.size < size:
        raise RefusedError(
            Code.INVALID_RECORD, "A partition accepts exactly one record batch at a time."
        )
    if (
        batch.record_count < 1
        or batch.last_offset_delta != batch.record_count - 1
        or batch.is_control
    ):
        raise RefusedError(Code.INVALID_RECORD, "The record batch has a wrong count of records.")
    if batch.is_transactional:
        raise RefusedError(
            Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "This broker has no transactions."
        )
    too_old = batch.codec == codecs.ZSTD and call.version < _FIRST_VERSION_WITH_ZSTD
    if batch.codec > codecs.ZSTD or too_old:
        raise RefusedError(Code.UNSUPPORTED_COMPRESSION_TYPE)


def _check_time(batch: Batch, policy: LogPolicy) -> None:
    """Refuse timestamps that are further from now than the topic allows."""
    now = _now()
    if now - batch.first_timestamp > policy.timestamp_before_ms or (
        batch.max_timestamp - now > policy.timestamp_after_ms
    ):
        raise RefusedError(
            Code.INVALID_TIMESTAMP, "A timestamp is out of the range the topic allows."
        )


def _check_keys(data: bytes) -> None:
    """Refuse records without a key, which compaction could never remove."""
    try:
        without = [index for index, record in enumerate(records_in(data)) if record.key is None]
    except Exception as error:
        raise RefusedError(Code.CORRUPT_MESSAGE, "The record batch can't be read.") from error
    if without:
        raise _NullKeysError(without)


def _write(partition: Partition, batch: Batch, data: bytearray) -> tuple[int, int]:
    """Append a checked batch; return its offset and the time that the broker set, or -1."""
    if not partition.policy.append_time:
        return partition.append(batch, data), -1
    now = _now()
    batches.stamp(data, batch, now)
    return partition.append(batches.parse(data), data), now


def _now() -> int:
    """Return the time in milliseconds."""
    return int(time.time() * 1000)
