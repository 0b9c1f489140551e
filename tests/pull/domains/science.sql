-- Science and public data: genomes, stars, laboratories, air, energy, elections.

CREATE TABLE shop.variants (chromosome LowCardinality(String), position UInt32 CODEC(Delta(4), LZ4), reference String, alternate String, rsid Nullable(String), quality Nullable(Float32), filters Array(LowCardinality(String)), info Map(LowCardinality(String), String), genotypes Array(Tuple(sample UInt32, gt UInt8))) ENGINE = MergeTree PARTITION BY chromosome ORDER BY (chromosome, position, alternate)

CREATE TABLE shop.stars (source_id UInt64, ra Float64, dec Float64, parallax Nullable(Float32), g_mag Float32, healpix UInt64 MATERIALIZED intDiv(source_id, 34359738368), spectrum Array(Float32) CODEC(ZSTD(6)), INDEX ra_idx ra TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY (intDiv(source_id, 34359738368), source_id)

CREATE TABLE shop.light_curves (source_id UInt64, t Float64 CODEC(Gorilla, ZSTD(1)), band Enum8('g' = 1, 'r' = 2, 'i' = 3), mag Float32, err Float32) ENGINE = MergeTree PARTITION BY band ORDER BY (source_id, t)

CREATE TABLE shop.lab_results (patient FixedString(16), taken DateTime, test LowCardinality(String), value Variant(Float64, String), unit LowCardinality(Nullable(String)), normal Tuple(low Nullable(Float32), high Nullable(Float32))) ENGINE = ReplacingMergeTree PARTITION BY toYear(taken) ORDER BY (patient, test, taken)

CREATE TABLE shop.air_quality (sensor_id UInt16, sensor_type Enum8('BME280' = 1, 'BMP180' = 2, 'DHT22' = 5, 'SDS011' = 20), location UInt32, lat Float32, lon Float32, `timestamp` DateTime, P1 Float32, P2 Float32, P0 Float32, durP1 Nullable(Float32), pressure Float32, date Date MATERIALIZED toDate(timestamp)) ENGINE = MergeTree ORDER BY (timestamp, sensor_id)

CREATE TABLE shop.air_daily (sensor_id UInt16, day Date, p1 AggregateFunction(avg, Float32), p2 AggregateFunction(quantile(0.95), Float32)) ENGINE = AggregatingMergeTree ORDER BY (sensor_id, day)

CREATE MATERIALIZED VIEW shop.air_daily_mv TO shop.air_daily AS SELECT sensor_id, toDate(timestamp) AS day, avgState(P1) AS p1, quantileState(0.95)(P2) AS p2 FROM shop.air_quality GROUP BY sensor_id, day

CREATE TABLE shop.house_prices (price UInt32, date Date, postcode1 LowCardinality(String), postcode2 LowCardinality(String), type Enum8('terraced' = 1, 'semi-detached' = 2, 'detached' = 3, 'flat' = 4, 'other' = 0), is_new UInt8, duration Enum8('freehold' = 1, 'leasehold' = 2, 'unknown' = 0), addr1 String, town LowCardinality(String), PROJECTION by_town (SELECT toYear(date), town, avg(price), count() GROUP BY toYear(date), town)) ENGINE = MergeTree ORDER BY (postcode1, postcode2, addr1)

CREATE TABLE shop.elections (election LowCardinality(String), district UInt32, candidate String, votes UInt32, share Decimal(7, 4), counted_at DateTime('UTC'), CONSTRAINT at_most_all CHECK share <= 100) ENGINE = ReplacingMergeTree(counted_at) ORDER BY (election, district, candidate)

CREATE TABLE shop.power_prices (zone LowCardinality(String), hour DateTime('Europe/Berlin'), eur_mwh Decimal(9, 2), forecast Nullable(Decimal(9, 2)), negative Bool ALIAS eur_mwh < 0) ENGINE = ReplacingMergeTree PARTITION BY toYear(hour) ORDER BY (zone, hour)

CREATE TABLE shop.papers (doi String, title String, authors Array(Tuple(name String, orcid Nullable(FixedString(19)))), published Date32, abstract String CODEC(ZSTD(9)), citations Array(String), year UInt16 MATERIALIZED toYear(published), INDEX title_idx lower(title) TYPE ngrambf_v1(3, 2048, 2, 0) GRANULARITY 1) ENGINE = ReplacingMergeTree ORDER BY (year, doi)

CREATE TABLE shop.earthquakes (id String, at DateTime64(3, 'UTC'), magnitude Nullable(Float32), depth_km Float32, place Point, felt UInt32 DEFAULT 0) ENGINE = ReplacingMergeTree ORDER BY (toStartOfMonth(at), id)

CREATE TABLE shop.collisions (run UInt32, event UInt64, particles Nested(pdg Int32, px Float32, py Float32, pz Float32, e Float32), met Float32, triggers Array(Bool)) ENGINE = MergeTree PARTITION BY intDiv(run, 1000) ORDER BY (run, event) SETTINGS index_granularity = 4096

CREATE TABLE shop.species (taxon UInt32, parent UInt32, name String, rank LowCardinality(String)) ENGINE = MergeTree ORDER BY taxon

CREATE DICTIONARY shop.taxonomy (`taxon` UInt64, `parent` UInt64 DEFAULT 1 HIERARCHICAL, `name` String DEFAULT '', `rank` String DEFAULT 'none') PRIMARY KEY taxon SOURCE(CLICKHOUSE(TABLE 'species' DB 'shop')) LIFETIME(0) LAYOUT(HASHED())

CREATE TABLE shop.sightings (at DateTime, taxon UInt32, who UInt64, spot Tuple(lat Float64, lon Float64), count Nullable(UInt16), photo String CODEC(NONE)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (taxon, at)

CREATE VIEW shop.sightings_named AS SELECT at, dictGet('shop.taxonomy', 'name', toUInt64(taxon)) AS name, spot.lat AS lat, spot.lon AS lon FROM shop.sightings

CREATE VIEW shop.seats AS SELECT election, candidate, total, rank() OVER (PARTITION BY election ORDER BY total DESC) AS place FROM (SELECT election, candidate, sum(votes) AS total FROM shop.elections GROUP BY election, candidate)

CREATE TABLE shop.units (symbol String, factor Float64) ENGINE = TinyLog

CREATE TABLE shop.dna_chunks (sample UInt32, chunk UInt32, bases String CODEC(ZSTD(12)), gc Float32 MATERIALIZED countSubstrings(bases, 'G') / greatest(1, length(bases))) ENGINE = MergeTree ORDER BY (sample, chunk) SETTINGS index_granularity = 16, index_granularity_bytes = 1048576
