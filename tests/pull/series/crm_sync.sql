-- A copy of a CRM: contacts and deals, as the connector writes them.
CREATE TABLE shop.contacts (id String, email Nullable(String), name String, created DateTime, _version UInt64) ENGINE = ReplacingMergeTree(_version) ORDER BY id

CREATE TABLE shop.deals (id UInt64, contact String, amount Float64, stage String, closed Nullable(DateTime)) ENGINE = MergeTree ORDER BY id

INSERT INTO shop.contacts VALUES ('', NULL, '', '1970-01-01 00:00:00', 0), ('a', 'a@example.org', 'Ünal', '2024-01-01 00:00:00', 18446744073709551615), ('b', '', 'tab\there', '2106-02-07 06:28:15', 2)

INSERT INTO shop.deals VALUES (0, '', 0, '', NULL), (18446744073709551615, 'a', 1.7976931348623157e308, 'won', '2024-05-05 05:05:05'), (3, 'b', -1.5, 'lost', NULL)

-- STEP what the connector knows
ALTER TABLE shop.contacts ADD COLUMN _deleted UInt8, ADD COLUMN _synced DateTime64(3) DEFAULT toDateTime64(created, 3)

-- STEP own fields
ALTER TABLE shop.contacts ADD COLUMN custom Map(String, String) AFTER name

-- STEP stages are few
ALTER TABLE shop.deals MODIFY COLUMN stage LowCardinality(String)

-- STEP the contact of a deal is found
ALTER TABLE shop.deals ADD INDEX by_contact contact TYPE bloom_filter(0.05) GRANULARITY 3

-- STEP phone numbers
ALTER TABLE shop.contacts ADD COLUMN phones Array(Tuple(kind LowCardinality(String), number String))

INSERT INTO shop.contacts (id, name, phones, _version) VALUES ('c', 'C', [('home', '+1'), ('', '')], 1)

-- STEP deals in other currencies
ALTER TABLE shop.deals ADD COLUMN currency FixedString(3) DEFAULT 'EUR' AFTER amount

-- STEP the domain of an address
ALTER TABLE shop.contacts ADD COLUMN domain String ALIAS splitByChar('@', ifNull(email, ''))[-1]

-- STEP the domain is stored
ALTER TABLE shop.contacts DROP COLUMN domain

ALTER TABLE shop.contacts ADD COLUMN email_domain String MATERIALIZED splitByChar('@', ifNull(email, ''))[-1]

-- STEP what is in the pipeline
CREATE VIEW shop.pipeline AS SELECT stage, count() AS deals, sum(amount) AS amount FROM shop.deals GROUP BY stage

-- STEP closing has milliseconds
ALTER TABLE shop.deals MODIFY COLUMN closed Nullable(DateTime64(3))

-- STEP creation is called so
-- RENAMED contacts created_at created
ALTER TABLE shop.contacts DROP COLUMN _synced

ALTER TABLE shop.contacts RENAME COLUMN created TO created_at

-- STEP the pipeline is not asked for
DROP VIEW shop.pipeline
