-- A fleet of sensors: raw readings, their hours, and the devices.
CREATE TABLE shop.readings (device UInt16, at DateTime, temperature Float32, battery UInt8, raw String) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (device, at)

CREATE TABLE shop.devices (device UInt16, name String, ip IPv4, installed Date) ENGINE = ReplacingMergeTree ORDER BY device

CREATE TABLE shop.hours (device UInt16, hour DateTime, n SimpleAggregateFunction(sum, UInt64), t AggregateFunction(avg, Float32)) ENGINE = AggregatingMergeTree ORDER BY (device, hour)

CREATE MATERIALIZED VIEW shop.hours_mv TO shop.hours AS SELECT device, toStartOfHour(at) AS hour, count() AS n, avgState(temperature) AS t FROM shop.readings GROUP BY device, hour

INSERT INTO shop.readings VALUES (0, '1970-01-01 00:00:00', -inf, 0, ''), (65535, '2106-02-07 06:28:15', 3.4028235e38, 255, unhex('00FF')), (7, '2024-02-29 12:00:00', -0.0, 100, 'ok')

INSERT INTO shop.devices VALUES (0, '', '0.0.0.0', '1970-01-01'), (65535, 'roof', '255.255.255.255', '2149-06-06'), (7, 'cellar', '10.0.0.7', '2024-01-01')

-- STEP measurements compress well
ALTER TABLE shop.readings MODIFY COLUMN at DateTime CODEC(DoubleDelta, LZ4), MODIFY COLUMN temperature Float32 CODEC(Gorilla, LZ4)

-- STEP humidity, where it is measured
ALTER TABLE shop.readings ADD COLUMN humidity Nullable(Float32) AFTER temperature

INSERT INTO shop.readings VALUES (7, '2024-03-01 00:00:00', 1.5, 99.9, 90, ''), (7, '2024-03-01 00:01:00', nan, NULL, 90, '')

-- STEP temperatures as precise as they come
DROP VIEW shop.hours_mv

ALTER TABLE shop.readings MODIFY COLUMN temperature Float64 CODEC(Gorilla, LZ4)

CREATE MATERIALIZED VIEW shop.hours_mv TO shop.hours AS SELECT device, toStartOfHour(at) AS hour, count() AS n, avgState(toFloat32(temperature)) AS t FROM shop.readings GROUP BY device, hour

-- STEP devices with IPv6
ALTER TABLE shop.devices ADD COLUMN ip6 Nullable(IPv6) AFTER ip, ADD COLUMN tags Map(LowCardinality(String), String)

INSERT INTO shop.devices VALUES (8, 'garden', '10.0.0.8', '2001:db8::1', '2024-04-01', {'zone': 'a', '': ''})

-- STEP where a device stands
ALTER TABLE shop.devices ADD COLUMN location Tuple(lat Float64, lon Float64) DEFAULT (0., 0.)

-- STEP the lowest and the highest of each hour
DROP VIEW shop.hours_mv

ALTER TABLE shop.hours ADD COLUMN low SimpleAggregateFunction(min, Float64), ADD COLUMN high SimpleAggregateFunction(max, Float64)

CREATE MATERIALIZED VIEW shop.hours_mv TO shop.hours AS SELECT device, toStartOfHour(at) AS hour, count() AS n, avgState(toFloat32(temperature)) AS t, min(temperature) AS low, max(temperature) AS high FROM shop.readings GROUP BY device, hour

INSERT INTO shop.readings VALUES (9, '2024-05-01 00:00:00', 10, 1, 2, '')

-- STEP installations before 1970
ALTER TABLE shop.devices MODIFY COLUMN installed Date32

-- STEP raw bytes for a hundred years
ALTER TABLE shop.readings MODIFY COLUMN raw String CODEC(ZSTD(3))

-- STEP a battery that is low
ALTER TABLE shop.readings ADD COLUMN is_low UInt8 ALIAS battery < 10

-- STEP looking for low batteries
ALTER TABLE shop.readings ADD INDEX battery_idx battery TYPE minmax GRANULARITY 2

-- STEP the battery index is a set
ALTER TABLE shop.readings DROP INDEX battery_idx

ALTER TABLE shop.readings ADD INDEX battery_idx battery TYPE set(256) GRANULARITY 2

-- STEP alarms of their own
CREATE TABLE shop.alarms (device UInt16, at DateTime64(3, 'UTC'), level Enum8('warn' = 1, 'crit' = 2), text String DEFAULT concat('device ', toString(device))) ENGINE = MergeTree ORDER BY (device, at) COMMENT 'kept for good'

INSERT INTO shop.alarms (device, at, level) VALUES (7, '2024-01-01 00:00:00.001', 'crit')

-- STEP alarms are acknowledged
ALTER TABLE shop.alarms ADD COLUMN ack Bool, MODIFY COLUMN level Enum8('info' = 0, 'warn' = 1, 'crit' = 2), MODIFY COMMENT 'kept for 10 years'

-- STEP more devices than 65,535
DROP TABLE shop.alarms

CREATE TABLE shop.alarms (device UInt32, at DateTime64(3, 'UTC'), level Enum8('info' = 0, 'warn' = 1, 'crit' = 2), text String DEFAULT concat('device ', toString(device)), ack Bool) ENGINE = MergeTree ORDER BY (device, at) COMMENT 'kept for 10 years'
