-- Every type, in the spellings that people write.

CREATE TABLE shop.ints (a Int8, b SmallInt, c INTEGER, d BIGINT, e Int128, f Int256, g TINYINT, h SMALLINT SIGNED) ENGINE = MergeTree ORDER BY a

CREATE TABLE shop.uints (a UInt8, b UInt16, c UInt32, d UInt64, e UInt128, f UInt256, g INT UNSIGNED, h BIGINT UNSIGNED) ENGINE = MergeTree ORDER BY (a, b)

CREATE TABLE shop.floats (id Int64, a Float32, b Float64, c FLOAT, d double precision, e REAL, f BFloat16) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.strings (id Int64, a String, b varchar, c VARCHAR(255), d TEXT, e CHAR, f BLOB, g LONGTEXT, h BYTEA) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.decimals (id Int64, a Decimal32(4), b Decimal64(10), c Decimal128(20), d Decimal256(40), e Decimal(9,0), f DEC(18 , 3), g NUMERIC, h Decimal(76, 76), i Decimal(5)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.fixed (id Int64, a FixedString(1), b FixedString(16), c BINARY(8), d Nullable(FixedString(3))) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_suspicious_fixed_string_types=1
CREATE TABLE shop.fixed_long (id Int64, a FixedString(1000)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.dates (a Date, b Date32, c Nullable(Date), d Nullable(Date32)) ENGINE = MergeTree ORDER BY a

CREATE TABLE shop.datetimes (a DateTime, b DateTime('UTC'), c DateTime('Europe/Berlin'), d TIMESTAMP, e DateTime32, f Nullable(DateTime), g Nullable(DateTime('UTC')), h Nullable(DateTime('Asia/Tokyo'))) ENGINE = MergeTree ORDER BY a

CREATE TABLE shop.datetimes64 (a DateTime64, b DateTime64(0), c DateTime64(3), d DateTime64(6, 'UTC'), e DateTime64(9,'America/New_York'), f Nullable(DateTime64(6)), g Nullable(DateTime64(3, 'UTC'))) ENGINE = MergeTree ORDER BY a

-- SETTINGS enable_time_time64_type=1
CREATE TABLE shop.times (id Int64, a Time, b Time64(3), c Nullable(Time), d Nullable(Time64(9)), e Array(Time)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.uuids (id UUID, a Nullable(UUID), b Array(UUID), c Map(UUID, UUID)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.ips (a IPv4, b IPv6, c INET4, d INET6, e Nullable(IPv4), f Array(IPv6), g LowCardinality(Nullable(UUID))) ENGINE = MergeTree ORDER BY a

CREATE TABLE shop.bools (id Int64, a Bool, b BOOLEAN, c Nullable(Bool), d Array(Bool)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.enums (id Int64, a Enum('b'=2,'a'=1), b Enum8('x' = -128, 'y' = 127), c Enum16('big' = 1000, 'small' = 1), d Enum('one', 'two', 'three'), e Enum8('a'=1, 'b'), f Nullable(Enum8('n' = 1))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.enums_odd (id Int64, a Enum8('' = 0, 'it''s' = 1, 'a b' = 2, 'c\\d' = 3, '=' = 4, ',' = 5), b Enum8('mro' = 1, 'name' = 2, 'value' = 3, '_x_' = 4, 'None' = 5), c Enum16('a' = 1, 'b' = 2), d Array(Enum8('x' = 1, 'y' = 2)), e Enum8('A' = 1, 'a' = 2, ' a' = 3, '1' = 4, 'ä' = 5, '"' = 6)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.enum_many (id Int64, a Enum8('alpha' = 1, 'beta' = 2, 'gamma' = 3, 'delta' = 4, 'epsilon' = 5, 'zeta' = 6, 'eta' = 7, 'theta' = 8, 'iota' = 9, 'kappa' = 10, 'lambda' = 11), b Enum8('alpha' = 10, 'beta' = 20, 'gamma' = 30, 'delta' = 40, 'epsilon' = 50, 'zeta' = 60, 'eta' = 70, 'theta' = 80, 'iota' = 90)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.low (id LowCardinality(String), a LowCardinality(Nullable(String)), b LowCardinality(FixedString(2)), c Array(LowCardinality(String)), d Map(LowCardinality(String), LowCardinality(Nullable(String))), e LowCardinality(Nullable(FixedString(4)))) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_suspicious_low_cardinality_types=1
CREATE TABLE shop.low_suspicious (id Int64, a LowCardinality(UInt8), b LowCardinality(Nullable(Date)), c LowCardinality(DateTime), d LowCardinality(Float64), e LowCardinality(Date32), f Array(LowCardinality(Nullable(Int32)))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.nullables (id Int64, a Nullable(Int8), b Nullable(String), c Array(Nullable(Int64)), d Array(Array(Nullable(String))), e Map(String, Nullable(Float32)), f Tuple(Nullable(Int8), Nullable(String)), g Tuple(x Nullable(Decimal(10, 2)), y Array(Nullable(Date)))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.arrays (id Int64, a Array(Int8), b Array(Array(String)), c Array(Array(Array(Float64))), d Array(Tuple(Int64, String)), e Array(Map(String, Int64)), f Array(FixedString(4)), g Array(DateTime64(3)), h Array(Decimal(18, 4))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.tuples (id Int64, a Tuple(Int8), b Tuple(Int8, String, Array(Float32)), c Tuple(x Int8), d Tuple(city String, zip Nullable(String), geo Tuple(lat Float64, lon Float64)), e Tuple(Tuple(Int8, Int8), Tuple(Int16)), f Array(Tuple(key String, value String))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.tuples_odd (id Int64, a Tuple(`a b` Int8, `class` String, `1` Int64), b Tuple(`json` String, `größe` Float64), c Tuple(date Date, `int` Int64, str String), d Tuple(`x.y` Int8), e Tuple(_a Int8, __b Int8), f Tuple(A Int8, a Int8)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.maps (id Int64, a Map(String, String), b Map(Int64, Array(String)), c Map(String, Map(String, Int8)), d Map(Date, Decimal(9, 2)), e Map(FixedString(3), UUID), f Map(Enum8('a' = 1), Int64), g Map(String, Tuple(a Int8, b String)), h Map(IPv4, Bool)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.nested_flat (id Int64, n Nested(a Int8, b String, c Array(Float64)), m Nested(x Nullable(String), `y z` DateTime)) ENGINE = MergeTree ORDER BY id

-- SETTINGS flatten_nested=0
CREATE TABLE shop.nested_whole (id Int64, n Nested(a Int8, b String), m Nested(x Nested(y Int8, z String), `w v` Nullable(String))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.jsons (id Int64, a JSON, b JSON(max_dynamic_paths=8), c JSON(max_dynamic_types=4, max_dynamic_paths=16), d Nullable(JSON), e Array(JSON)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.jsons_typed (id Int64, a JSON(a.b UInt32, `c d` String, SKIP e.f, SKIP REGEXP 'g.*'), b JSON(z Int8, a Nullable(String)), c JSON(max_dynamic_paths=2, t Tuple(x Int8, y String), l Array(Int64), SKIP `it's`)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.dynamics (id Int64, a Dynamic, b Dynamic(max_types=4), c Array(Dynamic), d Map(String, Dynamic), e Tuple(x Dynamic, y Int8)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.variants (id Int64, a Variant(String, UInt64), b Variant(Array(String), Map(String, Int64), Bool), c Array(Variant(Int64, String)), d Tuple(v Variant(Date, String))) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_suspicious_variant_types=1
CREATE TABLE shop.variants_suspicious (id Int64, a Variant(UInt32, Int64), b Variant(Date, DateTime)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.aggregates (id Int64, a AggregateFunction(sum, UInt64), b AggregateFunction(uniq, String, Int64), c AggregateFunction(quantiles(0.5, 0.9), Float64), d AggregateFunction(count), e AggregateFunction(argMax, String, DateTime), f AggregateFunction(sumIf, Int64, UInt8), g AggregateFunction(groupArray, Nullable(String)), h AggregateFunction(topK(10), LowCardinality(String))) ENGINE = AggregatingMergeTree ORDER BY id

CREATE TABLE shop.simple_aggregates (id Int64, a SimpleAggregateFunction(sum, UInt64), b SimpleAggregateFunction(max, DateTime), c SimpleAggregateFunction(anyLast, Nullable(String)), d SimpleAggregateFunction(groupArrayArray, Array(String)), e SimpleAggregateFunction(min, Decimal(10, 2)), f SimpleAggregateFunction(any, LowCardinality(String)), g SimpleAggregateFunction(sumMap, Tuple(Array(Int64), Array(Int64))), h SimpleAggregateFunction(max, Float64), i SimpleAggregateFunction(anyLast, Int8), j SimpleAggregateFunction(groupBitOr, UInt8), k SimpleAggregateFunction(any, FixedString(3))) ENGINE = AggregatingMergeTree ORDER BY id

CREATE TABLE shop.geos (id Int64, a Point, b Ring, c LineString, d MultiLineString, e Polygon, f MultiPolygon, g Array(Point), h Tuple(p Point, name String)) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_suspicious_variant_types=1
CREATE TABLE shop.geometry (id Int64, a Geometry) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.intervals (id Int64, a IntervalDay, b IntervalSecond, c Array(IntervalMonth)) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_experimental_qbit_type=1
CREATE TABLE shop.qbits (id Int64, a QBit(Float32, 8), b QBit(Float64, 16)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.years (id Int64, a YEAR, b SIGNED, c BIT, d `Int64`) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.null_words (id Int64 NOT NULL, a Int64 NULL, b String NOT NULL, c Date NULL DEFAULT '2024-01-01') ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.deep (id Int64, a Array(Tuple(x Array(Map(String, Tuple(y Nullable(Int8), z Array(LowCardinality(Nullable(String)))))), w Tuple(Int8, Tuple(Date, Array(Enum8('a' = 1, 'b' = 2))))))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.wide (id Int64, a_tuple_with_many_elements Tuple(first_element String, second_element Nullable(String), third_element Array(String)), an_array_of_unnamed Array(Tuple(Int64, String, DateTime('Europe/Berlin'), Decimal(18, 4), FixedString(12), LowCardinality(String), Nullable(Float32)))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.json_in_map (id Int64, a Map(String, JSON), b Map(String, JSON(a Int8)), c Tuple(j JSON, k Map(String, JSON))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.nullable_tuple_array (id Int64, a Array(Tuple(a Nullable(Int8), b Array(Nullable(Enum8('x' = 5)))))) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_experimental_nullable_tuple_type=1
CREATE TABLE shop.nullable_tuples (id Int64, a Nullable(Tuple(x Int8, y String)), b Nullable(Tuple(Int8, Int8))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.json_skip (id Int64, j JSON(`SKIP` Int8, `max_dynamic_paths` String, `REGEXP` Int8), k Array(JSON(`skip` Int8)), t Tuple(`SKIP` Int8)) ENGINE = MergeTree ORDER BY id
