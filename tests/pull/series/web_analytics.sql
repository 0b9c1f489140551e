-- Web analytics: page views, sessions and what a site's owner looks at.
CREATE TABLE shop.page_views (site_id UInt32, at DateTime, visitor UInt64, path String, referrer String, country FixedString(2), `screen.width` UInt16, duration Nullable(UInt16)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (site_id, toDate(at), visitor) SETTINGS index_granularity = 8192

CREATE TABLE shop.sites (site_id UInt32, domain String, plan Enum8('free' = 0, 'paid' = 1)) ENGINE = ReplacingMergeTree ORDER BY site_id

CREATE VIEW shop.views_per_site AS SELECT site_id, count() AS views, uniq(visitor) AS visitors FROM shop.page_views GROUP BY site_id

INSERT INTO shop.sites VALUES (1, 'example.org', 'free'), (2, 'пример.рф', 'paid')

INSERT INTO shop.page_views VALUES (1, '2024-01-31 23:59:59', 18446744073709551615, '/', '', 'DE', 65535, NULL), (1, '2024-02-01 00:00:00', 0, '/a?b=c&d=%20', 'https://example.com', 'US', 0, 0), (2, '2099-12-31 12:00:00', 42, '', '-', '', 1920, 65535)

-- STEP what the browser says it is
ALTER TABLE shop.page_views ADD COLUMN browser LowCardinality(String) AFTER country, ADD COLUMN `browser.version` String AFTER browser

INSERT INTO shop.page_views VALUES (2, '2024-02-02 00:00:00', 5, '/b', '', 'FR', 'Firefox', '121.0', 800, 3)

-- STEP durations longer than 18 hours
ALTER TABLE shop.page_views MODIFY COLUMN duration Nullable(UInt32)

INSERT INTO shop.page_views VALUES (2, '2024-02-03 00:00:00', 5, '/b', '', 'FR', '', '', 800, 4294967295)

-- STEP an enterprise plan, and who pays
ALTER TABLE shop.sites MODIFY COLUMN plan Enum8('free' = 0, 'paid' = 1, 'enterprise' = 2), ADD COLUMN owner UUID

-- STEP finding a path
ALTER TABLE shop.page_views ADD INDEX path_words path TYPE tokenbf_v1(1024, 3, 0) GRANULARITY 4

-- STEP the referrer is a source now
-- RENAMED page_views source referrer
ALTER TABLE shop.page_views RENAME COLUMN referrer TO source

-- STEP the part of the source that counts
ALTER TABLE shop.page_views ADD COLUMN source_host LowCardinality(String) MATERIALIZED domain(source)

-- STEP a summary of each day
CREATE TABLE shop.days (site_id UInt32, day Date, views SimpleAggregateFunction(sum, UInt64), visitors AggregateFunction(uniq, UInt64)) ENGINE = AggregatingMergeTree ORDER BY (site_id, day)

CREATE MATERIALIZED VIEW shop.days_mv TO shop.days AS SELECT site_id, toDate(at) AS day, count() AS views, uniqState(visitor) AS visitors FROM shop.page_views GROUP BY site_id, day

INSERT INTO shop.page_views (site_id, at, visitor, path) VALUES (3, '2024-03-01 00:00:00', 7, '/c')

-- STEP better compression of what is large
ALTER TABLE shop.page_views MODIFY COLUMN path String CODEC(ZSTD(3)), MODIFY COLUMN at DateTime CODEC(Delta(4), LZ4)

-- STEP smaller granules
ALTER TABLE shop.page_views MODIFY SETTING ttl_only_drop_parts = 1, min_bytes_for_wide_part = 0

-- STEP the index is not worth it
ALTER TABLE shop.page_views DROP INDEX path_words

-- STEP the view tells the countries
CREATE OR REPLACE VIEW shop.views_per_site AS SELECT site_id, count() AS views, uniq(visitor) AS visitors, uniq(country) AS countries FROM shop.page_views GROUP BY site_id

-- STEP what each column is for
ALTER TABLE shop.page_views COMMENT COLUMN visitor 'a hash of address, agent and day; it''s not a person', MODIFY COMMENT 'one row for each page view'

-- STEP nobody asks for the screen
ALTER TABLE shop.page_views DROP COLUMN `screen.width`
