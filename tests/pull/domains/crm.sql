-- Customers: contacts, deals, tickets, messages, calls, and support.

CREATE TABLE shop.contacts (id UUID, tenant UInt32, email String, phone Nullable(String), `first name` String, `last name` String, full_name String ALIAS concat(`first name`, ' ', `last name`), address Tuple(street String, zip LowCardinality(String), country FixedString(2)), custom Map(LowCardinality(String), String), score Nullable(Float32), deleted UInt8, changed DateTime64(6)) ENGINE = ReplacingMergeTree(changed, deleted) PARTITION BY tenant % 16 ORDER BY (tenant, id) COMMENT 'from the "contacts" of the application'

CREATE TABLE shop.deals (id UInt64, tenant UInt32, stage Enum8('lead' = 1, 'offer' = 2, 'won' = 3, 'lost' = -1), amount Nullable(Decimal(18, 2)), probability UInt8 DEFAULT multiIf(stage = 'won', 100, stage = 'lost', 0, 50), owner UUID, closes Nullable(Date), history Array(Tuple(at DateTime, stage UInt8)), CONSTRAINT share CHECK probability <= 100) ENGINE = ReplacingMergeTree ORDER BY (tenant, id)

CREATE TABLE shop.activities (tenant UInt32, at DateTime64(3), contact UUID, kind LowCardinality(String), body String CODEC(ZSTD(3)), words UInt32 MATERIALIZED length(splitByWhitespace(body)), INDEX words_idx body TYPE tokenbf_v1(4096, 2, 0) GRANULARITY 2) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (tenant, contact, at DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.tickets (id UInt64, subject String, status LowCardinality(String) DEFAULT 'new', priority Enum8('low', 'normal', 'high'), opened DateTime, solved Nullable(DateTime), tags Array(String), satisfaction Nullable(Int8), age_days Int64 ALIAS dateDiff('day', opened, ifNull(solved, opened))) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.messages (ticket UInt64, seq UInt32, sent DateTime, from_agent Bool, text String CODEC(ZSTD(9)), attachments Nested(name String, size UInt64, sha256 FixedString(32))) ENGINE = MergeTree ORDER BY (ticket, seq)

CREATE TABLE shop.calls (id UUID, started DateTime64(3, 'America/New_York'), seconds UInt32, caller LowCardinality(String), recording Nullable(String) TTL toDateTime(started) + toIntervalDay(90), transcript String TTL toDateTime(started) + toIntervalYear(1) CODEC(ZSTD(5))) ENGINE = MergeTree PARTITION BY toYYYYMM(started) ORDER BY (caller, started)

CREATE TABLE shop.email_events (message_id String, `event` Enum8('sent' = 1, 'open' = 2, 'click' = 3, 'bounce' = 4, 'spam' = 5), recipient String, `timestamp` DateTime, meta JSON(max_dynamic_types = 4, bounce_code Nullable(UInt16))) ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp) ORDER BY (event, timestamp, message_id)

CREATE TABLE shop.accounts (id UInt64, name String, parent Nullable(UInt64), domain String MATERIALIZED lower(name), arr Decimal(18, 2), health Float32, tier Int8) ENGINE = ReplacingMergeTree ORDER BY id

CREATE DICTIONARY shop.account_tree (`id` UInt64, `parent` UInt64 DEFAULT 0 HIERARCHICAL, `name` String DEFAULT '') PRIMARY KEY id SOURCE(CLICKHOUSE(QUERY 'SELECT id, ifNull(parent, 0) AS parent, name FROM shop.accounts')) LIFETIME(MIN 60 MAX 600) LAYOUT(HASHED(SHARDS 2))

CREATE VIEW shop.pipeline AS SELECT tenant, stage, count() AS deals, sumOrNull(amount) AS amount FROM shop.deals FINAL GROUP BY tenant, stage

CREATE VIEW shop.contact_search AS SELECT id, email FROM shop.contacts WHERE (tenant = {tenant:UInt32}) AND (email LIKE {pattern:String})

CREATE TABLE shop.nps (day Date, tenant UInt32, promoters UInt32, passives UInt32, detractors UInt32, score Float64 ALIAS (100 * (promoters - detractors)) / ((promoters + passives) + detractors)) ENGINE = SummingMergeTree ORDER BY (tenant, day)

CREATE TABLE shop.consents (contact UUID, purpose LowCardinality(String), given Bool, at DateTime, proof String, ver UInt32) ENGINE = ReplacingMergeTree(ver) ORDER BY (contact, purpose)

CREATE TABLE shop.gdpr_deletions (contact UUID, requested DateTime, done Nullable(DateTime)) ENGINE = Log

CREATE TABLE shop.lead_scores (contact UUID, model LowCardinality(String), features Map(LowCardinality(String), Float32), score Float32 CODEC(FPC), at DateTime) ENGINE = MergeTree ORDER BY (model, contact, at) TTL at + toIntervalMonth(6)

CREATE TABLE shop.agents (id UUID, login String, skills Array(LowCardinality(String)), shift Tuple(`from` UInt8, `to` UInt8), active Bool DEFAULT true) ENGINE = ReplacingMergeTree ORDER BY id

CREATE TABLE shop.sla_breaches (ticket UInt64, policy LowCardinality(String), breached_at DateTime, minutes UInt32) ENGINE = MergeTree ORDER BY (policy, breached_at) SETTINGS index_granularity = 128

CREATE MATERIALIZED VIEW shop.ticket_counts ENGINE = SummingMergeTree ORDER BY (status, day) SETTINGS index_granularity = 64 AS SELECT status, toDate(opened) AS day, count() AS tickets FROM shop.tickets GROUP BY status, day

CREATE TABLE shop.imports (id UUID, file String, line UInt64, error Nullable(String), came DateTime, raw Map(String, Nullable(String))) ENGINE = MergeTree ORDER BY (id, line) TTL toDate(came) + toIntervalDay(1)

CREATE TABLE shop.merge_log (kept UUID, gone UUID, at DateTime) ENGINE = StripeLog
