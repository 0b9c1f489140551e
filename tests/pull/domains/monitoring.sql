-- Monitoring: hosts, checks, alerts, series of a metrics store, queries of databases.

CREATE TABLE shop.samples_v4 (env LowCardinality(String) DEFAULT 'default', temporality LowCardinality(String) DEFAULT 'Unspecified', metric_name LowCardinality(String), fingerprint UInt64 CODEC(Delta(8), ZSTD(1)), unix_milli Int64 CODEC(DoubleDelta, ZSTD(1)), value Float64 CODEC(Gorilla, ZSTD(1)), flags UInt32 DEFAULT 0 CODEC(ZSTD(1))) ENGINE = MergeTree PARTITION BY toDate(unix_milli / 1000) ORDER BY (env, temporality, metric_name, fingerprint, unix_milli) TTL toDateTime(unix_milli / 1000) + toIntervalSecond(2592000) SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1

CREATE TABLE shop.samples_agg_5m (env LowCardinality(String), metric_name LowCardinality(String), fingerprint UInt64 CODEC(ZSTD(1)), unix_milli Int64 CODEC(Delta(8), ZSTD(1)), last SimpleAggregateFunction(anyLast, Float64) CODEC(ZSTD(1)), min SimpleAggregateFunction(min, Float64), max SimpleAggregateFunction(max, Float64), sum SimpleAggregateFunction(sum, Float64), count SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree PARTITION BY toDate(unix_milli / 1000) ORDER BY (env, metric_name, fingerprint, unix_milli)

CREATE MATERIALIZED VIEW shop.samples_agg_5m_mv TO shop.samples_agg_5m AS SELECT env, metric_name, fingerprint, intDiv(unix_milli, 300000) * 300000 AS unix_milli, anyLast(value) AS last, min(value) AS min, max(value) AS max, sum(value) AS sum, count() AS count FROM shop.samples_v4 WHERE bitAnd(flags, 1) = 0 GROUP BY env, metric_name, fingerprint, unix_milli

CREATE TABLE shop.time_series (env LowCardinality(String), metric_name LowCardinality(String), description LowCardinality(String) DEFAULT '', unit LowCardinality(String) DEFAULT '', is_monotonic Bool DEFAULT false, fingerprint UInt64 CODEC(Delta(8), ZSTD(1)), unix_milli Int64 CODEC(Delta(8), ZSTD(1)), labels String CODEC(ZSTD(5)), attrs Map(LowCardinality(String), String) DEFAULT map() CODEC(ZSTD(1)), INDEX idx_labels labels TYPE ngrambf_v1(4, 1024, 3, 0) GRANULARITY 1) ENGINE = ReplacingMergeTree PARTITION BY toDate(unix_milli / 1000) ORDER BY (env, metric_name, fingerprint, unix_milli)

CREATE TABLE shop.hosts (host LowCardinality(String), os Enum8('linux' = 1, 'windows' = 2, 'bsd' = 3), cpus UInt16, memory UInt64, addresses Array(IPv6), booted Nullable(DateTime), labels Map(String, String)) ENGINE = ReplacingMergeTree ORDER BY host

CREATE TABLE shop.cpu (created_date Date DEFAULT today(), created_at DateTime DEFAULT now(), time String, tags_id UInt32, usage_user Nullable(Float64), usage_system Nullable(Float64), usage_idle Nullable(Float64), usage_iowait Nullable(Float64), additional_tags String DEFAULT '') ENGINE = MergeTree PARTITION BY toYYYYMM(created_date) ORDER BY (tags_id, created_at) SETTINGS index_granularity = 8192

CREATE TABLE shop.checks (check_id UInt32, at DateTime64(3), region LowCardinality(String), ok Bool, latency_ms Float32, tls_expires Nullable(Date), response_headers Map(LowCardinality(String), String), error Enum16('' = 0, 'timeout' = 1, 'dns' = 2, 'tls' = 3, 'status' = 400)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (check_id, region, at) TTL toDateTime(at) + toIntervalMonth(1) DELETE WHERE ok, toDateTime(at) + toIntervalYear(1)

CREATE TABLE shop.uptime (check_id UInt32, day Date, up UInt32, down UInt32, share Float64 ALIAS up / (up + down)) ENGINE = SummingMergeTree((up, down)) ORDER BY (check_id, day)

CREATE MATERIALIZED VIEW shop.uptime_mv TO shop.uptime AS SELECT check_id, toDate(at) AS day, toUInt32(countIf(ok)) AS up, toUInt32(countIf(NOT ok)) AS down FROM shop.checks GROUP BY check_id, day

CREATE TABLE shop.alerts (fingerprint UInt64, name LowCardinality(String), labels Map(LowCardinality(String), String), state Enum8('pending' = 1, 'firing' = 2, 'resolved' = 3), starts_at DateTime64(3, 'UTC'), ends_at Nullable(DateTime64(3, 'UTC')), silenced_by Array(UUID), summary String, version UInt32) ENGINE = ReplacingMergeTree(version) ORDER BY (name, fingerprint, starts_at)

CREATE TABLE shop.rule_history (rule_id String, state LowCardinality(String), unix_milli Int64 CODEC(Delta(8), ZSTD(1)), fingerprint UInt64, value Float64, overall Bool) ENGINE = MergeTree PARTITION BY toDate(unix_milli / 1000) ORDER BY (rule_id, unix_milli)

CREATE TABLE shop.graphite (Path String, Value Float64, Time UInt32, Date Date, Timestamp UInt32) ENGINE = MergeTree PARTITION BY toYYYYMM(Date) ORDER BY (Path, Time) SETTINGS index_granularity = 256

CREATE TABLE shop.graphite_index (Date Date, Level UInt32, Path String, Version UInt32) ENGINE = ReplacingMergeTree(Version) PARTITION BY toYYYYMM(Date) ORDER BY (Level, Path, Date)

CREATE TABLE shop.queries (at DateTime64(6), digest FixedString(16), text String CODEC(ZSTD(6)), rows UInt64, duration_us UInt64, plan JSON, `user` LowCardinality(String), client Nullable(IPv6), INDEX text_idx text TYPE ngrambf_v1(3, 512, 2, 0) GRANULARITY 4) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (digest, at) TTL toDateTime(at) + toIntervalDay(30)

CREATE TABLE shop.query_digests (digest FixedString(16), calls SimpleAggregateFunction(sum, UInt64), slowest SimpleAggregateFunction(max, UInt64), sample SimpleAggregateFunction(any, String), spread AggregateFunction(quantileTiming(0.95), UInt64)) ENGINE = AggregatingMergeTree ORDER BY digest

CREATE MATERIALIZED VIEW shop.query_digests_mv TO shop.query_digests AS SELECT digest, count() AS calls, max(duration_us) AS slowest, any(text) AS sample, quantileTimingState(0.95)(duration_us) AS spread FROM shop.queries GROUP BY digest

CREATE TABLE shop.deploys (at DateTime, service LowCardinality(String), version String, sha FixedString(40), by String, rollback_of Nullable(UUID), `change-set` Array(String)) ENGINE = MergeTree ORDER BY (service, at)

CREATE VIEW shop.firing AS SELECT name, labels['severity'] AS severity, count() AS n FROM shop.alerts FINAL WHERE state = 'firing' GROUP BY 1, 2 ORDER BY n DESC

CREATE VIEW shop.metric_names AS SELECT DISTINCT metric_name FROM shop.time_series

CREATE TABLE shop.samples_union AS shop.samples_v4 ENGINE = Merge(shop, '^samples_v[0-9]+$')
