-- Advertising: impressions, what they cost, and the report of each day.
CREATE TABLE shop.impressions (at DateTime, campaign UInt16, creative UInt32, price Float32, user_id String, country String) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (campaign, at)

CREATE TABLE shop.campaigns (campaign UInt16, name String, budget Decimal(9, 2), state Enum8('off' = 0, 'on' = 1)) ENGINE = ReplacingMergeTree ORDER BY campaign

CREATE TABLE shop.daily (campaign UInt16, day Date, imps UInt64, cost Float64) ENGINE = SummingMergeTree ORDER BY (campaign, day)

CREATE MATERIALIZED VIEW shop.daily_mv TO shop.daily AS SELECT campaign, toDate(at) AS day, count() AS imps, sum(price) AS cost FROM shop.impressions GROUP BY campaign, day

CREATE VIEW shop.spend AS SELECT c.name, sum(d.cost) AS cost FROM shop.daily AS d INNER JOIN shop.campaigns AS c ON d.campaign = c.campaign GROUP BY c.name

INSERT INTO shop.impressions VALUES ('1970-01-01 00:00:00', 0, 0, 0, '', ''), ('2024-02-29 00:00:00', 65535, 4294967295, 1.5, 'ü', 'DE'), ('2024-02-29 00:00:01', 7, 1, -0.25, 'x', 'US')

INSERT INTO shop.campaigns VALUES (0, '', -9999999.99, 'off'), (65535, 'spring', 9999999.99, 'on'), (7, 'it''s', 0.01, 'on')

-- STEP larger budgets
ALTER TABLE shop.campaigns MODIFY COLUMN budget Decimal(18, 2)

-- STEP countries are few
ALTER TABLE shop.impressions MODIFY COLUMN country LowCardinality(String)

-- STEP campaigns that ended
ALTER TABLE shop.campaigns MODIFY COLUMN state Enum8('off' = 0, 'on' = 1, 'ended' = 2), ADD COLUMN ends Nullable(Date)

-- STEP what was clicked
CREATE TABLE shop.clicks (at DateTime, campaign UInt16, user_id String, url String CODEC(ZSTD(3))) ENGINE = MergeTree ORDER BY (campaign, at) TTL at + toIntervalYear(70)

INSERT INTO shop.clicks VALUES ('2024-02-29 00:00:02', 7, 'x', 'https://example.org/?a=''b''')

-- STEP the placement of each impression
ALTER TABLE shop.impressions ADD COLUMN placement Array(String) DEFAULT ['top'] AFTER creative

-- STEP clicks in the report
ALTER TABLE shop.daily ADD COLUMN clicks UInt64

CREATE MATERIALIZED VIEW shop.daily_clicks TO shop.daily AS SELECT campaign, toDate(at) AS day, count() AS clicks FROM shop.clicks GROUP BY campaign, day

INSERT INTO shop.clicks VALUES ('2024-03-01 00:00:02', 7, 'y', '')

-- STEP reports by creative
ALTER TABLE shop.impressions ADD PROJECTION by_creative (SELECT creative, count(), sum(price) GROUP BY creative)

-- STEP the view tells clicks
CREATE OR REPLACE VIEW shop.spend AS SELECT c.name, sum(d.cost) AS cost, sum(d.clicks) AS clicks FROM shop.daily AS d INNER JOIN shop.campaigns AS c ON d.campaign = c.campaign GROUP BY c.name

-- STEP users are not stored by name
ALTER TABLE shop.impressions ADD COLUMN user_hash UInt64 MATERIALIZED cityHash64(user_id)

-- STEP clicks are kept longer
ALTER TABLE shop.clicks MODIFY TTL at + toIntervalYear(75)

-- STEP clicks stay
ALTER TABLE shop.clicks REMOVE TTL
