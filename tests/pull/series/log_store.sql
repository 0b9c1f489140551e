-- A store of logs, which began as one table of text.
CREATE TABLE shop.logs (at DateTime, host String, level String, message String) ENGINE = MergeTree ORDER BY at

INSERT INTO shop.logs VALUES ('1970-01-01 00:00:00', '', '', ''), ('2024-02-29 23:59:59', 'web-1', 'ERROR', 'it''s \\ broken ☃'), ('2106-02-07 06:28:15', 'web-2', 'INFO', unhex('ff00fe'))

-- STEP hosts and levels are few
ALTER TABLE shop.logs MODIFY COLUMN host LowCardinality(String), MODIFY COLUMN level LowCardinality(String)

-- STEP messages compress well
ALTER TABLE shop.logs MODIFY COLUMN message String CODEC(ZSTD(3))

-- STEP words of messages are found
ALTER TABLE shop.logs ADD INDEX words message TYPE tokenbf_v1(8192, 3, 0) GRANULARITY 4

-- STEP attributes
ALTER TABLE shop.logs ADD COLUMN attributes Map(LowCardinality(String), String) AFTER level

INSERT INTO shop.logs VALUES ('2024-03-01 00:00:00', 'web-3', 'WARN', {'': '', 'k': 'v'}, 'm')

-- STEP the request that a line belongs to
ALTER TABLE shop.logs ADD COLUMN request_id Nullable(UUID), ADD COLUMN service LowCardinality(String) DEFAULT 'web'

-- STEP errors in a table of their own
CREATE TABLE shop.errors (at DateTime, host LowCardinality(String), message String, service LowCardinality(String)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (service, at)

CREATE MATERIALIZED VIEW shop.errors_mv TO shop.errors AS SELECT at, host, message, service FROM shop.logs WHERE level = 'ERROR'

INSERT INTO shop.logs (at, level, message) VALUES ('2024-04-01 00:00:00', 'ERROR', 'no disk')

-- STEP ordered by service
DROP VIEW shop.errors_mv

DROP TABLE shop.logs

CREATE TABLE shop.logs (at DateTime, host LowCardinality(String), level LowCardinality(String), attributes Map(LowCardinality(String), String), message String CODEC(ZSTD(3)), request_id Nullable(UUID), service LowCardinality(String) DEFAULT 'web', INDEX words message TYPE tokenbf_v1(8192, 3, 0) GRANULARITY 4) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (service, level, at)

CREATE MATERIALIZED VIEW shop.errors_mv TO shop.errors AS SELECT at, host, message, service FROM shop.logs WHERE level = 'ERROR'

INSERT INTO shop.logs (at, level, message) VALUES ('2024-04-02 00:00:00', 'ERROR', 'no memory')

-- STEP fatal lines are errors
DROP VIEW shop.errors_mv

CREATE MATERIALIZED VIEW shop.errors_mv TO shop.errors AS SELECT at, host, message, service FROM shop.logs WHERE level IN ('ERROR', 'FATAL')

-- STEP errors expire, one day
ALTER TABLE shop.errors MODIFY TTL at + toIntervalYear(80)

-- STEP the last lines of each service
CREATE VIEW shop.newest AS SELECT service, max(at) AS newest_at, argMax(message, at) AS newest_message FROM shop.logs GROUP BY service

-- STEP requests are called traces
-- RENAMED logs trace_id request_id
ALTER TABLE shop.logs RENAME COLUMN request_id TO trace_id

-- STEP a length that alerts read
ALTER TABLE shop.logs ADD COLUMN length UInt64 MATERIALIZED length(message) COMMENT 'bytes, not letters'
