-- Feature flags and experiments: definitions, evaluations, exposures, results.

CREATE TABLE shop.flags (project UInt32, key String, kind Enum8('boolean' = 1, 'multivariate' = 2), variants Array(Tuple(key String, weight UInt16, payload Nullable(String))), rules JSON, enabled Bool DEFAULT false, archived_at Nullable(DateTime), tags Array(LowCardinality(String)), version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (project, key) COMMENT 'the newest version counts'

CREATE TABLE shop.flag_history (project UInt32, key String, version UInt64, changed_at DateTime64(3) DEFAULT now64(3), changed_by LowCardinality(String), diff String CODEC(ZSTD(3))) ENGINE = MergeTree ORDER BY (project, key, version DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.evaluations (at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), project UInt32, env LowCardinality(String), flag LowCardinality(String), variant LowCardinality(Nullable(String)), unit_hash UInt64, reason Enum8('default' = 0, 'rule' = 1, 'rollout' = 2, 'error' = -1), sdk Tuple(name LowCardinality(String), version String)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (project, flag, env, unit_hash, at) SAMPLE BY unit_hash TTL toDateTime(at) + toIntervalDay(90)

CREATE TABLE shop.exposures (project UInt32, experiment LowCardinality(String), unit String, variant LowCardinality(String), first_at SimpleAggregateFunction(min, DateTime64(3)), variants_seen SimpleAggregateFunction(groupUniqArrayArray, Array(String)), attributes SimpleAggregateFunction(anyLast, Map(String, String))) ENGINE = AggregatingMergeTree ORDER BY (project, experiment, unit, variant)

CREATE TABLE shop.evaluation_counts (hour DateTime, project UInt32, flag LowCardinality(String), variant String, n UInt64) ENGINE = SummingMergeTree(n) PARTITION BY toYYYYMM(hour) ORDER BY (project, flag, variant, hour)

CREATE MATERIALIZED VIEW shop.evaluation_counts_mv TO shop.evaluation_counts AS SELECT toStartOfHour(toDateTime(at)) AS hour, project, flag, ifNull(toString(variant), '') AS variant, count() AS n FROM shop.evaluations GROUP BY hour, project, flag, variant

CREATE TABLE shop.experiments (id UUID, name String, starts DateTime, ends Nullable(DateTime), metrics Nested(name LowCardinality(String), goal Int8, threshold Float64), stats Map(LowCardinality(String), Tuple(mean Float64, variance Float64, n UInt64))) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.metric_values (experiment UUID, unit String, metric LowCardinality(String), value Float64, at DateTime, CONSTRAINT finite CHECK isFinite(value)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (experiment, metric, unit, at)

CREATE VIEW shop.results AS SELECT m.experiment, m.metric, avg(m.value) AS mean, varSamp(m.value) AS variance, count() AS n FROM shop.metric_values AS m GROUP BY m.experiment, m.metric

CREATE TABLE shop.segments (project UInt32, name String, members AggregateFunction(groupBitmap, UInt32), size UInt64 ALIAS bitmapCardinality(members), updated SimpleAggregateFunction(max, DateTime)) ENGINE = AggregatingMergeTree ORDER BY (project, name)

CREATE TABLE shop.environments (id UInt16, project UInt32, name String, color FixedString(7) DEFAULT '#000000', sdk_key_hash FixedString(64)) ENGINE = ReplacingMergeTree ORDER BY (project, id)

CREATE DICTIONARY shop.environment_names (`id` UInt64, `name` String DEFAULT '?', `color` String DEFAULT '#000000') PRIMARY KEY id SOURCE(CLICKHOUSE(QUERY 'SELECT toUInt64(id) AS id, name, CAST(color, \'String\') AS color FROM shop.environments')) LIFETIME(MIN 5 MAX 15) LAYOUT(CACHE(SIZE_IN_CELLS 1000))

CREATE TABLE shop.overrides (project UInt32, flag String, unit String, variant String, expires DateTime) ENGINE = ReplacingMergeTree ORDER BY (project, flag, unit) TTL expires

CREATE TABLE shop.sdk_connections (at DateTime, sdk LowCardinality(String), ip IPv6, open_s UInt32, bytes Tuple(`in` UInt64, out UInt64)) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (sdk, at) TTL at + toIntervalDay(7)

CREATE TABLE shop.stale_flags (project UInt32, flag String, last_used Date) ENGINE = Join(ANY, LEFT, project, flag)

CREATE VIEW shop.unused AS SELECT f.project, f.key FROM shop.flags AS f LEFT ANTI JOIN shop.evaluation_counts AS c ON (f.project = c.project) AND (f.key = c.flag)

CREATE TABLE shop.guardrails (experiment UUID, metric String, lower Nullable(Float64), upper Nullable(Float64), breached UInt8 MATERIALIZED (lower > upper) OR isNull(upper)) ENGINE = MergeTree ORDER BY (experiment, metric)

CREATE TABLE shop.kill_switches (key String, on Bool, since DateTime) ENGINE = EmbeddedRocksDB PRIMARY KEY key

CREATE TABLE shop.flag_comments (project UInt32, flag String, at DateTime, author UUID, text String) ENGINE = TinyLog

CREATE TABLE shop.incoming (payload String, received DateTime DEFAULT now()) ENGINE = Null COMMENT 'the views take what they need'
