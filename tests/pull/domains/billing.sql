-- Billing: metered usage, prices, invoices, payments and what is owed.

CREATE TABLE shop.meter_events (tenant LowCardinality(String), id String, type LowCardinality(String), subject String, source String, time DateTime('UTC'), data String, ingested_at DateTime('UTC') DEFAULT now(), stored_at DateTime('UTC') DEFAULT now(), validation_error String, INDEX events_stored_at stored_at TYPE minmax GRANULARITY 4, INDEX type_bloom type TYPE bloom_filter GRANULARITY 1) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (tenant, type, subject, toStartOfHour(time)) SETTINGS index_granularity = 8192

CREATE TABLE shop.meter_values (tenant LowCardinality(String), subject String, windowstart DateTime, windowend DateTime, value AggregateFunction(sum, Decimal(38, 18)), region LowCardinality(String)) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(windowstart) ORDER BY (windowstart, windowend, tenant, subject, region)

CREATE MATERIALIZED VIEW shop.meter_values_mv TO shop.meter_values AS SELECT tenant, subject, tumbleStart(time, toIntervalMinute(1)) AS windowstart, tumbleEnd(time, toIntervalMinute(1)) AS windowend, sumState(CAST(toDecimal128OrZero(JSONExtractString(data, 'value'), 18), 'Decimal(38, 18)')) AS value, JSONExtractString(data, 'region') AS region FROM shop.meter_events GROUP BY windowstart, windowend, tenant, subject, region

CREATE TABLE shop.prices (id UUID, plan LowCardinality(String), currency FixedString(3), amount Decimal(18, 6), tiers Array(Tuple(up_to Nullable(UInt64), unit Decimal(18, 6), flat Decimal(18, 6))), valid_from Date, valid_to Date DEFAULT toDate('2149-06-06'), CONSTRAINT positive CHECK amount >= 0, CONSTRAINT ordered CHECK valid_from <= valid_to) ENGINE = ReplacingMergeTree ORDER BY (plan, currency, valid_from)

CREATE TABLE shop.invoices (invoice_id UInt64, account_id UInt64, number String, status Enum8('draft' = -1, 'open' = 0, 'paid' = 1, 'void' = 2, 'uncollectible' = 3), total Decimal(18, 2), tax Decimal(18, 2) DEFAULT 0, net Decimal(19, 2) ALIAS total - tax, issued_at DateTime, due_at DateTime MATERIALIZED issued_at + toIntervalDay(30), version UInt32, PROJECTION by_account (SELECT account_id, sum(total) GROUP BY account_id), PROJECTION by_status (SELECT * ORDER BY status, issued_at)) ENGINE = ReplacingMergeTree(version) PARTITION BY toYear(issued_at) ORDER BY invoice_id SETTINGS deduplicate_merge_projection_mode = 'rebuild'

CREATE TABLE shop.invoice_lines (invoice_id UInt64, line UInt16, description String COMMENT 'as printed; ''quotes'' and \\ kept', quantity Decimal(38, 12), unit_price Decimal(18, 6), amount Decimal(38, 6) MATERIALIZED CAST(quantity * unit_price, 'Decimal(38, 6)'), period Tuple(start Date, end Date)) ENGINE = MergeTree ORDER BY (invoice_id, line)

CREATE TABLE shop.payments (id UUID, invoice_id UInt64, provider Enum16('card' = 1, 'sepa' = 300, 'wire' = 1000), amount Decimal(18, 2), fee Decimal(9, 4), paid_at DateTime64(3, 'Europe/Berlin'), card Nullable(FixedString(4)), country LowCardinality(Nullable(String)), raw String CODEC(ZSTD(6)) TTL toDateTime(paid_at) + toIntervalMonth(3)) ENGINE = ReplacingMergeTree(paid_at) PARTITION BY toStartOfYear(paid_at) ORDER BY (invoice_id, id)

CREATE TABLE shop.ledger_entries (account UInt64, entry UInt64, debit Decimal(38, 10), credit Decimal(38, 10), balance Int256, memo String DEFAULT '', booked_on Date32, CONSTRAINT one_side CHECK (debit = 0) OR (credit = 0), CONSTRAINT known ASSUME account > 0) ENGINE = MergeTree ORDER BY (account, entry)

CREATE TABLE shop.subscriptions (id UInt64, customer UInt64, plan LowCardinality(String), sign Int8, mrr Decimal(18, 2), started DateTime, ended Nullable(DateTime)) ENGINE = CollapsingMergeTree(sign) ORDER BY (customer, id)

CREATE TABLE shop.mrr_monthly (month Date, plan LowCardinality(String), currency FixedString(3), mrr Decimal(38, 2), customers UInt64) ENGINE = SummingMergeTree((mrr, customers)) ORDER BY (month, plan, currency)

CREATE TABLE shop.exchange_rates (day Date, base FixedString(3), quote FixedString(3), rate Float64 CODEC(FPC(12))) ENGINE = ReplacingMergeTree ORDER BY (base, quote, day)

CREATE DICTIONARY shop.rate_of (`base` String, `day` Date, `until` Date, `rate` Float64 DEFAULT 1.) PRIMARY KEY base SOURCE(CLICKHOUSE(QUERY 'SELECT base, day, day + 1 AS until, rate FROM shop.exchange_rates')) LIFETIME(MIN 300 MAX 600) LAYOUT(COMPLEX_KEY_RANGE_HASHED()) RANGE(MIN day MAX until)

CREATE TABLE shop.credits (grant_id UUID, customer UInt64, granted Decimal(18, 4), left Decimal(18, 4), expires DateTime, reason LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY (customer, grant_id) TTL expires + toIntervalYear(7) DELETE WHERE left = 0

CREATE TABLE shop.usage_by_day (customer UInt64, day Date, bytes UInt64, calls UInt32, peak Float32) ENGINE = MergeTree ORDER BY (customer, day) TTL day + toIntervalMonth(18) GROUP BY customer SET bytes = sum(bytes), calls = sum(calls), peak = max(peak)

CREATE TABLE shop.tax_rates (country FixedString(2), region String, rate Decimal(5, 4), since Date) ENGINE = ReplacingMergeTree(since) ORDER BY (country, region)

CREATE DICTIONARY shop.tax_dict (`country` String, `region` String, `rate` Decimal(5, 4)) PRIMARY KEY country, region SOURCE(CLICKHOUSE(TABLE 'tax_rates' DB 'shop' WHERE 'rate > 0')) LIFETIME(3600) LAYOUT(COMPLEX_KEY_SPARSE_HASHED()) COMMENT 'by country, then region'

CREATE TABLE shop.dunning (account UInt64, attempt UInt8, at DateTime, outcome Enum8('ok' = 1, 'soft' = 2, 'hard' = 3)) ENGINE = MergeTree ORDER BY (account, at DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE VIEW shop.open_invoices AS SELECT account_id, count() AS invoices, sum(total) AS owed FROM shop.invoices FINAL WHERE status = 'open' GROUP BY account_id HAVING owed > 0

CREATE VIEW shop.revenue_by_country AS SELECT country, sum(amount - fee) AS net FROM shop.payments GROUP BY country WITH TOTALS ORDER BY net DESC NULLS LAST

CREATE TABLE shop.webhooks (id UUID, headers Map(LowCardinality(String), Array(String)), body String, received_at DateTime64(9), hmac FixedString(32), attempt UInt8 EPHEMERAL 1, is_retry UInt8 DEFAULT attempt > 1) ENGINE = MergeTree ORDER BY (received_at, id)
