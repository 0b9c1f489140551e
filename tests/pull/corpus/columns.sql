-- Defaults, codecs, TTLs, statistics, settings and comments of columns.

CREATE TABLE shop.defaults (id Int64, a Int64 DEFAULT 1+1, b String DEFAULT 'it''s', c DateTime DEFAULT now(), d Float64 DEFAULT 100.0, e Int64 DEFAULT id * 2, f DEFAULT toDate('2024-01-01'), g Array(String) DEFAULT ['a','b'], h Nullable(Int8) DEFAULT NULL) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.defaults_odd (id Int64, a Int64 DEFAULT 1e3, b String DEFAULT concat('a', "z", `z`), `z` String, c Int64 DEFAULT if(id > 0, 1, -1), d String DEFAULT id::String, e DateTime DEFAULT now() - INTERVAL 1 DAY, f Map(String, Int64) DEFAULT map('a', 1), g Tuple(Int8, String) DEFAULT (1, 'x'), h UUID DEFAULT generateUUIDv4(), i Float64 DEFAULT -1.5, j String DEFAULT '\\ \n \t ''') ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.defaults_functions (id Int64, a Date DEFAULT today(), b String DEFAULT lower(upper('A')), c Int64 DEFAULT CASE WHEN id = 1 THEN 2 ELSE 3 END, d Array(Int64) DEFAULT arrayMap(x -> x + 1, [1, 2]), e String DEFAULT substring('hello', 1, 2), f UInt8 DEFAULT id IN (1, 2, 3), g UInt8 DEFAULT id BETWEEN 1 AND 5, h String DEFAULT multiIf(id = 1, 'a', id = 2, 'b', 'c'), i Int64 DEFAULT (id + 1) * 2, j UInt8 DEFAULT NOT (id = 1 AND id = 2) OR e LIKE '%x') ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.materialized (id Int64, ts DateTime, day Date MATERIALIZED toDate(ts), half Int64 MATERIALIZED id / 2, word String MATERIALIZED concat(toString(id), '-', toString(ts))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.aliases (id Int64, ts DateTime, day Date ALIAS toDate(ts), twice ALIAS id * 2, j JSON, n ALIAS j.name) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.ephemerals (id Int64, a String EPHEMERAL, b Int64 EPHEMERAL 5, c String DEFAULT lower(a), d UInt64 DEFAULT b + 1, e Nullable(Int8) EPHEMERAL) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.codecs (id Int64 CODEC(Delta, ZSTD), a Int64 CODEC(DoubleDelta), b Float32 CODEC(Gorilla), c String CODEC(ZSTD(3)), d Int32 CODEC(Delta(4), LZ4), e Float64 CODEC(FPC), f UInt8 CODEC(T64), g String CODEC(LZ4HC), h String CODEC(NONE), i DateTime CODEC(DoubleDelta, LZ4HC(9)), j Int64 CODEC(GCD, ZSTD), k String CODEC(Default)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.codecs_more (id Int64, a Array(Int64) CODEC(Delta, LZ4), b Nullable(Int16) CODEC(Delta, ZSTD(1)), c LowCardinality(String) CODEC(ZSTD), d Float64 CODEC(Gorilla(8), ZSTD(5)), e Int64 CODEC(T64('bit')), f Map(String, Int64) CODEC(ZSTD(2)), g Tuple(a Int64, b String) CODEC(LZ4), h Float32 CODEC(FPC(12), LZ4), i Date CODEC(Delta, Default)) ENGINE = MergeTree ORDER BY id

-- SETTINGS allow_suspicious_codecs=1
CREATE TABLE shop.codecs_suspicious (id Int64, a Int64 CODEC(Delta), b String CODEC(LZ4, ZSTD), c Int64 CODEC(Gorilla)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.column_ttl (id Int64, ts DateTime, a String TTL ts + INTERVAL 1 DAY, b Int64 DEFAULT 5 TTL ts + toIntervalMonth(1), c Nullable(String) TTL toDate(ts) + INTERVAL '30' DAY, d String CODEC(ZSTD(3)) TTL ts + INTERVAL 1 HOUR) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.statistics (id Int64 STATISTICS(tdigest), a Int64 STATISTICS(uniq, tdigest), c Float64 STATISTICS(minmax), d Int64 DEFAULT 1 COMMENT 'x' CODEC(ZSTD) STATISTICS(minmax, uniq)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.column_settings (id Int64, a String SETTINGS (min_compress_block_size = 1024), b String CODEC(ZSTD) SETTINGS (max_compress_block_size = 65536, min_compress_block_size = 4096), c Int64 DEFAULT 5 SETTINGS (max_compress_block_size=1048576)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.all_of_it (id Int64 COMMENT 'the key', ts DateTime, a Int64 DEFAULT 5 COMMENT 'it''s "quoted"' CODEC(Delta, ZSTD(3)) STATISTICS(tdigest) TTL ts + INTERVAL 1 YEAR SETTINGS (min_compress_block_size = 1024)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.comments (id Int64 COMMENT 'TTL, ENGINE and ORDER BY', a String COMMENT 'it''s', b String COMMENT '"double"', c String COMMENT '''both" `kinds`', d String COMMENT 'back\\slash', e String COMMENT 'line\nbreak\ttab', f String COMMENT 'ünïcödé 日本 🙂', g String COMMENT '', h String COMMENT 'CODEC(ZSTD) DEFAULT 1', i String COMMENT '(', j String COMMENT '-- no comment', k String COMMENT '/* none */', l String COMMENT '{x} %(y)s %s \0 end') ENGINE = MergeTree ORDER BY id COMMENT 'table''s "own" ENGINE = MergeTree ORDER BY x SETTINGS a = 1'

CREATE TABLE shop.comments_long (id Int64 COMMENT 'A comment that is longer than any line of Python should be, so that whatever formats it has to leave it alone or to put it on a line of its own.', a Decimal(18, 4) COMMENT 'Another one of some length, which does not fit beside its annotation.') ENGINE = MergeTree ORDER BY id COMMENT 'And the comment of the table is of some length as well, so that it has a line of its own among the others.'

CREATE TABLE shop.long_default (id Int64, a String DEFAULT concat('one long text', 'another long text', 'a third long text', 'a fourth long text', toString(id)), a_column_with_a_rather_long_name_that_fills_half_a_line Nullable(DateTime64(3, 'Europe/Berlin')) DEFAULT toDateTime64('2024-01-01 00:00:00.000', 3, 'Europe/Berlin') CODEC(DoubleDelta, ZSTD(3)) COMMENT 'c') ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.key_default (id UInt64 DEFAULT rowNumberInAllBlocks(), ts DateTime64(3) DEFAULT now64(3), h UInt64 MATERIALIZED cityHash64(id, ts)) ENGINE = MergeTree ORDER BY (h, id)

CREATE TABLE shop.lambda_default (id Int64, a Array(String), b Array(String) MATERIALIZED arrayFilter(x -> (x != ''), a), c Array(Int64) ALIAS arrayMap((x, y) -> (length(x) + y), a, range(length(a)))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.ttl_materialized (id Int64, ts DateTime64(3), d Date MATERIALIZED toDate(ts), a String TTL d + INTERVAL 1 WEEK) ENGINE = MergeTree ORDER BY id
