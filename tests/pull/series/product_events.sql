-- Product analytics: events and persons, with the columns that customers asked for.
CREATE TABLE shop.events (uuid UUID, team_id Int64, event String, distinct_id String, properties String CODEC(ZSTD(3)), timestamp DateTime64(6, 'UTC'), _timestamp DateTime) ENGINE = ReplacingMergeTree(_timestamp) PARTITION BY toYYYYMM(timestamp) ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid)) SAMPLE BY cityHash64(distinct_id) SETTINGS index_granularity = 8192

CREATE TABLE shop.person (id UUID, team_id Int64, properties String, is_deleted Int8, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (team_id, id)

INSERT INTO shop.events VALUES ('00000000-0000-0000-0000-000000000000', -9223372036854775808, '', '', '{}', '1970-01-01 00:00:00', 0), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 9223372036854775807, '$pageview', 'a@b.c', '{"$browser": "Firefox", "n": 1}', '2024-02-29 23:59:59.999999', '2024-03-01 00:00:00'), ('01234567-89ab-cdef-0123-456789abcdef', 2, '$autocapture', '☃', '{"$group_0": "acme"}', '2024-06-01 00:00:00.000001', '2024-06-01 00:00:01')

INSERT INTO shop.person VALUES ('00000000-0000-0000-0000-000000000001', 2, '{"email": "a@b.c"}', 0, 1), ('00000000-0000-0000-0000-000000000002', 2, '', 1, 18446744073709551615)

-- STEP groups
ALTER TABLE shop.events ADD COLUMN `$group_0` String MATERIALIZED JSONExtractString(properties, '$group_0') COMMENT 'column_materializer::$group_0'

-- STEP an index for groups
ALTER TABLE shop.events ADD INDEX `minmax_$group_0` `$group_0` TYPE minmax GRANULARITY 1

-- STEP persons on events
ALTER TABLE shop.events ADD COLUMN person_id UUID AFTER distinct_id, ADD COLUMN person_properties String CODEC(ZSTD(3)) AFTER person_id

INSERT INTO shop.events (uuid, team_id, event, timestamp, person_id) VALUES ('11111111-2222-3333-4444-555555555555', 2, 'signup', '2024-06-02 00:00:00', '00000000-0000-0000-0000-000000000001')

-- STEP when it came
ALTER TABLE shop.events ADD COLUMN inserted_at Nullable(DateTime64(6, 'UTC')) DEFAULT toDateTime64(_timestamp, 6, 'UTC')

-- STEP the browser, which most queries ask for
ALTER TABLE shop.events ADD COLUMN `mat_$browser` Nullable(String) MATERIALIZED JSONExtract(properties, '$browser', 'Nullable(String)')

-- STEP persons have a creation date
ALTER TABLE shop.person ADD COLUMN created_at DateTime64(3) AFTER id, ADD COLUMN is_identified Bool DEFAULT false

-- STEP few events in a day
CREATE MATERIALIZED VIEW shop.event_names ENGINE = AggregatingMergeTree ORDER BY (team_id, event) AS SELECT team_id, event, countState() AS seen, maxState(timestamp) AS last FROM shop.events GROUP BY team_id, event

INSERT INTO shop.events (uuid, team_id, event, timestamp) VALUES ('21111111-2222-3333-4444-555555555555', 2, 'signup', '2024-06-03 00:00:00')

-- STEP people who are there
CREATE VIEW shop.people AS SELECT id, team_id, argMax(properties, version) AS properties FROM shop.person GROUP BY id, team_id HAVING argMax(is_deleted, version) = 0

-- STEP the offset of the queue, for debugging
ALTER TABLE shop.events ADD COLUMN _offset UInt64, ADD COLUMN _partition UInt64, ADD INDEX kafka_timestamp_minmax _timestamp TYPE minmax GRANULARITY 3

-- STEP is_deleted is what it is
ALTER TABLE shop.person MODIFY COLUMN is_deleted Int16

-- STEP the group column is not asked for
ALTER TABLE shop.events DROP INDEX `minmax_$group_0`

ALTER TABLE shop.events DROP COLUMN `$group_0`

-- STEP properties with statistics of their sizes
ALTER TABLE shop.events ADD COLUMN properties_size UInt32 MATERIALIZED length(properties)

-- STEP teams that are read by hand
CREATE TABLE shop.teams (team_id Int64, name String, settings JSON) ENGINE = ReplacingMergeTree ORDER BY team_id

INSERT INTO shop.teams VALUES (2, 'two', '{"a": {"b": 1}}')
