-- Names that are no names in Python, or other ones.

CREATE TABLE shop.`with space` (`a b` Int64, `c  d` String, ` e` String) ENGINE = MergeTree ORDER BY `a b`

CREATE TABLE shop.`select` (`select` Int64, `from` String, `where` String, `order` Int64, `table` String, `null` Int8, `true` Bool, `case` String) ENGINE = MergeTree ORDER BY (`select`, `order`)

CREATE TABLE shop.`class` (`class` Int64, `def` String, `None` String, `True` Bool, `lambda` Int8, `async` Int8, `match` Int8, `type` Int8, `print` Int8, `self` Int8, `cls` Int8, `async_` Int8) ENGINE = MergeTree ORDER BY `class`

CREATE TABLE shop.`2024` (`1` Int64, `2nd` String, `3.5` Float64, `_` Int8, `__` Int8) ENGINE = MergeTree ORDER BY `1`

CREATE TABLE shop.`таблица` (`ключ` Int64, `größe` Float64, `名前` String, `naïve` String, `🙂` String, `ﬁ` Int8, `fi` Int8) ENGINE = MergeTree ORDER BY `ключ`

CREATE TABLE shop.`订单` (`编号` Int64, `数据` Tuple(`城市` String, `邮编` Nullable(String))) ENGINE = MergeTree ORDER BY `编号`

CREATE TABLE shop.`a.b` (`a.b` Int64, `c.d.e` String, `.f` Int8) ENGINE = MergeTree ORDER BY `a.b`

CREATE TABLE shop.`dash-ed` (`x-y` Int64, `a/b` String, `a+b` String, `c%d` String, `e"f` String, `g'h` String, `i#j` String, `k{l}` String, `m$n` String) ENGINE = MergeTree ORDER BY `x-y`

CREATE TABLE shop.`back\\slash` (`a\\b` Int64, `c\\` String) ENGINE = MergeTree ORDER BY `a\\b`

