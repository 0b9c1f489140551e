-- Finance: ticks, books, trades, positions, risk and accounts.

CREATE TABLE shop.ticks (symbol LowCardinality(String), ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)), bid Decimal(18, 8) CODEC(ZSTD(1)), ask Decimal(18, 8), bid_size UInt32 CODEC(T64, LZ4), ask_size UInt32 CODEC(T64, LZ4), mid Decimal(18, 8) ALIAS (bid + ask) / 2) ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (symbol, ts)

CREATE TABLE shop.trades (trade_id UInt64, symbol LowCardinality(String), ts DateTime64(6, 'UTC'), price Decimal(38, 18), quantity Decimal(38, 18), side Enum8('buy' = 1, 'sell' = -1), conditions Array(FixedString(1)), venue LowCardinality(Nullable(String)), notional Decimal(76, 36) MATERIALIZED toDecimal256(price, 18) * toDecimal256(quantity, 18)) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(ts) ORDER BY (symbol, ts, trade_id)

CREATE TABLE shop.book_levels (symbol LowCardinality(String), ts DateTime64(6), bids Array(Tuple(price Decimal(18, 8), size Decimal(18, 8))), asks Array(Tuple(price Decimal(18, 8), size Decimal(18, 8))), checksum UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (symbol, ts) TTL toDate(ts) + toIntervalDay(5)

CREATE TABLE shop.candles (symbol LowCardinality(String), minute DateTime('UTC'), open AggregateFunction(argMin, Decimal(38, 18), DateTime64(6, 'UTC')), high SimpleAggregateFunction(max, Decimal(38, 18)), low SimpleAggregateFunction(min, Decimal(38, 18)), close AggregateFunction(argMax, Decimal(38, 18), DateTime64(6, 'UTC')), volume SimpleAggregateFunction(sum, Decimal(38, 18))) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(minute) ORDER BY (symbol, minute)

CREATE MATERIALIZED VIEW shop.candles_mv TO shop.candles AS SELECT symbol, toStartOfMinute(toDateTime(ts)) AS minute, argMinState(price, ts) AS open, max(price) AS high, min(price) AS low, argMaxState(price, ts) AS close, sum(quantity) AS volume FROM shop.trades GROUP BY symbol, minute

CREATE TABLE shop.instruments (isin FixedString(12), symbol String, kind Enum8('stock' = 1, 'bond' = 2, 'fund' = 3), currency FixedString(3), maturity Nullable(Date32), lot Decimal32(2) DEFAULT 1, meta Map(LowCardinality(String), String), CONSTRAINT isin_length CHECK length(trimBoth(CAST(isin, 'String'))) = 12) ENGINE = ReplacingMergeTree ORDER BY isin

CREATE DICTIONARY shop.instrument_dict (`isin` String, `symbol` String DEFAULT '-', `currency` String DEFAULT 'USD') PRIMARY KEY isin SOURCE(CLICKHOUSE(QUERY 'SELECT CAST(isin, \'String\') AS isin, symbol, CAST(currency, \'String\') AS currency FROM shop.instruments')) LIFETIME(MIN 60 MAX 120) LAYOUT(COMPLEX_KEY_CACHE(SIZE_IN_CELLS 10000))

CREATE TABLE shop.positions (account UInt64, isin FixedString(12), quantity Decimal(38, 10), cost Decimal(38, 10), as_of Date, ver UInt64) ENGINE = ReplacingMergeTree(ver) PARTITION BY toYear(as_of) ORDER BY (account, isin, as_of)

CREATE TABLE shop.cash (account UInt64, currency FixedString(3), amount Decimal(38, 4), sign Int8, ver UInt32) ENGINE = VersionedCollapsingMergeTree(sign, ver) ORDER BY (account, currency)

CREATE TABLE shop.orders (order_id UInt128, client LowCardinality(String), symbol LowCardinality(String), state Enum8('new' = 0, 'partial' = 1, 'filled' = 2, 'canceled' = 4, 'rejected' = 8), limit_price Nullable(Decimal(18, 8)), created DateTime64(9), fills Nested(at DateTime64(9), price Decimal(18, 8), quantity Decimal(18, 8)), `fix.tags` Map(UInt16, String)) ENGINE = MergeTree PARTITION BY toDate(created) ORDER BY (client, created, order_id)

CREATE TABLE shop.fx (pair FixedString(6), day Date32, rate Float64 CODEC(Gorilla, ZSTD(1))) ENGINE = ReplacingMergeTree PRIMARY KEY pair ORDER BY (pair, day)

CREATE TABLE shop.risk (book LowCardinality(String), at DateTime, var95 Float64, scenarios Array(Float64) CODEC(FPC, ZSTD(3)), greeks Tuple(delta Float64, gamma Float64, vega Float64)) ENGINE = MergeTree ORDER BY (book, at)

CREATE TABLE shop.yields (curve LowCardinality(String), day Date, tenors Map(LowCardinality(String), Float64), PROJECTION newest (SELECT curve, max(day) GROUP BY curve)) ENGINE = MergeTree ORDER BY (curve, day)

CREATE TABLE shop.transactions (id UUID, account UInt64, booked Date, amount Decimal(18, 2), iban String CODEC(ZSTD(1)), purpose String, category LowCardinality(Nullable(String)), hash UInt64 MATERIALIZED sipHash64(account, booked, amount, iban), INDEX amount_minmax amount TYPE minmax GRANULARITY 1, INDEX purpose_words lower(purpose) TYPE ngrambf_v1(3, 1024, 2, 0) GRANULARITY 2) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(booked) ORDER BY (account, booked, id)

CREATE TABLE shop.fraud_scores (transaction UUID, model UInt16, score Float32, reasons Array(LowCardinality(String)), at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY (transaction, model)

CREATE VIEW shop.exposure AS SELECT account, sum(quantity * cost) AS exposure FROM shop.positions FINAL GROUP BY account

CREATE VIEW shop.spread AS SELECT symbol, avg(toFloat64(ask - bid)) AS spread FROM shop.ticks GROUP BY symbol

CREATE VIEW shop.balance_at AS SELECT account, currency, sum(amount * sign) AS amount FROM shop.cash WHERE account = {account:UInt64} GROUP BY account, currency

CREATE TABLE shop.holidays (market LowCardinality(String), day Date, name String) ENGINE = TinyLog

CREATE TABLE shop.limits (account UInt64, daily Decimal(18, 2)) ENGINE = Join(ANY, LEFT, account)
