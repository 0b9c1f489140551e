-- Security: sign-ins, endpoints, vulnerabilities, threats, scans, secrets, mail.

CREATE TABLE shop.logins (at DateTime64(3, 'UTC'), tenant UInt32, user LowCardinality(String), ip IPv6, country LowCardinality(Nullable(FixedString(2))), method Enum8('password' = 1, 'sso' = 2, 'key' = 3), ok Bool, risk Nullable(UInt8), agent String CODEC(ZSTD(3)), day Date MATERIALIZED toDate(at), INDEX ip_idx ip TYPE bloom_filter(0.01) GRANULARITY 2, INDEX risk_idx risk TYPE set(0) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (tenant, user, at) TTL toDateTime(at) + toIntervalMonth(13)

CREATE TABLE shop.failed_per_ip (ip IPv6, hour DateTime, n SimpleAggregateFunction(sum, UInt64), users AggregateFunction(uniq, String)) ENGINE = AggregatingMergeTree ORDER BY (ip, hour) TTL hour + toIntervalDay(2)

CREATE MATERIALIZED VIEW shop.failed_per_ip_mv TO shop.failed_per_ip AS SELECT ip, toStartOfHour(toDateTime(at)) AS hour, count() AS n, uniqState(toString(user)) AS users FROM shop.logins WHERE NOT ok GROUP BY ip, hour

CREATE TABLE shop.processes (host LowCardinality(String), started DateTime64(9), pid UInt32, ppid UInt32, exe String, args Array(String), sha256 FixedString(32), env Map(LowCardinality(String), String) CODEC(ZSTD(6)), uid Int32, signed Nullable(Bool)) ENGINE = MergeTree PARTITION BY toDate(started) ORDER BY (host, started, pid) TTL toDate(started) + toIntervalDay(30) SETTINGS ttl_only_drop_parts = 1

CREATE TABLE shop.connections (host LowCardinality(String), at DateTime, pid UInt32, local Tuple(ip IPv6, port UInt16), remote Tuple(ip IPv6, port UInt16), direction Enum8('in' = 1, 'out' = 2), bytes UInt64 CODEC(T64, LZ4)) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (host, remote.port, at)

CREATE TABLE shop.vulnerabilities (cve String, published Date, cvss Decimal(3, 1), vector Nullable(String), affected Nested(vendor LowCardinality(String), product String, versions Array(String)), refs Array(String), modified DateTime) ENGINE = ReplacingMergeTree(modified) ORDER BY cve

CREATE TABLE shop.findings (id UUID, asset LowCardinality(String), cve String, state Enum8('open' = 1, 'fixed' = 2, 'ignored' = 3), first DateTime, last DateTime, days UInt32 ALIAS dateDiff('day', first, last), owner Nullable(String), ver UInt64) ENGINE = ReplacingMergeTree(ver) ORDER BY (asset, cve, id)

CREATE TABLE shop.indicators (kind Enum8('ip' = 1, 'domain' = 2, 'hash' = 3), value String, feeds SimpleAggregateFunction(groupUniqArrayArray, Array(String)), confidence SimpleAggregateFunction(max, UInt8), seen SimpleAggregateFunction(max, DateTime)) ENGINE = AggregatingMergeTree ORDER BY (kind, value) TTL seen + toIntervalMonth(6)

CREATE DICTIONARY shop.indicator_dict (`value` String, `confidence` UInt8 DEFAULT 0) PRIMARY KEY value SOURCE(CLICKHOUSE(QUERY 'SELECT value, max(confidence) AS confidence FROM shop.indicators GROUP BY value')) LIFETIME(MIN 60 MAX 90) LAYOUT(COMPLEX_KEY_HASHED())

CREATE VIEW shop.hits AS SELECT at, user, ip FROM shop.logins WHERE dictHas('shop.indicator_dict', tuple(toString(ip)))

CREATE TABLE shop.dns (at DateTime CODEC(DoubleDelta, ZSTD(1)), host LowCardinality(String), name String, entropy Float32 DEFAULT 0, labels UInt8 MATERIALIZED length(splitByChar('.', name)), answers Array(IPv6), INDEX name_idx name TYPE ngrambf_v1(4, 8192, 3, 0) GRANULARITY 1) ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY (host, at) TTL at + toIntervalDay(7)

CREATE TABLE shop.cloud_trail (eventTime DateTime, eventSource LowCardinality(String), eventName LowCardinality(String), awsRegion LowCardinality(String), userIdentity JSON, requestParameters JSON(max_dynamic_paths = 32), errorCode LowCardinality(Nullable(String)), readOnly Bool, `sourceIPAddress` String) ENGINE = MergeTree PARTITION BY toYYYYMM(eventTime) ORDER BY (eventSource, eventName, eventTime)

CREATE TABLE shop.alerts (id UUID, rule LowCardinality(String), severity Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4), entities Array(Tuple(kind LowCardinality(String), id String)), raised DateTime64(3), closed Nullable(DateTime64(3)), verdict LowCardinality(Nullable(String)), evidence String CODEC(ZSTD(9)) TTL toDateTime(raised) + toIntervalMonth(3), PROJECTION per_rule (SELECT rule, severity, count() GROUP BY rule, severity)) ENGINE = MergeTree PARTITION BY toYYYYMM(raised) ORDER BY (rule, raised, id)

CREATE TABLE shop.file_changes (host LowCardinality(String), path String, at DateTime64(3), action Enum8('create' = 1, 'modify' = 2, 'delete' = 3), mode UInt16, sha Nullable(FixedString(32))) ENGINE = MergeTree ORDER BY (host, path, at DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.baselines (host LowCardinality(String), metric LowCardinality(String), mean AggregateFunction(avg, Float64), spread AggregateFunction(stddevPop, Float64)) ENGINE = AggregatingMergeTree ORDER BY (host, metric)

CREATE TABLE shop.tokens (hash FixedString(64), created DateTime, last_used Nullable(DateTime), scopes Array(LowCardinality(String)), revoked Bool DEFAULT false) ENGINE = EmbeddedRocksDB PRIMARY KEY hash

CREATE TABLE shop.blocked_ips (ip IPv6) ENGINE = Set

CREATE TABLE shop.scan_ports (ip IPv4, port UInt16, banner String, tls Nullable(String), at DateTime, CONSTRAINT port_given CHECK port > 0) ENGINE = ReplacingMergeTree(at) PARTITION BY intDiv(port, 8192) ORDER BY (ip, port)

CREATE VIEW shop.brute_force AS SELECT ip, sum(n) AS failed, uniqMerge(users) AS users FROM shop.failed_per_ip GROUP BY ip HAVING failed > 100

CREATE TABLE shop.phishing (received DateTime, sender String, subject String, urls Array(String), score Float32, headers Map(LowCardinality(String), Array(String)), domain LowCardinality(String) MATERIALIZED domain(urls[1])) ENGINE = MergeTree ORDER BY (domain, received)