CREATE TABLE shop.`back``tick` (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.backtick_column (id Int64, `a``b` String) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.pydantic_names (id Int64, model_config String, `copy` String, json String, schema String, dict Int8, model_fields Int8, model_id Int8, model_dump_it Int8, validate Int8, construct Int8, parse_obj Int8, fields Int8, `_private` Int8, `__dunder__` Int8, model_validate Int8) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.type_names (id Int64, `int` Int64, str String, float Float64, bool Bool, list Array(Int64), dict Map(String, Int64), date Date, datetime DateTime, dt DateTime64(3), UUID UUID, Decimal Decimal(9, 2), Any Dynamic, Annotated Int8, Field Int8, BaseModel Int8, UInt8 UInt8, after UInt8, Literal Enum8('a' = 5), tuple Tuple(Int8, Int8), Enum Enum8('a' = 1)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.OrderLines (Id Int64, createdAt DateTime, HTTPStatus Int16) ENGINE = MergeTree ORDER BY Id

CREATE TABLE shop.order_lines (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.orderlines (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.project (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.OlapTable (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.dt (id Int64, at DateTime) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.`print` (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.same_fields (`a b` Int64, `a_b` Int64, `a-b` Int64, `A_B` Int64) ENGINE = MergeTree ORDER BY (`a b`, a_b, `a-b`)

CREATE TABLE shop.helpers (id Int64, place Tuple(x Int8), `place ` Tuple(y Int8), Place Tuple(z Int8), colour Enum8('a' = 1, 'b' = 2), `colour!` Enum8('c' = 1)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.helpers_place (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.a_rather_long_name_of_a_table_that_somebody_thought_would_explain_everything_about_it (a_rather_long_name_of_a_column_that_somebody_thought_would_explain_everything_about_it Int64, another_rather_long_name_of_a_column_that_somebody_thought_of Nullable(Decimal(18, 4)) COMMENT 'with a comment that takes some room') ENGINE = MergeTree ORDER BY a_rather_long_name_of_a_column_that_somebody_thought_would_explain_everything_about_it

CREATE TABLE shop.key_words (`desc` Int64, `asc` Int64, `interval` Int64, `and` Int64, `format` Int64, `settings` Int64, `ttl` Int64, `index` Int64) ENGINE = MergeTree ORDER BY (`desc`, `asc`, `interval`, `and`, `format`, `settings`, `ttl`, `index`)

CREATE TABLE shop.upper_words (`TTL` Int64, `DEFAULT` Int64 DEFAULT 1, `CODEC` Int64 CODEC(ZSTD), `COMMENT` String COMMENT 'COMMENT', `INDEX` Int64, `PROJECTION` Int64, `CONSTRAINT` Int64, `PRIMARY KEY` Int64, `ENGINE` Int64, `ORDER BY` Int64, `SETTINGS` Int64) ENGINE = MergeTree ORDER BY `TTL`

CREATE TABLE shop.`(brackets)` (`f(x)` Int64, `[y]` Int64, `a,b` Int64, `c;d` Int64, `)` Int64, `(` Int64) ENGINE = MergeTree ORDER BY (`f(x)`, `a,b`)

CREATE TABLE shop.`  ` (id Int64) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.quotes (`it's` Int64, `"x"` String, `'` Int64) ENGINE = MergeTree ORDER BY `it's` COMMENT '"""'

-- Columns called like the words of a clause, which the server prints bare.

CREATE TABLE shop.kw_comment (id Int64, `COMMENT` Int64, a Int64 DEFAULT id + COMMENT COMMENT 'x', INDEX i id TYPE minmax) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.kw_storage (id Int64, `TTL` Int64, `SETTINGS` DateTime, c Int64 MATERIALIZED TTL * TTL TTL SETTINGS + toIntervalDay(1), d Int64 DEFAULT 1 + TTL CODEC(ZSTD(3)), CONSTRAINT x CHECK id > TTL) ENGINE = MergeTree ORDER BY (id + TTL) TTL SETTINGS + toIntervalDay(TTL)

CREATE TABLE shop.kw_ttl (id Int64, ts DateTime, `TTL` UInt32, a Int64 TTL ts + TTL) ENGINE = MergeTree ORDER BY id TTL ts + TTL

CREATE TABLE shop.kw_parts (`id` Int64, `TYPE` Int64, `GRANULARITY` Int64, `CODEC` Int64, `STATISTICS` Int64, INDEX i id + TYPE TYPE minmax, INDEX j id * GRANULARITY TYPE minmax GRANULARITY 3, INDEX k (TYPE, GRANULARITY) TYPE set(2), INDEX l TYPE TYPE set(2), a Int64 DEFAULT id + CODEC, c Int64 DEFAULT id - STATISTICS STATISTICS(tdigest)) ENGINE = MergeTree ORDER BY id

CREATE TABLE shop.kw_keys (id Int64, `ORDER` Int64, `BY` Int64, `PARTITION` Int64, `PRIMARY` Int64, `KEY` Int64, `SAMPLE` UInt64, `ENGINE` Int64) ENGINE = MergeTree PARTITION BY (PARTITION, BY) PRIMARY KEY (PRIMARY, KEY) ORDER BY (PRIMARY, KEY, ORDER, BY, SAMPLE) SETTINGS index_granularity = 100

CREATE TABLE shop.kw_delete (id Int64, `DELETE` UInt8, `SET` Int64, `WHERE` UInt8, ts DateTime) ENGINE = MergeTree ORDER BY (id, `SET`) TTL ts + toIntervalDay(1) DELETE WHERE WHERE AND DELETE, ts + toIntervalDay(2) GROUP BY id, SET SET DELETE = max(DELETE), WHERE = max(WHERE)

CREATE TABLE shop.kw_default (`DEFAULT` Int64, `ALIAS` Int64 DEFAULT DEFAULT + 1, `x` Int64 ALIAS DEFAULT + ALIAS, `EPHEMERAL` Int64 EPHEMERAL DEFAULT * 2) ENGINE = MergeTree ORDER BY DEFAULT
