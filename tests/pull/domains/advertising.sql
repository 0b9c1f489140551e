-- Advertising: bids, impressions, clicks, conversions, budgets and reports.

CREATE TABLE shop.bid_requests (id UUID, at DateTime64(3, 'UTC') CODEC(DoubleDelta, LZ4), exchange LowCardinality(String), site_domain String, device Tuple(os LowCardinality(String), model String, ifa Nullable(UUID)), imp Nested(id String, w UInt16, h UInt16, floor Decimal(9, 4)), geo_country FixedString(2), tmax UInt16) ENGINE = MergeTree PARTITION BY toYYYYMMDD(at) ORDER BY (exchange, toUnixTimestamp(at)) SAMPLE BY toUnixTimestamp(at) TTL toDateTime(at) + toIntervalHour(72)

CREATE TABLE shop.impressions (at DateTime, imp_id UUID, campaign_id UInt32, creative_id UInt32, price_micros UInt64 CODEC(T64('bit'), ZSTD(1)), viewable Nullable(Bool), placement Array(LowCardinality(String)), user_hash UInt64) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (campaign_id, creative_id, toStartOfHour(at), user_hash) SAMPLE BY user_hash

CREATE TABLE shop.clicks (at DateTime, click_id UUID, imp_id UUID, campaign_id UInt32, ip IPv4, is_fraud Bool DEFAULT ip IN (toIPv4('127.0.0.1'), toIPv4('0.0.0.0')), params Map(String, String), INDEX imp imp_id TYPE bloom_filter(0.01) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (campaign_id, at)

CREATE TABLE shop.conversions (at DateTime, click_id UUID, goal LowCardinality(String), value Decimal(18, 4), currency FixedString(3) DEFAULT 'USD', attribution Enum8('last' = 1, 'first' = 2, 'linear' = 3) DEFAULT 'last', path Array(Tuple(channel LowCardinality(String), at DateTime))) ENGINE = ReplacingMergeTree ORDER BY (goal, click_id)

CREATE TABLE shop.campaigns (campaign_id UInt32, name String, status Enum8('off' = 0, 'on' = 1), daily_budget Decimal(18, 2), targeting JSON, starts Date, ends Nullable(Date), updated_at DateTime64(3)) ENGINE = ReplacingMergeTree(updated_at) ORDER BY campaign_id

CREATE DICTIONARY shop.campaign_dict (`campaign_id` UInt64, `name` String DEFAULT '', `daily_budget` Decimal(18, 2) DEFAULT 0) PRIMARY KEY campaign_id SOURCE(CLICKHOUSE(TABLE 'campaigns' DB 'shop' WHERE 'status = 1')) LIFETIME(MIN 10 MAX 30) LAYOUT(HASHED_ARRAY())

CREATE TABLE shop.report_hourly (hour DateTime, campaign_id UInt32, creative_id UInt32, imps UInt64, cost_micros UInt64, reach AggregateFunction(uniqHLL12, UInt64)) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(hour) ORDER BY (campaign_id, creative_id, hour, imps, cost_micros)

CREATE TABLE shop.spend (day Date, campaign_id UInt32, imps UInt64, clicks UInt64, cost Decimal(38, 6)) ENGINE = SummingMergeTree((imps, clicks, cost)) PARTITION BY toYYYYMM(day) ORDER BY (campaign_id, day)

CREATE MATERIALIZED VIEW shop.spend_imps TO shop.spend AS SELECT toDate(at) AS day, campaign_id, count() AS imps, CAST(sum(price_micros) / 1000000000, 'Decimal(38, 6)') AS cost FROM shop.impressions GROUP BY day, campaign_id

CREATE MATERIALIZED VIEW shop.spend_clicks TO shop.spend AS SELECT toDate(at) AS day, campaign_id, countIf(NOT is_fraud) AS clicks FROM shop.clicks GROUP BY day, campaign_id

CREATE VIEW shop.ctr AS SELECT campaign_id, day, clicks / nullIf(imps, 0) AS ctr, dictGetOrDefault('shop.campaign_dict', 'name', toUInt64(campaign_id), 'gone') AS name FROM shop.spend FINAL

CREATE TABLE shop.frequency_caps (user_hash UInt64, campaign_id UInt32, seen UInt16, until DateTime) ENGINE = SummingMergeTree(seen) ORDER BY (user_hash, campaign_id, until) TTL until

CREATE TABLE shop.audiences (audience LowCardinality(String), users AggregateFunction(groupBitmap, UInt64), built Date) ENGINE = AggregatingMergeTree ORDER BY (audience, built)

CREATE VIEW shop.audience_sizes AS SELECT audience, groupBitmapMerge(users) AS size FROM shop.audiences GROUP BY audience

CREATE TABLE shop.creatives (creative_id UInt32, format Enum16('banner' = 1, 'video' = 256, 'native' = -1), size Tuple(UInt16, UInt16), html String CODEC(LZ4HC(9)), embedding Array(Float32) CODEC(NONE)) ENGINE = ReplacingMergeTree ORDER BY creative_id SETTINGS index_granularity = 256

CREATE TABLE shop.segments (user_hash UInt64, segment UInt32, added Date, `expires at` Date DEFAULT added + toIntervalDay(30)) ENGINE = MergeTree ORDER BY (segment, user_hash) TTL `expires at`

CREATE TABLE shop.keyword_bids (keyword String, locale LowCardinality(String), bid_micros UInt32, quality Float32, INDEX kw keyword TYPE ngrambf_v1(3, 256, 2, 0) GRANULARITY 1) ENGINE = ReplacingMergeTree PRIMARY KEY locale ORDER BY (locale, keyword) SETTINGS index_granularity = 1024

CREATE TABLE shop.ab_assignments (experiment LowCardinality(String), unit UInt64, arm UInt8, at DateTime, PROJECTION per_arm (SELECT experiment, arm, count() GROUP BY experiment, arm)) ENGINE = MergeTree ORDER BY (experiment, cityHash64(unit), at)

CREATE TABLE shop.impressions_buffer AS shop.impressions ENGINE = Buffer(shop, impressions, 16, 10, 60, 10000, 1000000, 10000000, 100000000)

CREATE TABLE shop.pixel (raw String, at DateTime DEFAULT now(), host String ALIAS domain(raw)) ENGINE = Null
