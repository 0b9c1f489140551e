-- Tracing: spans as a collector wrote them first, and what three years made of them.
CREATE TABLE shop.spans (Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)), TraceId String CODEC(ZSTD(1)), SpanId String, ServiceName LowCardinality(String), SpanName String, SpanAttributes Map(LowCardinality(String), String), Duration Int64, StatusCode String, `Events.Timestamp` Array(DateTime64(9)), `Events.Name` Array(LowCardinality(String)), INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toUnixTimestamp(Timestamp)) SETTINGS index_granularity = 8192

CREATE TABLE shop.trace_times (TraceId String, Start DateTime64(9), End DateTime64(9)) ENGINE = MergeTree ORDER BY (TraceId, toUnixTimestamp(Start))

CREATE MATERIALIZED VIEW shop.trace_times_mv TO shop.trace_times AS SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End FROM shop.spans WHERE TraceId != '' GROUP BY TraceId

INSERT INTO shop.spans VALUES ('2024-06-01 00:00:00.000000001', '0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', 'cart', 'GET /cart', {'http.status_code': '200', '': ''}, 9223372036854775807, 'Ok', ['2024-06-01 00:00:00.5'], ['exception']), ('2024-06-01 23:59:59.999999999', '', '', '', '', {}, 0, 'Error', [], []), ('1970-01-02 00:00:00.0', 'ffff', '1', 'pay', 'charge', {'k': 'v\0'}, 1, 'Unset', [], [])

-- STEP few kinds of status
ALTER TABLE shop.spans MODIFY COLUMN StatusCode LowCardinality(String) CODEC(ZSTD(1))

-- STEP the message of a status, and the parent
ALTER TABLE shop.spans ADD COLUMN StatusMessage String CODEC(ZSTD(1)) AFTER StatusCode, ADD COLUMN ParentSpanId String AFTER SpanId

-- STEP searching attributes
ALTER TABLE shop.spans ADD INDEX idx_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX idx_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1

-- STEP a duration is never negative
ALTER TABLE shop.spans MODIFY COLUMN Duration UInt64

INSERT INTO shop.spans (Timestamp, TraceId, Duration) VALUES ('2024-06-02 10:00:00', 'aa', 18446744073709551615)

-- STEP events have attributes
ALTER TABLE shop.spans ADD COLUMN `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)) AFTER `Events.Name`

-- STEP what is asked for most is a column
ALTER TABLE shop.spans ADD COLUMN http_status UInt16 MATERIALIZED toUInt16OrZero(SpanAttributes['http.status_code'])

-- STEP traces stay for 100 years of the epoch
ALTER TABLE shop.trace_times MODIFY TTL toDateTime(Start) + toIntervalYear(80) SETTINGS materialize_ttl_after_modify = 0

-- STEP the number of spans of a trace
DROP VIEW shop.trace_times_mv

ALTER TABLE shop.trace_times ADD COLUMN Spans UInt64

CREATE MATERIALIZED VIEW shop.trace_times_mv TO shop.trace_times AS SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End, count() AS Spans FROM shop.spans WHERE TraceId != '' GROUP BY TraceId

INSERT INTO shop.spans (Timestamp, TraceId, Duration) VALUES ('2024-06-03 10:00:00', 'bb', 7), ('2024-06-03 10:00:01', 'bb', 8)

-- STEP errors by service
ALTER TABLE shop.spans ADD PROJECTION errors (SELECT ServiceName, StatusCode, count() GROUP BY ServiceName, StatusCode)

-- STEP names of spans are few
ALTER TABLE shop.spans MODIFY COLUMN SpanName LowCardinality(String)

-- STEP the first index is enough
ALTER TABLE shop.spans DROP INDEX idx_attr_value
