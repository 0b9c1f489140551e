-- An indexer of a blockchain: blocks, transfers, balances.
CREATE TABLE shop.blocks (number UInt32, hash FixedString(32), at DateTime, gas UInt64) ENGINE = ReplacingMergeTree ORDER BY number

CREATE TABLE shop.transfers (block UInt32, log_index UInt16, token String, sender String, receiver String, amount UInt128) ENGINE = ReplacingMergeTree PARTITION BY intDiv(block, 1000000) ORDER BY (block, log_index)

INSERT INTO shop.blocks VALUES (0, unhex('00'), '1970-01-01 00:00:00', 0), (4294967295, unhex('ff'), '2106-02-07 06:28:15', 18446744073709551615), (17, 'abc', '2024-01-01 00:00:00', 21000)

INSERT INTO shop.transfers VALUES (0, 0, '', '', '', 0), (17, 65535, 'ETH', '0xaa', '0xbb', 340282366920938463463374607431768211455), (1000000, 1, 'USDC', '0xbb', '0xaa', 1)

-- STEP amounts of 256 bits
ALTER TABLE shop.transfers MODIFY COLUMN amount UInt256

INSERT INTO shop.transfers VALUES (18, 1, 'ETH', '0xaa', '0xcc', 115792089237316195423570985008687907853269984665640564039457584007913129639935)

-- STEP several chains
ALTER TABLE shop.blocks ADD COLUMN chain LowCardinality(String) DEFAULT 'mainnet'

-- STEP more logs than 65,535 in a block
DROP TABLE shop.transfers

CREATE TABLE shop.transfers (block UInt32, log_index UInt32, token String, sender String, receiver String, amount UInt256) ENGINE = ReplacingMergeTree PARTITION BY intDiv(block, 1000000) ORDER BY (block, log_index)

-- STEP searching by address
ALTER TABLE shop.transfers ADD INDEX by_sender sender TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX by_receiver receiver TYPE bloom_filter(0.01) GRANULARITY 1

-- STEP tokens are few
ALTER TABLE shop.transfers MODIFY COLUMN token LowCardinality(String)

-- STEP how blocks end
ALTER TABLE shop.blocks ADD COLUMN base_fee Nullable(UInt64) AFTER gas, ADD COLUMN miner FixedString(20) DEFAULT toFixedString('', 20)

-- STEP who holds what
CREATE TABLE shop.balances (token LowCardinality(String), holder String, amount SimpleAggregateFunction(sum, Int256)) ENGINE = AggregatingMergeTree ORDER BY (token, holder)

CREATE MATERIALIZED VIEW shop.balances_in TO shop.balances AS SELECT token, receiver AS holder, sum(CAST(amount, 'Int256')) AS amount FROM shop.transfers GROUP BY token, holder

INSERT INTO shop.transfers VALUES (19, 1, 'ETH', '0xaa', '0xcc', 5)

-- STEP what they have sent
CREATE MATERIALIZED VIEW shop.balances_out TO shop.balances AS SELECT token, sender AS holder, sum(-CAST(amount, 'Int256')) AS amount FROM shop.transfers GROUP BY token, holder

INSERT INTO shop.transfers VALUES (20, 1, 'ETH', '0xcc', '0xdd', 5)

-- STEP the time of a block in milliseconds
ALTER TABLE shop.blocks MODIFY COLUMN at DateTime64(3)

-- STEP the name of the sender says it
-- RENAMED transfers from_address sender
-- RENAMED transfers to_address receiver
DROP VIEW shop.balances_in

DROP VIEW shop.balances_out

ALTER TABLE shop.transfers DROP INDEX by_sender, DROP INDEX by_receiver

ALTER TABLE shop.transfers RENAME COLUMN sender TO from_address, RENAME COLUMN receiver TO to_address

ALTER TABLE shop.transfers ADD INDEX by_sender from_address TYPE bloom_filter(0.01) GRANULARITY 1, ADD INDEX by_receiver to_address TYPE bloom_filter(0.01) GRANULARITY 1

CREATE MATERIALIZED VIEW shop.balances_in TO shop.balances AS SELECT token, to_address AS holder, sum(CAST(amount, 'Int256')) AS amount FROM shop.transfers GROUP BY token, holder

CREATE MATERIALIZED VIEW shop.balances_out TO shop.balances AS SELECT token, from_address AS holder, sum(-CAST(amount, 'Int256')) AS amount FROM shop.transfers GROUP BY token, holder
