-- Models: language model calls, prompts, datasets, runs, features, embeddings.

CREATE TABLE shop.traces (id String, `timestamp` DateTime64(3), name String, user_id Nullable(String), metadata Map(LowCardinality(String), String), release Nullable(String), project_id String, public Bool, bookmarked Bool, tags Array(String), input Nullable(String) CODEC(ZSTD(3)), output Nullable(String) CODEC(ZSTD(3)), session_id Nullable(String), created_at DateTime64(3) DEFAULT now(), event_ts DateTime64(3), is_deleted UInt8, INDEX idx_id id TYPE bloom_filter(0.001) GRANULARITY 1, INDEX idx_meta_key mapKeys(metadata) TYPE bloom_filter(0.01) GRANULARITY 1) ENGINE = ReplacingMergeTree(event_ts, is_deleted) PARTITION BY toYYYYMM(timestamp) PRIMARY KEY (project_id, toDate(timestamp)) ORDER BY (project_id, toDate(timestamp), id)

CREATE TABLE shop.observations (id String, trace_id String, project_id String, type LowCardinality(String), start_time DateTime64(3), end_time Nullable(DateTime64(3)), level LowCardinality(String), model Nullable(String), usage_details Map(LowCardinality(String), UInt64), cost_details Map(LowCardinality(String), Decimal(18, 12)), total_cost Nullable(Decimal(18, 12)), prompt_version Nullable(UInt16), event_ts DateTime64(3), is_deleted UInt8, INDEX idx_trace trace_id TYPE bloom_filter GRANULARITY 1) ENGINE = ReplacingMergeTree(event_ts, is_deleted) PARTITION BY toYYYYMM(start_time) PRIMARY KEY (project_id, type, toDate(start_time)) ORDER BY (project_id, type, toDate(start_time), id)

CREATE TABLE shop.scores (id String, project_id String, trace_id String, name String, value Float64, data_type LowCardinality(String), string_value Nullable(String), comment Nullable(String) CODEC(ZSTD(1)), `timestamp` DateTime64(3), ver UInt64) ENGINE = ReplacingMergeTree(ver) PARTITION BY toYYYYMM(timestamp) ORDER BY (project_id, toDate(timestamp), name, id)

CREATE TABLE shop.trace_totals (project_id String, trace_id String, first SimpleAggregateFunction(min, DateTime64(3)), last SimpleAggregateFunction(max, Nullable(DateTime64(3))), cost SimpleAggregateFunction(sum, Nullable(Decimal(38, 12))), usage SimpleAggregateFunction(sumMap, Map(String, UInt64)), tags SimpleAggregateFunction(groupUniqArrayArray, Array(String)), input AggregateFunction(argMin, String, DateTime64(3))) ENGINE = AggregatingMergeTree ORDER BY (project_id, trace_id)

CREATE TABLE shop.inferences (id UUID, function_name LowCardinality(String), variant_name LowCardinality(String), episode_id UUID, input String, output String, inference_params JSON, processing_time_ms UInt32, `timestamp` DateTime MATERIALIZED UUIDv7ToDateTime(id), tags Map(String, String) DEFAULT map()) ENGINE = MergeTree ORDER BY (function_name, variant_name, episode_id)

CREATE TABLE shop.feedback (id UUID, target_id UUID, metric_name LowCardinality(String), value Variant(Bool, Float64, String), at DateTime64(3)) ENGINE = MergeTree ORDER BY (metric_name, target_id)

CREATE MATERIALIZED VIEW shop.inference_by_episode ENGINE = MergeTree ORDER BY episode_id AS SELECT episode_id, id, function_name, variant_name FROM shop.inferences

CREATE TABLE shop.embeddings (id UInt64, collection LowCardinality(String), vector Array(Float32) CODEC(NONE), document String, meta Map(String, String), CONSTRAINT dims CHECK length(vector) = 8, INDEX ann vector TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'bf16', 32, 128) GRANULARITY 100000000) ENGINE = MergeTree ORDER BY (collection, id)

CREATE TABLE shop.laion (_file LowCardinality(String), key String, caption String, width UInt16, image_embedding Array(BFloat16)) ENGINE = MergeTree ORDER BY key SETTINGS index_granularity = 128

CREATE TABLE shop.runs (run UUID, experiment LowCardinality(String), status Enum8('running' = 1, 'finished' = 2, 'failed' = 3), started DateTime64(3), parameters Map(LowCardinality(String), Variant(Bool, Int64, Float64, String)), git FixedString(40), notes String DEFAULT '') ENGINE = ReplacingMergeTree ORDER BY (experiment, run)

CREATE TABLE shop.run_metrics (run UUID, name LowCardinality(String), step UInt64 CODEC(Delta, LZ4), value Float64 CODEC(Gorilla, LZ4), at DateTime64(3) CODEC(DoubleDelta, LZ4)) ENGINE = MergeTree ORDER BY (run, name, step)

CREATE TABLE shop.features (entity UInt64, name LowCardinality(String), value Float32, valid_from DateTime, source LowCardinality(String) DEFAULT 'batch') ENGINE = ReplacingMergeTree ORDER BY (name, entity, valid_from DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.feature_online (entity UInt64, `values` Map(String, Float32)) ENGINE = EmbeddedRocksDB PRIMARY KEY entity

CREATE TABLE shop.models (id UInt32, name String, prices Map(LowCardinality(String), Decimal(18, 12)), tokenizer LowCardinality(Nullable(String)), since Date) ENGINE = ReplacingMergeTree ORDER BY (name, since)

CREATE TABLE shop.prompts (name String, version UInt16, messages Array(Tuple(role Enum8('system' = 1, 'user' = 2, 'assistant' = 3), content String)), config JSON, sha UInt256 MATERIALIZED reinterpretAsUInt256(SHA256(toString(messages)))) ENGINE = MergeTree ORDER BY (name, version)

CREATE TABLE shop.dataset_items (dataset LowCardinality(String), id UUID DEFAULT generateUUIDv4(), input JSON, expected Nullable(String), split Enum8('train' = 1, 'test' = 2) DEFAULT if(cityHash64(dataset) % 10 = 0, 'test', 'train')) ENGINE = MergeTree ORDER BY (dataset, id)

CREATE TABLE shop.rate_limits (key String, minute DateTime, tokens SimpleAggregateFunction(sum, UInt64), calls SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY (key, minute) TTL minute + toIntervalHour(1)

CREATE VIEW shop.daily_cost AS SELECT project_id, toDate(start_time) AS day, model, sum(total_cost) AS cost FROM shop.observations FINAL GROUP BY project_id, day, model

CREATE VIEW shop.nearest AS SELECT id, cosineDistance(vector, {q:Array(Float32)}) AS d FROM shop.embeddings ORDER BY d ASC LIMIT 10

CREATE TABLE shop.batch_queue (id UUID, body String) ENGINE = Memory
