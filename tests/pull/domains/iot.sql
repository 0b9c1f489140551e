-- Things that measure: sensors, meters, vehicles, machines and the weather.

CREATE TABLE shop.readings (device_id UInt32, metric LowCardinality(String), ts DateTime64(3) CODEC(DoubleDelta, LZ4), value Float64 CODEC(Gorilla, LZ4), quality UInt8 DEFAULT 192) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (device_id, metric, ts)

CREATE TABLE shop.readings_1h (device_id UInt32, metric LowCardinality(String), hour DateTime, n SimpleAggregateFunction(sum, UInt64), lowest SimpleAggregateFunction(min, Float64), highest SimpleAggregateFunction(max, Float64), mean AggregateFunction(avg, Float64), newest AggregateFunction(argMax, Float64, DateTime64(3))) ENGINE = AggregatingMergeTree PARTITION BY toYear(hour) ORDER BY (device_id, metric, hour)

CREATE MATERIALIZED VIEW shop.readings_1h_mv TO shop.readings_1h AS SELECT device_id, metric, toStartOfHour(toDateTime(ts)) AS hour, count() AS n, min(value) AS lowest, max(value) AS highest, avgState(value) AS mean, argMaxState(value, ts) AS newest FROM shop.readings GROUP BY device_id, metric, hour

CREATE TABLE shop.devices (device_id UInt32, serial FixedString(12), mac UInt64, location Tuple(lat Float64, lon Float64), tags Map(LowCardinality(String), String), firmware String DEFAULT '0.0.0', installed Date32, removed Nullable(Date32)) ENGINE = ReplacingMergeTree ORDER BY device_id

CREATE DICTIONARY shop.device_dict (`device_id` UInt64, `serial` String, `firmware` String DEFAULT 'none' , `installed` Date32 DEFAULT '1970-01-01') PRIMARY KEY device_id SOURCE(CLICKHOUSE(TABLE 'devices' DB 'shop')) LIFETIME(MIN 60 MAX 120) LAYOUT(HASHED())

CREATE TABLE shop.readings_with_serial (device_id UInt32, ts DateTime, value Float32, serial String DEFAULT dictGet('shop.device_dict', 'serial', toUInt64(device_id))) ENGINE = MergeTree ORDER BY (device_id, ts)

CREATE TABLE shop.vehicle_positions (vin FixedString(17), at DateTime64(3, 'UTC'), point Point, speed Float32, heading UInt16, h3 UInt64 MATERIALIZED geoToH3(point.2, point.1, 9), odometer Decimal(12, 1), can Map(UInt16, UInt64)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (vin, at)

CREATE TABLE shop.geofences (id UInt32, name String, area Polygon, parts MultiPolygon, active Bool) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.smart_meters (meter UInt64, read_at DateTime('Europe/Madrid'), active_in Decimal64(3), active_out Decimal64(3), reactive Array(Decimal64(3)), tariff Enum8('P1' = 1, 'P2' = 2, 'P3' = 3), INDEX by_tariff tariff TYPE set(0) GRANULARITY 1) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(read_at) PRIMARY KEY meter ORDER BY (meter, read_at)

CREATE TABLE shop.weather (station_id LowCardinality(String), date Date32, tempAvg Int32 COMMENT 'tenths of a degree', tempMax Int32, precipitation UInt32, snowDepth UInt32, percentDailySun UInt8, weatherType Enum8('Normal' = 0, 'Fog' = 1, 'Heavy Fog' = 2, 'Thunder' = 3, 'Small Hail' = 4), location Point, elevation Float32, name LowCardinality(String)) ENGINE = MergeTree ORDER BY (station_id, date)

CREATE TABLE shop.alarms (id UUID, device_id UInt32, raised DateTime, cleared Nullable(DateTime), level Enum8('info' = 0, 'warning' = 50, 'critical' = 100), text String, duration Nullable(UInt32) ALIAS dateDiff('second', raised, cleared), sign Int8, ver UInt8) ENGINE = VersionedCollapsingMergeTree(sign, ver) ORDER BY (device_id, raised, id)

CREATE TABLE shop.firmware_blobs (version String, chunk UInt16, data String CODEC(NONE), sha256 FixedString(32) MATERIALIZED SHA256(data)) ENGINE = MergeTree ORDER BY (version, chunk) SETTINGS index_granularity_bytes = 0, min_bytes_for_wide_part = 0

CREATE TABLE shop.mqtt_raw (topic String, payload String, qos UInt8, arrived DateTime64(6) DEFAULT now64(6), site LowCardinality(String) MATERIALIZED splitByChar('/', topic)[1], INDEX topic_bloom topic TYPE bloom_filter(0.025) GRANULARITY 2) ENGINE = MergeTree PARTITION BY toDate(arrived) ORDER BY (site, topic, arrived) TTL toDate(arrived) + toIntervalDay(7)

CREATE TABLE shop.vibration (machine UInt16, at DateTime64(6), samples Array(Float32) CODEC(ZSTD(1)), spectrum Array(Tuple(hz Float32, power Float32)), rms Float32 MATERIALIZED sqrt(arrayAvg(x -> (x * x), samples))) ENGINE = MergeTree PARTITION BY machine ORDER BY at

CREATE TABLE shop.setpoints (device_id UInt32, name String, at DateTime, value Variant(Bool, Float64, String)) ENGINE = MergeTree ORDER BY (device_id, name, at DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.rooms (id UInt8, name String) ENGINE = Memory

CREATE TABLE shop.latest_values (device_id UInt32, metric String, value Float64) ENGINE = Join(ANY, LEFT, device_id, metric)

CREATE TABLE shop.known_serials (serial String) ENGINE = Set

CREATE TABLE shop.gateway_queue (device_id UInt32, metric LowCardinality(String), ts DateTime64(3), value Float64, quality UInt8) ENGINE = Buffer(shop, readings, 2, 5, 50, 1000, 100000, 1000000, 100000000)

CREATE VIEW shop.current_alarms AS SELECT device_id, argMax(level, raised) AS level, max(raised) AS since FROM shop.alarms GROUP BY device_id HAVING sum(sign) > 0

CREATE MATERIALIZED VIEW shop.readings_downsampled REFRESH EVERY 1 DAY OFFSET 2 HOUR ENGINE = MergeTree ORDER BY (device_id, day) EMPTY AS SELECT device_id, toDate(ts) AS day, avg(value) AS value FROM shop.readings GROUP BY device_id, day
