-- Infrastructure: containers, builds, queues, storage, network and certificates.

CREATE TABLE shop.pods (cluster LowCardinality(String), namespace LowCardinality(String), name String, uid UUID, phase Enum8('Pending' = 1, 'Running' = 2, 'Succeeded' = 3, 'Failed' = 4, 'Unknown' = 5), labels Map(LowCardinality(String), String), `spec.node` LowCardinality(String), started Nullable(DateTime), resource_version UInt64) ENGINE = ReplacingMergeTree(resource_version) ORDER BY (cluster, namespace, uid)

CREATE TABLE shop.pod_events (cluster LowCardinality(String), at DateTime64(6, 'UTC'), reason LowCardinality(String), message String CODEC(ZSTD(3)), involved Tuple(kind LowCardinality(String), name String, uid UUID), count UInt32 DEFAULT 1, type Enum8('Normal' = 0, 'Warning' = 1)) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (cluster, type, at) TTL toDateTime(at) + toIntervalDay(14)

CREATE TABLE shop.builds (id UInt64, pipeline LowCardinality(String), ref String, sha FixedString(40), status Enum8('queued' = 0, 'running' = 1, 'passed' = 2, 'failed' = 3, 'canceled' = 4), steps Nested(name LowCardinality(String), seconds Float32, exit_code Int16), queued_at DateTime, finished_at Nullable(DateTime), duration Nullable(Int64) ALIAS dateDiff('second', queued_at, finished_at)) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(queued_at) ORDER BY (pipeline, id)

CREATE TABLE shop.test_results (build UInt64, suite LowCardinality(String), test String, outcome Enum8('ok' = 1, 'fail' = 2, 'skip' = 3), seconds Float32, output String CODEC(ZSTD(9)) TTL at + toIntervalDay(30), at DateTime, PROJECTION flaky (SELECT suite, test, outcome, count() GROUP BY suite, test, outcome)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (suite, test, at)

CREATE TABLE shop.package_downloads (date Date CODEC(DoubleDelta), project LowCardinality(String), version LowCardinality(String), country_code FixedString(2), python_minor LowCardinality(String), installer LowCardinality(String), count UInt64) ENGINE = SummingMergeTree(count) PARTITION BY toYYYYMM(date) ORDER BY (project, date, version, country_code, python_minor, installer)

CREATE MATERIALIZED VIEW shop.downloads_total ENGINE = SummingMergeTree ORDER BY project AS SELECT project, sum(count) AS count FROM shop.package_downloads GROUP BY project

CREATE TABLE shop.repo_events (file_time DateTime, event_type Enum8('CommitCommentEvent' = 1, 'CreateEvent' = 2, 'ForkEvent' = 4, 'IssuesEvent' = 8, 'PushEvent' = 16, 'WatchEvent' = 32), actor_login LowCardinality(String), repo_name LowCardinality(String), body String, labels Array(LowCardinality(String)), number UInt32, merged_at Nullable(DateTime), additions UInt32) ENGINE = MergeTree ORDER BY (event_type, repo_name, file_time)

CREATE TABLE shop.queue_depth (queue LowCardinality(String), at DateTime CODEC(DoubleDelta, ZSTD(1)), ready UInt32 CODEC(T64, ZSTD(1)), unacked UInt32, oldest Nullable(DateTime)) ENGINE = MergeTree ORDER BY (queue, at) TTL at + toIntervalDay(30) GROUP BY queue SET ready = avg(ready)

CREATE TABLE shop.objects (bucket LowCardinality(String), key String, etag FixedString(32), size UInt64, class Enum8('standard' = 1, 'cold' = 2), modified DateTime64(3), prefix String MATERIALIZED substringIndex(key, '/', 1), deleted UInt8, INDEX prefix_idx prefix TYPE set(1000) GRANULARITY 4) ENGINE = ReplacingMergeTree(modified, deleted) PARTITION BY bucket ORDER BY (bucket, key)

CREATE TABLE shop.certificates (fingerprint FixedString(32), names Array(String), issuer LowCardinality(String), not_before DateTime64(0), not_after DateTime64(0), serial UInt256, is_wildcard Bool ALIAS arrayExists(n -> startsWith(n, '*.'), names), INDEX names_idx names TYPE bloom_filter(0.01) GRANULARITY 1) ENGINE = ReplacingMergeTree ORDER BY fingerprint

CREATE TABLE shop.ip_ranges (prefix String, asn UInt32, country FixedString(2), org String DEFAULT '') ENGINE = MergeTree ORDER BY prefix

CREATE DICTIONARY shop.ip_trie (`prefix` String, `asn` UInt32 DEFAULT 0, `org` String DEFAULT '') PRIMARY KEY prefix SOURCE(CLICKHOUSE(TABLE 'ip_ranges' DB 'shop')) LIFETIME(MIN 0 MAX 3600) LAYOUT(IP_TRIE())

CREATE TABLE shop.user_agents (pattern String, keys Array(String), `values` Array(String)) ENGINE = TinyLog

CREATE TABLE shop.costs (day Date, account LowCardinality(String), service LowCardinality(String), tags Map(LowCardinality(String), String), cost Decimal(38, 12), currency FixedString(3) DEFAULT 'USD', usage Nullable(Float64), unit LowCardinality(Nullable(String))) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (account, service, day)

CREATE TABLE shop.backups (id UUID, db String, started DateTime, bytes UInt64, parent Nullable(UUID), ok Bool, log String CODEC(ZSTD(12))) ENGINE = MergeTree ORDER BY (db, started) SETTINGS index_granularity = 64, min_bytes_for_wide_part = 1048576

CREATE TABLE shop.leases (mac UInt64, ip IPv4, starts DateTime, ends DateTime, host Nullable(String)) ENGINE = ReplacingMergeTree ORDER BY (mac, ip) TTL ends + toIntervalWeek(1)

CREATE VIEW shop.failing_tests AS SELECT suite, test, countIf(outcome = 'fail') / count() AS rate FROM shop.test_results GROUP BY suite, test HAVING rate > 0.5

CREATE VIEW shop.expiring AS SELECT arrayJoin(names) AS name, min(not_after) AS until FROM shop.certificates FINAL GROUP BY name

CREATE TABLE shop.inventory (host String, facts JSON) ENGINE = Memory

CREATE TABLE shop.pings (src UInt16, dst UInt16, at DateTime64(3), rtt Nullable(Float32), lost UInt8 MATERIALIZED isNull(rtt)) ENGINE = MergeTree ORDER BY (src, dst, at) SAMPLE BY dst
