-- Blockchains: blocks, transactions, logs of contracts, balances and prices of pools.

CREATE TABLE shop.blocks (chain_id UInt32, number UInt64 CODEC(Delta, ZSTD(1)), hash FixedString(32), parent_hash FixedString(32), `timestamp` DateTime CODEC(Delta, ZSTD(1)), miner FixedString(20), difficulty UInt256, gas_used UInt64, base_fee Nullable(UInt64), is_deleted UInt8 DEFAULT 0, version UInt64, CONSTRAINT hash_is_there CHECK hash != parent_hash) ENGINE = ReplacingMergeTree(version, is_deleted) PARTITION BY (chain_id, toYYYYMM(timestamp)) ORDER BY (chain_id, number)

CREATE TABLE shop.transactions (chain_id UInt32, block_number UInt64, transaction_index UInt32, hash String CODEC(ZSTD(1)), from_address LowCardinality(String), to_address Nullable(String), value UInt256, value_eth Float64 ALIAS toFloat64(value) / 1000000000000000000., input String CODEC(ZSTD(9)), method_id FixedString(4) MATERIALIZED substring(input, 1, 4), access_list Array(Tuple(address String, storage_keys Array(String))), INDEX by_hash hash TYPE bloom_filter(0.001) GRANULARITY 1, INDEX by_to to_address TYPE bloom_filter GRANULARITY 2) ENGINE = ReplacingMergeTree PARTITION BY intDiv(block_number, 1000000) ORDER BY (chain_id, block_number, transaction_index)

CREATE TABLE shop.logs (chain_id UInt32, block_number UInt64, log_index UInt32, address FixedString(42), topic0 String, topic1 Nullable(String), topic2 Nullable(String), topic3 Nullable(String), data String CODEC(ZSTD(3)), removed Bool, PROJECTION by_address (SELECT * ORDER BY address, topic0, block_number)) ENGINE = MergeTree PARTITION BY intDiv(block_number, 500000) ORDER BY (topic0, address, block_number, log_index)

CREATE TABLE shop.traces (block_number UInt64, tx_hash FixedString(66), trace_address Array(UInt16), call_type LowCardinality(Nullable(String)), gas UInt64, error LowCardinality(Nullable(String)), subtraces UInt16) ENGINE = MergeTree ORDER BY (block_number, tx_hash, trace_address)

CREATE TABLE shop.balances (address FixedString(42), token FixedString(42), block UInt64, delta Int256, sign Int8 MATERIALIZED if(delta < 0, -1, 1)) ENGINE = MergeTree PARTITION BY substring(address, 1, 3) ORDER BY (address, token, block)

CREATE TABLE shop.balances_sum (address FixedString(42), token FixedString(42), balance SimpleAggregateFunction(sum, Int256), last_block SimpleAggregateFunction(max, UInt64)) ENGINE = AggregatingMergeTree ORDER BY (address, token)

CREATE MATERIALIZED VIEW shop.balances_mv TO shop.balances_sum AS SELECT address, token, sum(delta) AS balance, max(block) AS last_block FROM shop.balances GROUP BY address, token

CREATE TABLE shop.tokens (address FixedString(42), symbol String, decimals UInt8, name String DEFAULT symbol, supply Nullable(UInt256), `is verified` Bool DEFAULT false) ENGINE = ReplacingMergeTree ORDER BY address

CREATE DICTIONARY shop.token_dict (`address` String, `symbol` String DEFAULT 'UNKNOWN', `decimals` UInt8 DEFAULT 18) PRIMARY KEY address SOURCE(CLICKHOUSE(QUERY 'SELECT CAST(address, \'String\') AS address, symbol, decimals FROM shop.tokens')) LIFETIME(MIN 0 MAX 300) LAYOUT(COMPLEX_KEY_HASHED_ARRAY())

CREATE TABLE shop.swaps (pool FixedString(20), at DateTime, amount0 Int256, amount1 Int256, sqrt_price UInt256, tick Int32, price Float64 MATERIALIZED pow(1.0001, tick)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (pool, at)

CREATE TABLE shop.candles (pool FixedString(20), interval_s UInt32, start DateTime, open AggregateFunction(argMin, Float64, DateTime), high SimpleAggregateFunction(max, Float64), low SimpleAggregateFunction(min, Float64), close AggregateFunction(argMax, Float64, DateTime), volume SimpleAggregateFunction(sum, Float64)) ENGINE = AggregatingMergeTree ORDER BY (pool, interval_s, start)

CREATE MATERIALIZED VIEW shop.candles_1m_mv TO shop.candles AS SELECT pool, toUInt32(60) AS interval_s, toStartOfMinute(at) AS start, argMinState(price, at) AS open, max(price) AS high, min(price) AS low, argMaxState(price, at) AS close, sum(abs(toFloat64(amount0))) AS volume FROM shop.swaps GROUP BY pool, start

CREATE VIEW shop.candles_final AS SELECT pool, start, argMinMerge(open) AS open, max(high) AS high, min(low) AS low, argMaxMerge(close) AS close FROM shop.candles WHERE interval_s = 60 GROUP BY pool, start

CREATE TABLE shop.nft_transfers (contract FixedString(42), token_id UInt256, `from` FixedString(42), `to` FixedString(42), `block` UInt64, batch Nested(id UInt256, amount UInt256)) ENGINE = ReplacingMergeTree ORDER BY (contract, token_id, `block`)

CREATE TABLE shop.validators (`index` UInt64, pubkey FixedString(48), status Enum8('pending' = 0, 'active' = 1, 'exited' = 2, 'slashed' = 3), effective_balance UInt64, epoch UInt32) ENGINE = ReplacingMergeTree(epoch) ORDER BY `index`

CREATE TABLE shop.cursors (id LowCardinality(String), block_num UInt64, block_id String, updated DateTime64(3) DEFAULT now64(3)) ENGINE = ReplacingMergeTree(updated) ORDER BY id

CREATE TABLE shop.reorgs (at DateTime, depth UInt8, `old` Array(FixedString(32)), `new` Array(FixedString(32))) ENGINE = Log

CREATE TABLE shop.mempool (hash FixedString(32), first_seen DateTime64(3), gas_price UInt64) ENGINE = Memory SETTINGS max_rows_to_keep = 100000, min_rows_to_keep = 1000

CREATE VIEW shop.whales AS SELECT address, balance FROM (SELECT address, sum(balance) AS balance FROM shop.balances_sum GROUP BY address) WHERE balance > toInt256('1000000000000000000000') ORDER BY balance DESC LIMIT 100 WITH TIES

CREATE TABLE shop.addresses (address FixedString(20), labels Array(LowCardinality(String)), risk Nullable(Float32), first_block UInt64, low UInt128 MATERIALIZED reinterpretAsUInt128(substring(address, 1, 16))) ENGINE = EmbeddedRocksDB PRIMARY KEY address
