-- Feature flags: what each flag evaluates to, and how often each environment asks.
CREATE TABLE shop.flags (project_id UInt32, key String, kind Enum8('bool' = 1, 'string' = 2), variations Array(String), created_at DateTime DEFAULT now()) ENGINE = ReplacingMergeTree(created_at) ORDER BY (project_id, key)

CREATE TABLE shop.evaluations (ts DateTime64(3, 'UTC'), project_id UInt32, env LowCardinality(String), flag String, variation UInt8, context_kind String, context_hash UInt32, latency Float32) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (project_id, flag, ts)

CREATE TABLE shop.usage_hourly (hour DateTime, project_id UInt32, flag String, evaluations UInt64) ENGINE = SummingMergeTree ORDER BY (project_id, flag, hour)

CREATE MATERIALIZED VIEW shop.usage_mv TO shop.usage_hourly AS SELECT toStartOfHour(ts, 'UTC') AS hour, project_id, flag, count() AS evaluations FROM shop.evaluations GROUP BY hour, project_id, flag

INSERT INTO shop.flags VALUES (1, 'new-checkout', 'bool', ['true', 'false'], '2024-01-01 00:00:00'), (1, '', 'string', [], '1970-01-01 00:00:00'), (4294967295, 'émoji ☃', 'string', ['', 'b'], '2106-02-07 06:28:15')

INSERT INTO shop.evaluations VALUES ('2024-02-29 23:59:59.999', 1, 'prod', 'new-checkout', 255, 'user', 4294967295, 0.1), ('1970-01-01 00:00:00.000', 0, '', '', 0, '', 0, -0.0), ('2024-03-01 00:00:00.001', 4294967295, 'staging', 'émoji ☃', 1, 'device', 7, inf)

-- STEP an archived flag stays, and says so
ALTER TABLE shop.flags ADD COLUMN archived Bool DEFAULT false COMMENT 'hidden in the interface'

-- STEP flags may be numbers and JSON
ALTER TABLE shop.flags MODIFY COLUMN kind Enum8('bool' = 1, 'string' = 2, 'number' = 3, 'json' = 4)

INSERT INTO shop.flags VALUES (2, 'limit', 'number', ['1', '2'], '2024-05-01 00:00:00', true)

-- STEP the hash of a context gets 64 bits
ALTER TABLE shop.evaluations MODIFY COLUMN context_hash UInt64

INSERT INTO shop.evaluations VALUES ('2024-04-01 10:00:00.000', 1, 'prod', 'limit', 2, 'user', 18446744073709551615, 1.5)

-- STEP few kinds of context, better compressed
ALTER TABLE shop.evaluations MODIFY COLUMN context_kind LowCardinality(String), MODIFY COLUMN ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))

-- STEP searching a context
ALTER TABLE shop.evaluations ADD INDEX by_context context_hash TYPE bloom_filter(0.01) GRANULARITY 4

-- STEP old evaluations go
ALTER TABLE shop.evaluations MODIFY TTL toDateTime(ts) + toIntervalYear(80)

-- STEP which SDK asked
ALTER TABLE shop.evaluations ADD COLUMN sdk LowCardinality(Nullable(String)) AFTER env

-- STEP the SDK counts in the hourly usage
DROP VIEW shop.usage_mv

ALTER TABLE shop.usage_hourly ADD COLUMN errors UInt64 DEFAULT 0

CREATE MATERIALIZED VIEW shop.usage_mv TO shop.usage_hourly AS SELECT toStartOfHour(ts, 'UTC') AS hour, project_id, flag, count() AS evaluations, countIf(latency < 0) AS errors FROM shop.evaluations GROUP BY hour, project_id, flag

INSERT INTO shop.evaluations VALUES ('2024-04-02 10:00:00.000', 1, 'prod', 'go 1.2', 'limit', 2, 'user', 5, -1)

-- STEP what a flag is for
ALTER TABLE shop.flags ADD COLUMN description String COMMENT 'what the flag is for'

-- STEP a list of the flags that are in use
CREATE VIEW shop.active_flags AS SELECT project_id, key FROM shop.flags FINAL WHERE NOT archived
