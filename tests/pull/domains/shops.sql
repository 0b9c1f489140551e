-- E-commerce: orders, stock, prices, carts, search and reviews.

CREATE TABLE shop.orders (order_id UInt64, shop_id UInt16, customer UInt64, status Enum8('new' = 1, 'paid' = 2, 'shipped' = 3, 'returned' = 4), placed DateTime64(3, 'UTC'), total Decimal(12, 2), currency LowCardinality(FixedString(3)), items Nested(sku String, quantity UInt16, price Decimal(12, 2)), note Nullable(String), _version UInt64, _deleted UInt8, item_count UInt64 MATERIALIZED arraySum(items.quantity)) ENGINE = ReplacingMergeTree(_version, _deleted) PARTITION BY toYYYYMM(placed) ORDER BY (shop_id, order_id)

CREATE TABLE shop.products (sku String, title String, `description.html` String CODEC(ZSTD(3)), brand LowCardinality(Nullable(String)), price Decimal(12, 2), attributes Map(LowCardinality(String), Array(String)), categories Array(UInt32), embedding Array(Float32), in_stock Bool, updated DateTime, INDEX title_words lower(title) TYPE tokenbf_v1(2048, 3, 1) GRANULARITY 1, INDEX vec embedding TYPE vector_similarity('hnsw', 'L2Distance', 4) GRANULARITY 100000000) ENGINE = ReplacingMergeTree(updated) ORDER BY sku

CREATE TABLE shop.stock (warehouse UInt16, sku String, on_hand Int32, reserved Int32, free Int32 ALIAS on_hand - reserved, counted_at DateTime) ENGINE = ReplacingMergeTree(counted_at) PARTITION BY warehouse ORDER BY (warehouse, sku)

CREATE TABLE shop.stock_moves (at DateTime64(6), warehouse UInt16, sku String, delta Int32, reason Enum8('sale' = 1, 'return' = 2, 'purchase' = 3, 'loss' = 4)) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (sku, warehouse, at)

CREATE MATERIALIZED VIEW shop.stock_by_day ENGINE = SummingMergeTree(delta) PARTITION BY toYear(day) ORDER BY (sku, warehouse, day) AS SELECT sku, warehouse, toDate(at) AS day, sum(delta) AS delta FROM shop.stock_moves GROUP BY sku, warehouse, day

CREATE TABLE shop.carts (cart UUID, at DateTime, action Enum8('add' = 1, 'remove' = -1), sku String, quantity UInt16) ENGINE = MergeTree ORDER BY (cart, at) TTL at + toIntervalDay(45) SETTINGS merge_with_ttl_timeout = 3600

CREATE TABLE shop.searches (at DateTime, query String, normalized String DEFAULT lowerUTF8(trimBoth(query)), results UInt32, clicked Array(Tuple(sku String, position UInt8)), session UInt64) ENGINE = MergeTree PARTITION BY toMonday(at) ORDER BY (normalized, at)

CREATE TABLE shop.reviews (marketplace LowCardinality(String), customer_id UInt64, review_id String, product_id String, star_rating UInt8, helpful_votes UInt32, vine Bool, review_headline String, review_body String, review_date Date, PROJECTION helpful_votes (SELECT * ORDER BY helpful_votes), CONSTRAINT stars CHECK (star_rating >= 1) AND (star_rating <= 5)) ENGINE = MergeTree ORDER BY (review_date, marketplace)

CREATE TABLE shop.price_history (sku String, valid_from DateTime, price Decimal(12, 2), currency FixedString(3)) ENGINE = ReplacingMergeTree ORDER BY (sku, currency, valid_from DESC) SETTINGS allow_experimental_reverse_key = 1

CREATE TABLE shop.categories (id UInt32, parent UInt32, slug String, names Map(FixedString(2), String)) ENGINE = ReplacingMergeTree ORDER BY id

CREATE DICTIONARY shop.category_dict (`id` UInt64, `parent` UInt64 DEFAULT 0 HIERARCHICAL, `slug` String DEFAULT '') PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'categories' DB 'shop')) LIFETIME(0) LAYOUT(FLAT())

CREATE TABLE shop.customers (id UInt64, email_hash FixedString(32), registered Date, birth Nullable(Date32), country FixedString(2), lifetime_value SimpleAggregateFunction(sum, Decimal(38, 2)), last_order SimpleAggregateFunction(max, DateTime)) ENGINE = AggregatingMergeTree ORDER BY (id, email_hash, registered, birth, country) SETTINGS allow_nullable_key = 1

CREATE TABLE shop.coupons (code String, kind Enum8('percent' = 1, 'amount' = 2), value Decimal(9, 2), valid Tuple(`from` Date, until Date), uses UInt32 DEFAULT 0) ENGINE = EmbeddedRocksDB PRIMARY KEY code

CREATE TABLE shop.shipments (id UUID, order_id UInt64, carrier LowCardinality(String), tracking String, events Array(Tuple(at DateTime, code LowCardinality(String), place Tuple(lat Float32, lon Float32))), weight_g UInt32, sent DateTime, INDEX tracking_idx tracking TYPE bloom_filter(0.01) GRANULARITY 1) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(sent) ORDER BY (order_id, id)

CREATE TABLE shop.returns (order_id UInt64, sku String, at DateTime, reason LowCardinality(Nullable(String)), refund Decimal(12, 2)) ENGINE = MergeTree ORDER BY (sku, at)

CREATE VIEW shop.bestsellers AS SELECT sku, sum(quantity) AS sold FROM shop.orders ARRAY JOIN items.sku AS sku, items.quantity AS quantity GROUP BY sku ORDER BY sold DESC LIMIT 10

CREATE VIEW shop.orders_with_customer AS SELECT o.order_id, o.total, c.country FROM shop.orders AS o LEFT JOIN shop.customers AS c ON o.customer = c.id

CREATE TABLE shop.recommendations (customer UInt64, skus Array(String), scores Array(Float32), built DateTime) ENGINE = Join(ANY, LEFT, customer) SETTINGS persistent = 0

CREATE TABLE shop.blocked_skus (sku String) ENGINE = Set

CREATE TABLE shop.facets (category UInt32, name LowCardinality(String), value String, products AggregateFunction(groupUniqArray(100), String)) ENGINE = AggregatingMergeTree ORDER BY (category, name, value)
