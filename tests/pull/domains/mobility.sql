-- Mobility: trips, taxis, bicycles, flights, trains, parking.

CREATE TABLE shop.trips (trip_id UInt32, pickup_datetime DateTime, dropoff_datetime DateTime, pickup_longitude Nullable(Float64), pickup_latitude Nullable(Float64), passenger_count UInt8, trip_distance Float32, fare_amount Float32, payment_type Enum8('CSH' = 1, 'CRE' = 2, 'NOC' = 3, 'DIS' = 4, 'UNK' = 5), pickup_ntaname LowCardinality(String), minutes Int64 ALIAS dateDiff('minute', pickup_datetime, dropoff_datetime)) ENGINE = MergeTree PRIMARY KEY (pickup_datetime, dropoff_datetime) ORDER BY (pickup_datetime, dropoff_datetime, trip_id)

CREATE TABLE shop.ontime (Year UInt16, Quarter UInt8, FlightDate Date, Carrier FixedString(2), Flight_Number String, OriginCityName LowCardinality(String), DepDelay Nullable(Int32), `Div1Airport` Nullable(String), TailNum LowCardinality(Nullable(String))) ENGINE = MergeTree PARTITION BY Year ORDER BY (Carrier, FlightDate) SETTINGS index_granularity = 8192

CREATE TABLE shop.adsb (icao FixedString(6), t DateTime, lat Float64, lon Float64, altitude Int32, mercator_x UInt32 MATERIALIZED 4294967295 * ((lon + 180) / 360), mercator_y UInt32 MATERIALIZED 4294967295 * ((1 / 2) - ((log(tan(((lat + 90) / 360) * pi())) / 2) / pi())), INDEX idx_x mercator_x TYPE minmax GRANULARITY 1, INDEX idx_y mercator_y TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY mortonEncode(mercator_x, mercator_y)

CREATE TABLE shop.bikes (bike UInt32, station Nullable(UInt16), state Enum8('docked' = 1, 'riding' = 2, 'broken' = 3), battery Nullable(UInt8), at DateTime) ENGINE = ReplacingMergeTree(at) ORDER BY bike

CREATE TABLE shop.stations (id UInt16, name String, location Point, capacity UInt8, `opened-on` Date) ENGINE = ReplacingMergeTree ORDER BY id

CREATE DICTIONARY shop.station_names (`id` UInt64, `name` String DEFAULT 'none') PRIMARY KEY id SOURCE(CLICKHOUSE(QUERY 'SELECT toUInt64(id) AS id, name FROM shop.stations')) LIFETIME(MIN 1 MAX 10) LAYOUT(FLAT())

CREATE TABLE shop.rides (id UUID, rider UInt64, `from` UInt16, `to` Nullable(UInt16), started DateTime64(3), price Decimal(9, 2), route LineString, from_name String DEFAULT dictGet('shop.station_names', 'name', toUInt64(`from`))) ENGINE = MergeTree PARTITION BY toYYYYMM(started) ORDER BY (`from`, started)

CREATE MATERIALIZED VIEW shop.rides_daily ENGINE = AggregatingMergeTree ORDER BY (station, day) AS SELECT `from` AS station, toDate(started) AS day, countState() AS rides, avgState(price) AS price FROM shop.rides GROUP BY station, day

CREATE TABLE shop.delays (train LowCardinality(String), stop UInt32, planned DateTime('Europe/Paris'), actual Nullable(DateTime('Europe/Paris')), canceled Bool DEFAULT isNull(actual)) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(planned) ORDER BY (train, planned, stop)

CREATE TABLE shop.zones (zone UInt64, area Array(Array(Tuple(Float64, Float64))), name String) ENGINE = MergeTree ORDER BY zone

CREATE DICTIONARY shop.zone_of (`area` Array(Array(Tuple(Float64, Float64))), `name` String) PRIMARY KEY area SOURCE(CLICKHOUSE(TABLE 'zones' DB 'shop')) LIFETIME(0) LAYOUT(POLYGON(STORE_POLYGON_KEY_COLUMN 1))

CREATE TABLE shop.parking (lot UInt16, at DateTime CODEC(Delta(4), ZSTD(1)), used UInt16 CODEC(T64, ZSTD(1)), free UInt16 CODEC(T64, ZSTD(1)), share Float32 MATERIALIZED used / greatest(1, used + free)) ENGINE = MergeTree PARTITION BY lot % 4 ORDER BY (lot, at) TTL at + toIntervalMonth(1) GROUP BY lot SET used = max(used), free = min(free)

CREATE TABLE shop.drivers (driver UInt64, status Enum8('off' = 0, 'free' = 1, 'busy' = 2), rating Nullable(Decimal(3, 2)), documents Map(LowCardinality(String), Tuple(number String, expires Date)), at DateTime64(3)) ENGINE = ReplacingMergeTree(at) ORDER BY driver

CREATE TABLE shop.surge (cell UInt64, at DateTime, factor Decimal(4, 2), CONSTRAINT limits CHECK (factor >= 1) AND (factor <= 9)) ENGINE = MergeTree ORDER BY (cell, at) SETTINGS index_granularity = 512

CREATE TABLE shop.tickets (id UInt128, class Enum8('2' = 2, '1' = 1), price Decimal(9, 2), valid Tuple(`from` DateTime, `to` DateTime), zones Array(UInt8)) ENGINE = MergeTree ORDER BY id

CREATE VIEW shop.station_load AS SELECT station, day, countMerge(rides) AS rides FROM shop.rides_daily GROUP BY station, day

CREATE VIEW shop.late_trains AS SELECT train, quantile(0.9)(dateDiff('second', planned, actual)) AS p90 FROM shop.delays FINAL WHERE NOT canceled GROUP BY train

CREATE TABLE shop.trips_buffer AS shop.bikes ENGINE = Buffer(shop, bikes, 1, 1, 10, 10, 1000, 1000, 100000)

CREATE TABLE shop.incidents (at DateTime, text String, geo Tuple(lat Float64, lon Float64)) ENGINE = Log

CREATE TABLE shop.calendar (service String, days FixedString(7), exceptions Array(Date)) ENGINE = Memory
