-- Indexes, projections and constraints.

CREATE TABLE shop.indexes (id Int64, n Int64, s String, d Date, INDEX a n TYPE minmax GRANULARITY 4, INDEX b (n) TYPE set(100), INDEX c s TYPE bloom_filter(0.025) GRANULARITY 2, INDEX d s TYPE bloom_filter, INDEX e (n, d) TYPE minmax, INDEX f n * 2 TYPE set(0) GRANULARITY 1) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.indexes_text (id Int64, s String, INDEX a s TYPE ngrambf_v1(3, 256, 2, 0) GRANULARITY 4, INDEX b lower(s) TYPE tokenbf_v1(512, 3, 0) GRANULARITY 1, INDEX c s TYPE sparse_grams(3, 100, 1024, 2, 0)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.indexes_full_text (id Int64, s String, t Array(String), INDEX a s TYPE text(tokenizer = 'splitByNonAlpha'), INDEX b lower(s) TYPE text(tokenizer = ngrams(3)), INDEX c t TYPE text(tokenizer = 'array') GRANULARITY 5) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.indexes_vector (id Int64, v Array(Float32), w Array(Float64), INDEX a v TYPE vector_similarity('hnsw', 'L2Distance', 4), INDEX b w TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'bf16', 64, 128) GRANULARITY 2) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.indexes_odd (id Int64, `a b` String, m Map(String, String), j JSON, INDEX `x y` `a b` TYPE bloom_filter, INDEX `select` mapKeys(m) TYPE bloom_filter(0.01), INDEX i3 mapValues(m) TYPE tokenbf_v1(256, 2, 0), INDEX i4 m['key'] TYPE set(10), INDEX i5 (id, `a b`) TYPE set(5) GRANULARITY 3, INDEX i6 toDate(id) TYPE minmax) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.index_hypothesis (id Int64, n Int64, INDEX a (n > 5) TYPE set(2)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.projections (id Int64, n Int64, s String, PROJECTION a (SELECT * ORDER BY n), PROJECTION b (SELECT n, count() GROUP BY n), PROJECTION c (SELECT s, sum(n), max(id) GROUP BY s), PROJECTION d (SELECT id, n ORDER BY s)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.projections_odd (id Int64, ts DateTime, `a b` String, PROJECTION `p q` (SELECT toStartOfHour(ts) AS hour, count() AS c GROUP BY hour), PROJECTION r (WITH toDate(ts) AS day SELECT day, uniq(id) GROUP BY day), PROJECTION s (SELECT `a b`, id ORDER BY (`a b`, id)), PROJECTION t (SELECT _part_offset ORDER BY ts)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.projections_settings (id Int64, n Int64, PROJECTION a (SELECT * ORDER BY n) WITH SETTINGS (index_granularity = 1024)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.projections_index (id Int64, n Int64, s String, PROJECTION a INDEX n TYPE basic) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.projections_replacing (id Int64, n Int64, PROJECTION a (SELECT * ORDER BY n)) ENGINE = ReplacingMergeTree ORDER BY id SETTINGS deduplicate_merge_projection_mode = 'rebuild'

CREATE TABLE shop.constraints (id Int64, n Int64, s String, CONSTRAINT a CHECK n > 0, CONSTRAINT b CHECK (n < 100) AND (s != ''), CONSTRAINT c ASSUME length(s) < 10, CONSTRAINT d CHECK n IN (1,2,3) OR isNull(n)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.constraints_odd (id Int64, `a b` String, CONSTRAINT `x y` CHECK `a b` LIKE 'it''s%', CONSTRAINT `check` CHECK NOT (id = 5), CONSTRAINT e ASSUME id BETWEEN 1 AND 9, CONSTRAINT f CHECK ((id > 1))) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.all_parts (id Int64, n Int64, INDEX i n TYPE minmax, PROJECTION p (SELECT n, count() GROUP BY n), CONSTRAINT c CHECK n > 0) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.parts_in_log (id Int64, n Int64, CONSTRAINT c CHECK n > 0) ENGINE = Log

CREATE TABLE shop.indexes_loud (id Int64, n Int64, s String, INDEX a n TYPE MINMAX, INDEX b s TYPE BLOOM_FILTER(0.01), INDEX c n TYPE Set(5)) ENGINE = MergeTree ORDER BY id
