-- Games: matches, players, purchases, leaderboards, anti-cheat.

CREATE TABLE shop.matches (match_id UInt64, mode LowCardinality(String), started DateTime64(3, 'UTC'), seconds UInt16, players Nested(id UInt64, team UInt8, kills UInt16, rating Int32), map Enum8('dust' = 1, 'ice' = 2, 'jungle' = 3)) ENGINE = MergeTree PARTITION BY toYYYYMM(started) ORDER BY (mode, started, match_id)

CREATE TABLE shop.players (player UInt64, name String, region FixedString(2), level UInt16 DEFAULT 1, premium Bool DEFAULT false, friends Array(UInt64), settings JSON, seen DateTime) ENGINE = ReplacingMergeTree(seen) ORDER BY player

CREATE TABLE shop.events (player UInt64, at DateTime64(3) CODEC(DoubleDelta, LZ4), name LowCardinality(String), value Dynamic, params Map(LowCardinality(String), String)) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (name, player, at) TTL toDateTime(at) + toIntervalDay(60)

CREATE TABLE shop.positions (match_id UInt64, tick UInt32 CODEC(Delta(4), LZ4), player UInt64, pos Tuple(x Float32, y Float32, z Float32), yaw Float32 CODEC(FPC(12, 4))) ENGINE = MergeTree PARTITION BY match_id % 8 ORDER BY (match_id, tick, player) SETTINGS index_granularity = 1024

CREATE TABLE shop.purchases (id UUID, player UInt64, sku LowCardinality(String), price Decimal(9, 2), currency LowCardinality(FixedString(3)), at DateTime, store Enum8('steam' = 1, 'ios' = 2, 'android' = 3), receipt String CODEC(ZSTD(3)), refunded Nullable(DateTime)) ENGINE = ReplacingMergeTree ORDER BY (player, id)

CREATE TABLE shop.leaderboard (season UInt16, player UInt64, best SimpleAggregateFunction(max, Int64), games SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree PARTITION BY season ORDER BY (season, player)

CREATE MATERIALIZED VIEW shop.leaderboard_mv TO shop.leaderboard AS SELECT toUInt16(toYear(started)) AS season, id AS player, toInt64(max(rating)) AS best, count() AS games FROM shop.matches ARRAY JOIN players.id AS id, players.rating AS rating GROUP BY season, player

CREATE TABLE shop.inventory (player UInt64, item UInt32, delta Int32, at DateTime) ENGINE = SummingMergeTree(delta) ORDER BY (player, item, at)

CREATE TABLE shop.items (item UInt32, name String, rarity Enum8('common' = 0, 'rare' = 10, 'epic' = 20), stats Map(LowCardinality(String), Int32)) ENGINE = ReplacingMergeTree ORDER BY item

CREATE DICTIONARY shop.item_dict (`item` UInt64, `name` String DEFAULT 'unknown item') PRIMARY KEY item SOURCE(CLICKHOUSE(TABLE 'items' DB 'shop')) LIFETIME(MIN 30 MAX 90) LAYOUT(SPARSE_HASHED())

CREATE TABLE shop.chat (at DateTime, channel LowCardinality(String), player UInt64, text String, toxic Nullable(Float32), INDEX words text TYPE tokenbf_v1(4096, 3, 0) GRANULARITY 1) ENGINE = MergeTree ORDER BY (channel, at) TTL at + toIntervalDay(30) DELETE WHERE isNull(toxic)

CREATE TABLE shop.reports (id UUID, against UInt64, reasons Array(Enum8('cheat' = 1, 'abuse' = 2)), at DateTime, sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY (against, id)

CREATE TABLE shop.sessions (player UInt64, started DateTime, seconds UInt32, ended DateTime ALIAS started + seconds, ip IPv6, build UInt32, fps Array(UInt8)) ENGINE = MergeTree PARTITION BY toYYYYMM(started) ORDER BY (player, started)

CREATE TABLE shop.retention (cohort Date, day UInt16, players AggregateFunction(uniqExact, UInt64)) ENGINE = AggregatingMergeTree ORDER BY (cohort, day)

CREATE VIEW shop.retention_rates AS SELECT cohort, day, uniqExactMerge(players) AS players FROM shop.retention GROUP BY cohort, day ORDER BY cohort, day

CREATE VIEW shop.top100 AS SELECT player, peak, row_number() OVER (ORDER BY peak DESC) AS place FROM (SELECT player, max(best) AS peak FROM shop.leaderboard GROUP BY player) LIMIT 100

CREATE TABLE shop.servers (id UInt16, host String, slots UInt8, open UInt8) ENGINE = Memory

CREATE TABLE shop.bans (player UInt64, until DateTime, why String) ENGINE = EmbeddedRocksDB PRIMARY KEY player

CREATE TABLE shop.elo (player UInt64, at DateTime, elo Int32, CONSTRAINT sane CHECK (elo > -10000) AND (elo < 10000)) ENGINE = MergeTree ORDER BY (player, at DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.telemetry_input (raw String) ENGINE = Null
