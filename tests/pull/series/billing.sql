-- Billing: invoices and usage, from cents in whole numbers to decimals in many currencies.
CREATE TABLE shop.invoices (id UInt64, account UInt32, cents Int32, status Enum8('open' = 1, 'paid' = 2), issued DateTime, note String) ENGINE = MergeTree PARTITION BY toYYYYMM(issued) ORDER BY id

CREATE TABLE shop.usage (account UInt32, day Date, calls UInt32, bytes UInt64) ENGINE = SummingMergeTree ORDER BY (account, day)

CREATE TABLE shop.plans (plan_id UInt32, name String, price Decimal(9, 2)) ENGINE = ReplacingMergeTree ORDER BY plan_id

CREATE DICTIONARY shop.plan_dict (`plan_id` UInt64, `name` String DEFAULT 'none') PRIMARY KEY plan_id SOURCE(CLICKHOUSE(TABLE 'plans' DB 'shop')) LIFETIME(MIN 0 MAX 60) LAYOUT(HASHED())

INSERT INTO shop.invoices VALUES (1, 1, -2147483648, 'open', '2024-01-01 00:00:00', ''), (2, 4294967295, 2147483647, 'paid', '2024-12-31 23:59:59', 'it''s \\ paid'), (18446744073709551615, 0, 0, 'open', '2024-06-15 12:00:00', '☃')

INSERT INTO shop.usage VALUES (1, '2024-01-01', 4294967295, 18446744073709551615), (2, '1970-01-01', 0, 1), (3, '2149-06-06', 7, 0)

INSERT INTO shop.plans VALUES (1, 'free', 0), (2, 'team', 9999999.99), (3, '', -0.01)

-- STEP amounts above 21 million
ALTER TABLE shop.invoices MODIFY COLUMN cents Int64

INSERT INTO shop.invoices VALUES (4, 2, 9223372036854775807, 'open', '2025-01-01 00:00:00', '')

-- STEP a currency for each invoice
ALTER TABLE shop.invoices ADD COLUMN currency LowCardinality(FixedString(3)) DEFAULT 'USD' AFTER cents

-- STEP an invoice may be void
ALTER TABLE shop.invoices MODIFY COLUMN status Enum8('open' = 1, 'paid' = 2, 'void' = 3, 'draft' = -1) DEFAULT 'draft'

INSERT INTO shop.invoices (id, account, issued) VALUES (5, 2, '2025-01-01 00:00:00')

-- STEP prices with four places
ALTER TABLE shop.plans MODIFY COLUMN price Decimal(18, 4)

-- STEP the dictionary tells the price too
ALTER TABLE shop.plans ADD COLUMN interval_months UInt8 DEFAULT 1

CREATE OR REPLACE DICTIONARY shop.plan_dict (`plan_id` UInt64, `name` String DEFAULT 'none', `price` Decimal(18, 4) DEFAULT 0, `interval_months` UInt8 DEFAULT 1) PRIMARY KEY plan_id SOURCE(CLICKHOUSE(TABLE 'plans' DB 'shop')) LIFETIME(MIN 0 MAX 60) LAYOUT(HASHED())

-- STEP the name of the plan with the invoice
ALTER TABLE shop.invoices ADD COLUMN plan_id UInt32, ADD COLUMN plan_name String DEFAULT dictGet('shop.plan_dict', 'name', toUInt64(plan_id))

-- STEP more calls than 4 billion a day
ALTER TABLE shop.usage MODIFY COLUMN calls UInt64

-- STEP usage has a region, which is part of the key
ALTER TABLE shop.usage ADD COLUMN region LowCardinality(String), MODIFY ORDER BY (account, day, region)

-- STEP invoices that are due
CREATE VIEW shop.due AS SELECT account, currency, sum(cents) / 100 AS amount FROM shop.invoices WHERE status = 'open' GROUP BY account, currency

-- STEP what is owed is not asked of notes
ALTER TABLE shop.invoices MODIFY COLUMN note String CODEC(ZSTD(9)) COMMENT 'written by hand'

-- STEP no invoice without an account
ALTER TABLE shop.invoices ADD CONSTRAINT has_id CHECK id > 0

-- STEP notes move into another system
ALTER TABLE shop.invoices DROP COLUMN note

-- STEP the view tells how many
CREATE OR REPLACE VIEW shop.due AS SELECT account, currency, sum(cents) / 100 AS amount, count() AS invoices FROM shop.invoices WHERE status = 'open' GROUP BY account, currency
