-- Views, materialized views and dictionaries, each after what it reads.

CREATE TABLE shop.orders (id Int64, n Int64, ts DateTime, note String) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.totals (id Int64, total Int64) ENGINE = SummingMergeTree ORDER BY id

CREATE TABLE shop.`odd.name` (id Int64) ENGINE = MergeTree ORDER BY id

CREATE VIEW shop.z_first AS select id, n+1 as m, count(*) c from shop.orders where note in ('a','it''s') group by 1, 2

CREATE VIEW shop.a_last AS SELECT * FROM shop.z_first WHERE id > 1

CREATE VIEW shop.commented AS SELECT 1 AS x COMMENT 'it''s "AS SELECT"'

CREATE VIEW shop.parameterised AS SELECT id FROM shop.orders WHERE n = {n:Int64}

CREATE VIEW shop.`odd view` (`a b` Int64) AS SELECT id AS `a b` FROM shop.orders

CREATE VIEW shop.joined AS WITH big AS (SELECT id FROM shop.orders WHERE n > 10) SELECT big.id, totals.total FROM big INNER JOIN shop.totals USING (id)

CREATE MATERIALIZED VIEW shop.to_totals TO shop.totals AS SELECT id, sum(n) AS total FROM shop.orders GROUP BY id

CREATE MATERIALIZED VIEW shop.own ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(ts) ORDER BY (id, ts) AS SELECT id, ts, sumState(n) AS s, uniqState(note) AS `u u` FROM shop.orders GROUP BY id, ts

CREATE MATERIALIZED VIEW shop.own_plain ENGINE = MergeTree ORDER BY tuple() AS (SELECT id FROM shop.orders) COMMENT 'c'

CREATE MATERIALIZED VIEW shop.hourly REFRESH EVERY 1 HOUR TO shop.totals EMPTY AS SELECT id, n AS total FROM shop.orders

CREATE MATERIALIZED VIEW shop.by_expression ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (id, toDate(ts)) TTL ts + INTERVAL 1 MONTH SETTINGS index_granularity = 1024, min_bytes_for_wide_part = 10485760 AS SELECT id, ts FROM shop.orders

CREATE MATERIALIZED VIEW shop.daily REFRESH AFTER 1 DAY APPEND ENGINE = MergeTree ORDER BY id EMPTY AS SELECT id FROM shop.orders

CREATE DICTIONARY shop.names (id UInt64, s String DEFAULT 'x') PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'orders' DB 'shop' USER 'u' PASSWORD 'the secret')) LAYOUT(FLAT()) LIFETIME(60)

CREATE DICTIONARY shop.ranges (k String, v Float64) PRIMARY KEY k SOURCE(NULL()) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(MIN 1 MAX 2) COMMENT 'd'

CREATE MATERIALIZED VIEW shop.full_storage (id UInt64 CODEC(Delta(8), ZSTD(3)), ts DateTime, `a b` String DEFAULT 'x' COMMENT 'it''s' TTL ts + INTERVAL 1 DAY, m Int64 MATERIALIZED id * 2, l LowCardinality(Nullable(String)), INDEX i `a b` TYPE set(5) GRANULARITY 2, CONSTRAINT c CHECK id > 0, PROJECTION p (SELECT l, count() GROUP BY l)) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) PRIMARY KEY id ORDER BY (id, ts) SAMPLE BY id TTL ts + INTERVAL 1 MONTH WHERE id > 1 AS SELECT id, ts, note AS `a b`, note AS l FROM shop.orders
