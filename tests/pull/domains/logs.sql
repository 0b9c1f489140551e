-- Logs: applications, web servers, mail, security and audit.

CREATE TABLE shop.logs_v2 (ts_bucket_start UInt64 CODEC(DoubleDelta, LZ4), resource_fingerprint String CODEC(ZSTD(1)), timestamp UInt64 CODEC(DoubleDelta, LZ4), id String CODEC(ZSTD(1)), severity_text LowCardinality(String) CODEC(ZSTD(1)), body String CODEC(ZSTD(2)), attributes_string Map(LowCardinality(String), String) CODEC(ZSTD(1)), attributes_number Map(LowCardinality(String), Float64) CODEC(ZSTD(1)), attributes_bool Map(LowCardinality(String), Bool) CODEC(ZSTD(1)), INDEX body_idx lower(body) TYPE ngrambf_v1(4, 60000, 5, 0) GRANULARITY 1, INDEX id_minmax id TYPE minmax GRANULARITY 1, INDEX severity severity_text TYPE set(25) GRANULARITY 4, INDEX attr_key mapKeys(attributes_string) TYPE tokenbf_v1(1024, 2, 0) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toDate(timestamp / 1000000000) ORDER BY (ts_bucket_start, resource_fingerprint, severity_text, timestamp, id) TTL toDateTime(timestamp / 1000000000) + toIntervalSecond(1296000) SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192

CREATE TABLE shop.log_resources (labels String CODEC(ZSTD(5)), fingerprint String CODEC(ZSTD(1)), seen_at_ts_bucket_start Int64 CODEC(Delta(8), ZSTD(1)), INDEX idx_labels lower(labels) TYPE ngrambf_v1(4, 1024, 3, 0) GRANULARITY 1) ENGINE = ReplacingMergeTree PARTITION BY toDate(seen_at_ts_bucket_start) ORDER BY (labels, fingerprint, seen_at_ts_bucket_start)

CREATE TABLE shop.access_log (`time` DateTime CODEC(Delta, ZSTD), remote_addr IPv6, forwarded Array(IPv4), request_method Enum8('GET' = 1, 'POST' = 2, 'PUT' = 3, 'DELETE' = 4, 'HEAD' = 5, '' = 0), path String, query String, status UInt16, bytes_sent UInt64 CODEC(T64, ZSTD(1)), request_time Float32, upstream_time Array(Float32), host LowCardinality(String), user_agent String CODEC(ZSTD(9)), path_depth UInt8 MATERIALIZED length(splitByChar('/', path)), is_error UInt8 ALIAS status >= 500) ENGINE = MergeTree PARTITION BY toYYYYMMDD(time) ORDER BY (host, status, time)

CREATE TABLE shop.`access.log-errors` (`time` DateTime, `up stream` LowCardinality(String), `message, raw` String, `a``b` UInt8) ENGINE = MergeTree ORDER BY (`up stream`, `time`)

CREATE MATERIALIZED VIEW shop.access_per_minute ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(minute) ORDER BY (host, minute) AS SELECT host, toStartOfMinute(time) AS minute, countState() AS requests, sumState(bytes_sent) AS bytes, quantilesTDigestState(0.5, 0.99)(request_time) AS times, uniqState(remote_addr) AS clients FROM shop.access_log GROUP BY host, minute

CREATE VIEW shop.access_minutes AS SELECT host, minute, countMerge(requests) AS requests, quantilesTDigestMerge(0.5, 0.99)(times) AS times FROM shop.access_per_minute GROUP BY host, minute

CREATE TABLE shop.syslog (received DateTime64(3), facility UInt8, severity UInt8, hostname LowCardinality(String), app LowCardinality(String), pid Nullable(UInt32), msg String, structured Map(String, Map(String, String)), INDEX msg_tokens msg TYPE tokenbf_v1(8192, 3, 7) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toMonday(received) ORDER BY (hostname, app, received) TTL toDateTime(received) + toIntervalDay(14) DELETE WHERE severity > 5, toDateTime(received) + toIntervalDay(365)

CREATE TABLE shop.journal (ts DateTime64(6), unit LowCardinality(String), fields JSON(max_dynamic_paths = 64, SKIP _BOOT_ID, SKIP REGEXP '^_SYSTEMD')) ENGINE = MergeTree ORDER BY (unit, ts)

CREATE TABLE shop.container_logs (namespace LowCardinality(String), pod LowCardinality(String), container LowCardinality(String), stream Enum8('stdout', 'stderr'), ts DateTime64(9) CODEC(DoubleDelta, ZSTD(3)), line String CODEC(ZSTD(3)), labels Map(LowCardinality(String), LowCardinality(String))) ENGINE = MergeTree PARTITION BY (toDate(ts), namespace) ORDER BY (namespace, pod, container, ts) SETTINGS index_granularity = 4096, min_bytes_for_wide_part = 0

CREATE TABLE shop.mail_log (`Date` DateTime, queue_id FixedString(12), from_domain LowCardinality(String), to_domain LowCardinality(String), status Enum8('sent' = 1, 'bounced' = 2, 'deferred' = 3), size UInt32, relay Tuple(host String, ip IPv4, port UInt16)) ENGINE = MergeTree PARTITION BY toYYYYMM(Date) ORDER BY (to_domain, status, Date)

CREATE TABLE shop.audit_events (event_id UUID DEFAULT generateUUIDv7(), at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'), actor Tuple(id UInt64, kind Enum8('user' = 1, 'token' = 2), name String), action LowCardinality(String), target String, before Nullable(String), after Nullable(String), changed Array(String) DEFAULT [], ip Nullable(IPv6)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (action, at, event_id) COMMENT 'who did what; kept for 10 years'

CREATE TABLE shop.firewall (ts DateTime, src IPv4, dst IPv4, sport UInt16, dport UInt16, proto LowCardinality(FixedString(4)), verdict Enum8('allow' = 1, 'drop' = 0), bytes UInt64, packets UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (dst, toUInt32(sport), ts) SAMPLE BY toUInt32(sport) SETTINGS index_granularity = 16384

CREATE TABLE shop.netflow (time_received_ns DateTime64(9), sampling_rate UInt64, src_addr FixedString(16), dst_addr FixedString(16), bytes UInt64, packets UInt64, etype UInt32, proto UInt32) ENGINE = MergeTree PARTITION BY toDate(time_received_ns) ORDER BY time_received_ns

CREATE TABLE shop.netflow_5m (date Date, slot DateTime, src_as UInt32, dst_as UInt32, `ETypeMap.etype` Array(UInt32), `ETypeMap.bytes` Array(UInt64), `ETypeMap.packets` Array(UInt64), bytes UInt64, packets UInt64) ENGINE = SummingMergeTree PARTITION BY date ORDER BY (date, slot, src_as, dst_as)

CREATE TABLE shop.protocols (proto UInt8, name String, description String) ENGINE = Log

CREATE DICTIONARY shop.protocol_names (`proto` UInt64, `name` String DEFAULT '?') PRIMARY KEY proto SOURCE(CLICKHOUSE(TABLE 'protocols' DB 'shop')) LIFETIME(MIN 0 MAX 3600) LAYOUT(FLAT(INITIAL_ARRAY_SIZE 64 MAX_ARRAY_SIZE 256))

CREATE TABLE shop.dns_queries (at DateTime('UTC'), client IPv6, qname String, qtype LowCardinality(String), rcode UInt8, tld LowCardinality(String) MATERIALIZED topLevelDomain(qname), answers Array(Variant(IPv4, IPv6, String))) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (tld, reverse(qname), at)

CREATE TABLE shop.crash_reports (received DateTime, app LowCardinality(String), version String, sort_version Array(UInt32) MATERIALIZED arrayMap(x -> toUInt32OrZero(x), splitByChar('.', version)), stack String CODEC(ZSTD(12)), stack_id UInt64 MATERIALIZED sipHash64(stack), threads Nested(name String, frames Array(String))) ENGINE = MergeTree PARTITION BY toYYYYMM(received) ORDER BY (app, stack_id, received)

CREATE TABLE shop.tail (ts DateTime, line String) ENGINE = StripeLog

CREATE TABLE shop.rotated (ts DateTime, line String) ENGINE = TinyLog COMMENT 'only the last day'

CREATE VIEW shop.errors_of_today AS WITH today() AS day SELECT host, path, status, count() AS n FROM shop.access_log WHERE (toDate(time) = day) AND (status >= 500) GROUP BY ALL ORDER BY n DESC
