-- Content: posts, votes, videos, music, encyclopedias, mail lists.

CREATE TABLE shop.posts (Id Int32 CODEC(Delta(4), ZSTD(1)), PostTypeId Enum8('Question' = 1, 'Answer' = 2, 'Wiki' = 3), CreationDate DateTime64(3, 'UTC'), Score Int32, ViewCount UInt32 CODEC(Delta(4), ZSTD(1)), Body String, OwnerUserId Int32, Tags String, TagList Array(String) MATERIALIZED arrayFilter(t -> (t != ''), splitByChar('|', Tags)), AnswerCount UInt16, ParentId String, ClosedDate DateTime64(3, 'UTC'), INDEX view_count_idx ViewCount TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY (PostTypeId, toDate(CreationDate), -Score, Id) COMMENT 'questions and answers'

CREATE TABLE shop.votes (Id UInt32, PostId Int32, VoteTypeId UInt8, CreationDate DateTime64(3, 'UTC'), UserId Int32, BountyAmount UInt8) ENGINE = MergeTree ORDER BY (VoteTypeId, CreationDate, PostId, UserId)

CREATE TABLE shop.votes_per_day (Day Date, UpVotes SimpleAggregateFunction(sum, UInt64), DownVotes SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY Day

CREATE MATERIALIZED VIEW shop.votes_per_day_mv TO shop.votes_per_day AS SELECT toDate(CreationDate) AS Day, countIf(VoteTypeId = 2) AS UpVotes, countIf(VoteTypeId = 3) AS DownVotes FROM shop.votes GROUP BY Day

CREATE TABLE shop.stories (id UInt32, deleted UInt8, type Enum8('story' = 1, 'comment' = 2, 'poll' = 3, 'pollopt' = 4, 'job' = 5), by LowCardinality(String), time DateTime, text String, dead UInt8, parent UInt32, kids Array(UInt32), url String, score Int32, title String, update_time DateTime MATERIALIZED now(), INDEX text_idx lower(text) TYPE tokenbf_v1(32768, 2, 0) GRANULARITY 1) ENGINE = ReplacingMergeTree(time) ORDER BY id

CREATE TABLE shop.pageviews (time DateTime CODEC(Delta, ZSTD(3)), project LowCardinality(String), subproject LowCardinality(String), path String CODEC(ZSTD(3)), hits UInt64 CODEC(ZSTD(3))) ENGINE = MergeTree ORDER BY (path, time)

CREATE TABLE shop.videos (video_id String, uploader LowCardinality(String), upload_date Date, duration UInt32, like_count Int64, view_count Int64, has_subtitles Bool, tags Array(String), chapters Array(Tuple(start_s UInt32, title String)), description String CODEC(ZSTD(6))) ENGINE = MergeTree PARTITION BY toYear(upload_date) ORDER BY (uploader, upload_date, video_id)

CREATE TABLE shop.plays (user UInt64, track UInt32, at DateTime CODEC(DoubleDelta, LZ4), seconds UInt16, source Enum8('radio' = 1, 'album' = 2, 'search' = 3), device LowCardinality(Nullable(String))) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (user, at) TTL at + toIntervalYear(2) WHERE seconds < 30

CREATE TABLE shop.tracks (track UInt32, title String, artists Array(String), features Tuple(tempo Float32, energy Float32, `key` Int8), isrc Nullable(FixedString(12)), lyrics Map(FixedString(2), String)) ENGINE = ReplacingMergeTree ORDER BY track

CREATE DICTIONARY shop.track_titles (`track` UInt64, `title` String DEFAULT '(unknown)') PRIMARY KEY track SOURCE(CLICKHOUSE(QUERY 'SELECT toUInt64(track) AS track, title FROM shop.tracks')) LIFETIME(MIN 100 MAX 200) LAYOUT(HASHED(PREALLOCATE 1))

CREATE TABLE shop.revisions (page UInt64, revision UInt64, at DateTime, user Variant(IPv6, UInt64), bytes Int32, comment String, sha1 FixedString(20), minor Bool) ENGINE = MergeTree ORDER BY (page, revision)

CREATE TABLE shop.recipes (title String, ingredients Array(String), directions Array(String), link String, source LowCardinality(String), NER Array(String)) ENGINE = MergeTree ORDER BY title

CREATE TABLE shop.cell_towers (radio Enum8('' = 0, 'CDMA' = 1, 'GSM' = 2, 'LTE' = 3, 'NR' = 4, 'UMTS' = 5), mcc UInt16, net UInt16, area UInt16, cell UInt64, lon Float64, lat Float64, created DateTime, averageSignal UInt8) ENGINE = MergeTree ORDER BY (radio, mcc, net, created)

CREATE TABLE shop.subscriptions (user UInt64, channel UInt64, since DateTime, sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY (channel, user)

CREATE TABLE shop.moderation (item UInt64, at DateTime, action LowCardinality(String), moderator Nullable(UInt32), before JSON, after JSON) ENGINE = MergeTree ORDER BY (item, at)

CREATE TABLE shop.words (language FixedString(2), word String, n UInt64) ENGINE = SummingMergeTree(n) PARTITION BY language ORDER BY (language, word)

CREATE VIEW shop.trending AS SELECT track, count() AS plays, dictGet('shop.track_titles', 'title', toUInt64(track)) AS title FROM shop.plays WHERE at > (now() - toIntervalDay(7)) GROUP BY track ORDER BY plays DESC LIMIT 50

CREATE VIEW shop.top_askers AS SELECT OwnerUserId, count() AS questions FROM shop.posts WHERE PostTypeId = 'Question' GROUP BY OwnerUserId LIMIT 5 BY OwnerUserId

CREATE TABLE shop.drafts (id UUID, body String) ENGINE = EmbeddedRocksDB PRIMARY KEY id

CREATE TABLE shop.feed_items (feed UInt32, guid String, published Nullable(DateTime), title String, enclosures Nested(url String, bytes UInt64)) ENGINE = ReplacingMergeTree ORDER BY (feed, guid)
