-- ORDER BY, PRIMARY KEY, PARTITION BY, SAMPLE BY and the table's TTL.

CREATE TABLE shop.no_key (a Int64, b String) ENGINE = MergeTree ORDER BY tuple()

CREATE TABLE shop.empty_brackets (a Int64) ENGINE = MergeTree ORDER BY ()

CREATE TABLE shop.one_in_brackets (a Int64) ENGINE = MergeTree ORDER BY (a)

CREATE TABLE shop.a_tuple (a Int64, b Int64) ENGINE = MergeTree ORDER BY tuple(a, b)

CREATE TABLE shop.expressions (id Int64, ts DateTime, s String) ENGINE = MergeTree ORDER BY (toStartOfHour(ts), id % 10, cityHash64(s))

CREATE TABLE shop.one_expression (ts DateTime) ENGINE = MergeTree ORDER BY toDate(ts)

CREATE TABLE shop.operators (a Int64, b Int64) ENGINE = MergeTree ORDER BY (a + b, a - b, -a)

CREATE TABLE shop.one_operator (a Int64, b Int64) ENGINE = MergeTree ORDER BY a + b

CREATE TABLE shop.descending (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY (id, ts DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.one_descending (id Int64) ENGINE = MergeTree ORDER BY id DESC SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.all_descending (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY (id DESC, toDate(ts) DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.tuple_in_key (a Int64, b Int64, c Int64) ENGINE = MergeTree ORDER BY ((a, b), c)

CREATE TABLE shop.primary_shorter (a Int64, b Int64, c Int64) ENGINE = MergeTree PRIMARY KEY a ORDER BY (a, b, c)

CREATE TABLE shop.primary_two (a Int64, b Int64, c Int64) ENGINE = MergeTree PRIMARY KEY (a,b) ORDER BY (a, b, c)

CREATE TABLE shop.primary_same (a Int64, b Int64) ENGINE = MergeTree PRIMARY KEY (a, b) ORDER BY (a, b)

CREATE TABLE shop.primary_only (a Int64, b Int64) ENGINE = MergeTree PRIMARY KEY (a, b)

CREATE TABLE shop.primary_in_columns (a Int64 PRIMARY KEY, b Int64) ENGINE = MergeTree

CREATE TABLE shop.primary_among_columns (a Int64, b Int64, PRIMARY KEY (a, b)) ENGINE = MergeTree

CREATE TABLE shop.primary_empty (a Int64, b Int64) ENGINE = MergeTree PRIMARY KEY tuple() ORDER BY (a, b)

CREATE TABLE shop.primary_expression (a Int64, ts DateTime) ENGINE = MergeTree PRIMARY KEY toDate(ts) ORDER BY (toDate(ts), a)

CREATE TABLE shop.nullable_key (a Nullable(Int64), b String) ENGINE = MergeTree ORDER BY a SETTINGS allow_nullable_key = 1

CREATE TABLE shop.partition_month (id Int64, ts DateTime) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY id

CREATE TABLE shop.partition_two (id Int64, ts DateTime, region LowCardinality(String)) ENGINE = MergeTree PARTITION BY (toYYYYMM(ts),region) ORDER BY id

CREATE TABLE shop.partition_brackets (id Int64, region String) ENGINE = MergeTree PARTITION BY (region) ORDER BY id

CREATE TABLE shop.partition_none (id Int64) ENGINE = MergeTree PARTITION BY tuple() ORDER BY id

CREATE TABLE shop.partition_operator (id Int64) ENGINE = MergeTree PARTITION BY id % 8 ORDER BY id

CREATE TABLE shop.partition_interval (id Int64, ts DateTime) ENGINE = MergeTree PARTITION BY toStartOfInterval(ts, INTERVAL 1 WEEK) ORDER BY id

CREATE TABLE shop.sampled (id Int64, h UInt32) ENGINE = MergeTree ORDER BY (id, h) SAMPLE BY h

CREATE TABLE shop.sampled_expression (id UInt64) ENGINE = MergeTree PRIMARY KEY intHash32(id) ORDER BY (intHash32(id), id) SAMPLE BY intHash32(id)

CREATE TABLE shop.everything (id UInt64, ts DateTime, s String) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) PRIMARY KEY (toDate(ts), intHash32(id)) ORDER BY (toDate(ts), intHash32(id), s) SAMPLE BY intHash32(id) TTL ts + INTERVAL 1 YEAR SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1 COMMENT 'everything'

CREATE TABLE shop.ttl_plain (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 30 DAY

CREATE TABLE shop.ttl_delete (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 30 DAY DELETE

CREATE TABLE shop.ttl_where (id Int64, ts DateTime, s String) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL '30' DAY DELETE WHERE s = 'gone' AND id > 5

CREATE TABLE shop.ttl_two (id Int64, ts DateTime, s String) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 1 MONTH DELETE WHERE s = 'a', ts + INTERVAL 1 YEAR DELETE

CREATE TABLE shop.ttl_recompress (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(17)), ts + INTERVAL 1 MONTH RECOMPRESS CODEC(Delta, LZ4HC(10))

CREATE TABLE shop.ttl_group_by (id Int64, ts DateTime, n Int64, m Int64) ENGINE = MergeTree ORDER BY (id, toStartOfDay(ts)) TTL ts + INTERVAL 1 MONTH GROUP BY id, toStartOfDay(ts) SET n = sum(n), m = max(m)

CREATE TABLE shop.ttl_to_volume (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 1 DAY TO VOLUME 'default'

CREATE TABLE shop.ttl_to_disk (id Int64, ts DateTime) ENGINE = MergeTree ORDER BY id TTL ts + INTERVAL 1 DAY TO DISK 'default'

CREATE TABLE shop.ttl_date (id Int64, d Date) ENGINE = MergeTree ORDER BY id TTL d + INTERVAL 3 MONTH

CREATE TABLE shop.ttl_expression (id Int64, ts DateTime64(3), days UInt16) ENGINE = MergeTree ORDER BY id TTL toDateTime(ts) + toIntervalDay(days)

CREATE TABLE shop.settings (id Int64) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4096, min_bytes_for_wide_part = '10M', merge_with_ttl_timeout = 3600, storage_policy = 'default', min_age_to_force_merge_seconds = 10, max_suspicious_broken_parts=5

CREATE TABLE shop.settings_more (id Int64) ENGINE = MergeTree ORDER BY id SETTINGS enable_block_number_column = true, index_granularity_bytes = 10485760, ratio_of_defaults_for_sparse_serialization = 0.5, min_rows_for_wide_part = 0, add_minmax_index_for_numeric_columns = 1

CREATE TABLE shop.settings_default (id Int64) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 8192, merge_with_ttl_timeout = 14400

CREATE TABLE shop.settings_floats (id Int64) ENGINE = MergeTree ORDER BY id SETTINGS min_rows_for_wide_part = 1e3, ratio_of_defaults_for_sparse_serialization = 5e-1

-- SETTINGS allow_suspicious_ttl_expressions=1
CREATE TABLE shop.ttl_for_all (id Int64, n Int64 TTL now() + INTERVAL 1 YEAR) ENGINE = MergeTree ORDER BY id TTL now() + INTERVAL 1 MONTH

-- SETTINGS allow_suspicious_primary_key=1
CREATE TABLE shop.key_of_a_state (id Int64, a SimpleAggregateFunction(max, Int64)) ENGINE = AggregatingMergeTree ORDER BY (id, a)

CREATE TABLE shop.lone_tuple (a Int64, b Int64, INDEX i tuple((a, b)) TYPE minmax) ENGINE = MergeTree PARTITION BY tuple((a, b)) ORDER BY tuple((a, b))

CREATE TABLE shop.primary_lone_tuple (a Int64, b Int64) ENGINE = MergeTree PRIMARY KEY tuple((a, b)) ORDER BY ((a, b), b)

CREATE TABLE shop.column_called_tuple (`tuple` Int64) ENGINE = MergeTree PARTITION BY tuple ORDER BY tuple
