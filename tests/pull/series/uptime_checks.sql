-- Uptime checks: results, incidents and the page that shows them.
CREATE TABLE shop.checks (id UInt16, url String, every_s UInt16, active UInt8) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.results (check_id UInt16, at DateTime, ok UInt8, latency UInt16, code Int16) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (check_id, at)

CREATE VIEW shop.page AS SELECT check_id, avg(ok) AS uptime FROM shop.results GROUP BY check_id

INSERT INTO shop.checks VALUES (0, '', 0, 0), (65535, 'https://example.org/☃?a=1&b=''2''', 65535, 1)

INSERT INTO shop.results VALUES (0, '1970-01-01 00:00:00', 0, 0, -32768), (65535, '2024-02-29 00:00:00', 1, 65535, 32767), (65535, '2024-02-29 00:01:00', 1, 12, 200)

-- STEP slow checks take more than a minute
ALTER TABLE shop.results MODIFY COLUMN latency UInt32

-- STEP flags are flags
ALTER TABLE shop.checks MODIFY COLUMN active Bool

-- STEP regions
ALTER TABLE shop.results ADD COLUMN region LowCardinality(String) DEFAULT 'eu' AFTER at

INSERT INTO shop.results VALUES (7, '2024-03-01 00:00:00', 'us', 0, 4294967295, 503)

-- STEP headers of the answer
ALTER TABLE shop.results ADD COLUMN headers Map(LowCardinality(String), String), ADD COLUMN error Nullable(String) CODEC(ZSTD(1))

-- STEP incidents
CREATE TABLE shop.incidents (id UUID, check_id UInt16, opened DateTime, closed Nullable(DateTime), sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY (check_id, opened, id)

INSERT INTO shop.incidents VALUES ('00000000-0000-0000-0000-000000000001', 7, '2024-03-01 00:00:00', NULL, 1)

-- STEP the page tells regions
CREATE OR REPLACE VIEW shop.page AS SELECT check_id, region, avg(ok) AS uptime FROM shop.results GROUP BY check_id, region

-- STEP uptime by day
CREATE TABLE shop.days (check_id UInt16, day Date, up UInt64, total UInt64) ENGINE = SummingMergeTree ORDER BY (check_id, day)

CREATE MATERIALIZED VIEW shop.days_mv TO shop.days AS SELECT check_id, toDate(at) AS day, sum(ok) AS up, count() AS total FROM shop.results GROUP BY check_id, day

INSERT INTO shop.results (check_id, at, ok) VALUES (7, '2024-03-02 00:00:00', 1), (7, '2024-03-02 00:01:00', 0)

-- STEP who was told
ALTER TABLE shop.incidents ADD COLUMN told Array(LowCardinality(String)) DEFAULT [], ADD COLUMN cause String DEFAULT 'unknown'

-- STEP where code is not a number, it is missing
ALTER TABLE shop.results MODIFY COLUMN code Nullable(Int16)

INSERT INTO shop.results (check_id, at, ok, code) VALUES (8, '2024-03-03 00:00:00', 1, NULL)

-- STEP compression of what grows
ALTER TABLE shop.results MODIFY COLUMN latency UInt32 CODEC(T64, ZSTD(1)), MODIFY COLUMN at DateTime CODEC(DoubleDelta, ZSTD(1))

-- STEP checks have owners
ALTER TABLE shop.checks ADD COLUMN owner LowCardinality(Nullable(String)), ADD COLUMN tags Array(String), MODIFY COMMENT 'what is checked'
