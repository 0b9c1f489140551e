-- Calls of language models: traces, observations and scores, from text to typed columns.
CREATE TABLE shop.calls (id UUID, project String, model String, started DateTime64(3), ended Nullable(DateTime64(3)), prompt String, answer String, tokens UInt32, cost Float64, event_ts DateTime64(3)) ENGINE = ReplacingMergeTree(event_ts) PARTITION BY toYYYYMM(started) ORDER BY (project, toDate(started), id)

CREATE TABLE shop.scores (call UUID, name String, value Float32) ENGINE = MergeTree ORDER BY (name, call)

INSERT INTO shop.calls VALUES ('00000000-0000-0000-0000-000000000000', '', '', '1970-01-01 00:00:00', NULL, '', '', 0, 0, '1970-01-01 00:00:00'), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'p', 'large', '2024-02-29 23:59:59.999', '2024-03-01 00:00:00.001', '☃ ''q''', 'a\nb', 4294967295, 1e-12, '2024-03-01 00:00:00.001')

INSERT INTO shop.scores VALUES ('00000000-0000-0000-0000-000000000000', '', nan), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'helpful', 3.4028235e38)

-- STEP usage by kind
ALTER TABLE shop.calls ADD COLUMN usage Map(LowCardinality(String), UInt64) AFTER tokens

-- STEP long texts
ALTER TABLE shop.calls MODIFY COLUMN prompt String CODEC(ZSTD(3)), MODIFY COLUMN answer String CODEC(ZSTD(3))

-- STEP models are few
ALTER TABLE shop.calls MODIFY COLUMN model LowCardinality(String)

-- STEP more tokens than 4 billion
ALTER TABLE shop.calls MODIFY COLUMN tokens UInt64

-- STEP scores as precise as they come
ALTER TABLE shop.scores MODIFY COLUMN value Float64

INSERT INTO shop.scores VALUES ('00000000-0000-0000-0000-000000000001', 'x', 1.7976931348623157e308)

-- STEP words for scores
ALTER TABLE shop.scores ADD COLUMN label Nullable(String), ADD COLUMN source Enum8('api' = 1, 'human' = 2) DEFAULT 'api'

-- STEP scores of models
ALTER TABLE shop.scores MODIFY COLUMN source Enum8('api' = 1, 'human' = 2, 'model' = 3) DEFAULT 'api'

-- STEP tools
ALTER TABLE shop.calls ADD COLUMN `tools.name` Array(LowCardinality(String)), ADD COLUMN `tools.input` Array(String)

INSERT INTO shop.calls (id, started, `tools.name`, `tools.input`) VALUES ('11111111-1111-1111-1111-111111111111', '2024-04-01 00:00:00', ['search'], ['{}'])

-- STEP a call is found by its id
ALTER TABLE shop.calls ADD INDEX by_id id TYPE bloom_filter(0.001) GRANULARITY 1

-- STEP how long a call took
ALTER TABLE shop.calls ADD COLUMN ms Nullable(Int64) ALIAS dateDiff('millisecond', started, ended)

-- STEP the cost of each day
CREATE VIEW shop.daily AS SELECT project, toDate(started) AS day, sum(cost) AS cost, sum(tokens) AS tokens FROM shop.calls FINAL GROUP BY project, day

-- STEP prompts have versions
CREATE TABLE shop.prompts (name String, version UInt16, text String, config JSON) ENGINE = MergeTree ORDER BY (name, version)

ALTER TABLE shop.calls ADD COLUMN prompt_name LowCardinality(Nullable(String)), ADD COLUMN prompt_version Nullable(UInt16)
