-- Every engine that a single server without a cluster can make.

CREATE TABLE shop.replacing (id Int64, v UInt32) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.replacing_version (id Int64, v UInt32) ENGINE = ReplacingMergeTree(v) ORDER BY id

CREATE TABLE shop.replacing_deleted (id Int64, v DateTime, d UInt8) ENGINE = ReplacingMergeTree(v, d) ORDER BY id

CREATE TABLE shop.replacing_odd (id Int64, `v v` UInt32) ENGINE = ReplacingMergeTree(`v v`) ORDER BY id

CREATE TABLE shop.replacing_float (id Int64, v Float64, w DateTime64(3)) ENGINE = ReplacingMergeTree(v) ORDER BY id

CREATE TABLE shop.replacing_cleanup (id Int64, v DateTime64(3), d Bool) ENGINE = ReplacingMergeTree(v) ORDER BY id SETTINGS allow_experimental_replacing_merge_with_cleanup = 1

CREATE TABLE shop.replacing_no_key (id Int64) ENGINE = ReplacingMergeTree ORDER BY tuple()

CREATE TABLE shop.summing (id Int64, n Int64) ENGINE = SummingMergeTree ORDER BY id

CREATE TABLE shop.summing_one (id Int64, n Int64, m Int64) ENGINE = SummingMergeTree(n) ORDER BY id

CREATE TABLE shop.summing_brackets (id Int64, n Int64) ENGINE = SummingMergeTree((n)) ORDER BY id

CREATE TABLE shop.summing_two (id Int64, n Int64, `m m` Int64) ENGINE = SummingMergeTree((n,`m m`)) ORDER BY id

CREATE TABLE shop.aggregating (id Int64, n SimpleAggregateFunction(sum, Int64)) ENGINE = AggregatingMergeTree() ORDER BY id

CREATE TABLE shop.coalescing (id Int64, n Nullable(Int64)) ENGINE = CoalescingMergeTree ORDER BY id

CREATE TABLE shop.coalescing_one (id Int64, n Nullable(Int64), m Nullable(String)) ENGINE = CoalescingMergeTree(n) ORDER BY id

CREATE TABLE shop.collapsing (id Int64, sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY id

CREATE TABLE shop.versioned (id Int64, sign Int8, ver UInt8) ENGINE = VersionedCollapsingMergeTree(sign, ver) ORDER BY id

CREATE TABLE shop.merge_tree_brackets (id Int64) ENGINE = MergeTree() ORDER BY id

CREATE TABLE shop.memory (id Int64, s String) ENGINE = Memory

CREATE TABLE shop.memory_settings (id Int64) ENGINE = Memory SETTINGS min_rows_to_keep = 100, max_rows_to_keep = 1000

CREATE TABLE shop.log (id Int64, s String DEFAULT 'x') ENGINE = Log

CREATE TABLE shop.tiny_log (id Int64) ENGINE = TinyLog

CREATE TABLE shop.stripe_log (id Int64) ENGINE = StripeLog COMMENT 'striped'

CREATE TABLE shop.null (id Int64, s String) ENGINE = Null

CREATE TABLE shop.set (id Int64) ENGINE = Set

CREATE TABLE shop.set_settings (id Int64) ENGINE = Set SETTINGS persistent = 0

CREATE TABLE shop.join (id Int64, s String) ENGINE = Join(ANY, LEFT, id)

CREATE TABLE shop.join_two (id Int64, `k k` Int64, s String) ENGINE = Join(ALL, INNER, id, `k k`) SETTINGS join_use_nulls = 1

CREATE TABLE shop.join_lower (id Int64) ENGINE = Join(semi, left, id)

CREATE TABLE shop.buffer (id Int64, v UInt32) ENGINE = Buffer(shop, replacing, 16, 10, 100, 10000, 1000000, 10000000, 100000000)

CREATE TABLE shop.buffer_flush (id Int64, v UInt32) ENGINE = Buffer('shop', 'replacing', 2, 1, 10, 1, 10, 1, 10, 5, 5, 5)

CREATE TABLE shop.merge (id Int64, v UInt32) ENGINE = Merge('shop', '^replacing')

CREATE TABLE shop.merge_many (id Int64) ENGINE = Merge(REGEXP('sho.*'), 'x$')

CREATE TABLE shop.merge_current (id Int64) ENGINE = Merge(currentDatabase(), 'it''s')

CREATE TABLE shop.url (id Int64) ENGINE = URL('http://127.0.0.1:1/x.csv', 'CSV')

CREATE TABLE shop.url_compressed (id Int64) ENGINE = URL('http://127.0.0.1:1/x', CSVWithNames, 'gzip')

CREATE TABLE shop.url_headers (id Int64) ENGINE = URL('http://127.0.0.1:1/x', 'JSONEachRow', headers('Authorization' = 'Bearer secret', 'Accept' = 'x'))

CREATE TABLE shop.url_password (id Int64) ENGINE = URL('http://user:secret@127.0.0.1:1/x.csv', 'CSV')

CREATE TABLE shop.file (id Int64, s String) ENGINE = File(TabSeparated)

CREATE TABLE shop.file_settings (id Int64) ENGINE = File(CSV) SETTINGS format_csv_delimiter = '|'

CREATE TABLE shop.rocks (k String, v Int64) ENGINE = EmbeddedRocksDB PRIMARY KEY k

CREATE TABLE shop.rocks_two (a Int64, b String, v Int64) ENGINE = EmbeddedRocksDB PRIMARY KEY (a, b)

CREATE TABLE shop.rocks_ttl (k String, v Int64) ENGINE = EmbeddedRocksDB(60) PRIMARY KEY (k)

CREATE TABLE shop.rocks_settings (k String, v Int64) ENGINE = EmbeddedRocksDB PRIMARY KEY k SETTINGS optimize_for_bulk_insert = 0

CREATE TABLE shop.random (id Int64, s String) ENGINE = GenerateRandom(1, 5, 3)

CREATE TABLE shop.mysql (id Int32) ENGINE = MySQL('127.0.0.1:1', 'db', 'table', 'user', 'secret')

CREATE TABLE shop.postgres (id Int32) ENGINE = PostgreSQL('127.0.0.1:1', 'db', 'table', 'user', 'secret', 'schema')

CREATE TABLE shop.redis (k String, v String) ENGINE = Redis('127.0.0.1:1', 0, 'secret') PRIMARY KEY k

CREATE TABLE shop.s3 (id Int64) ENGINE = S3('http://127.0.0.1:1/bucket/x.parquet', 'key', 'secret', 'Parquet')

CREATE TABLE shop.s3_public (id Int64) ENGINE = S3('http://127.0.0.1:1/bucket/x.csv', NOSIGN, 'CSV')

CREATE TABLE shop.s3_settings (id Int64) ENGINE = S3('http://127.0.0.1:1/bucket/x.csv', 'CSV', 'gzip') SETTINGS input_format_allow_errors_num = 5

CREATE TABLE shop.mongo (k String) ENGINE = MongoDB('127.0.0.1:1', 'db', 'c', 'user', 'secret')

CREATE TABLE shop.executable (id Int64) ENGINE = Executable('x.sh', TabSeparated)

CREATE TABLE shop.hidden_default (id Int64, a String, b String DEFAULT encrypt('aes-128-ecb', a, 'sixteen byte key'), c String DEFAULT hex(MD5(a))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.rocks_sorted (k Int64, v Int64) ENGINE = EmbeddedRocksDB PRIMARY KEY k ORDER BY k
