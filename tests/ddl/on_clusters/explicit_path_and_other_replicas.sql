-- create
CREATE TABLE `shop`.`orders` (`id` Int64, `note` String, `amount` Int64) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/orders', '{replica}') ORDER BY id;

-- add a column
ALTER TABLE `shop`.`orders` ADD COLUMN `more` UInt8 AFTER `amount`;

-- widen a column, comment another one and the table
ALTER TABLE `shop`.`orders` MODIFY COLUMN `note` COMMENT 'for people', MODIFY COLUMN `amount` Int64;
ALTER TABLE `shop`.`orders` MODIFY COMMENT 'paid orders';

-- drop a column
CREATE TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` AS `shop`.`orders` ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/orders__shop__orders__20260131T235959', '{replica}') ORDER BY id;
SYSTEM SYNC REPLICA `shop`.`orders`;
ALTER TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` ATTACH PARTITION ALL FROM `shop`.`orders`;
ALTER TABLE `shop`.`orders` DROP COLUMN `amount`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of this server

-- another setting
ALTER TABLE `shop`.`orders` MODIFY SETTING ttl_only_drop_parts = 1;

-- another ORDER BY
-- BLOCK: shop.orders: ORDER BY (id) -> (note): the server can't sort stored rows in another order, and 2 other hosts would keep the former table, with which this one replicates (FULLY_MANAGED). Keep the live definition, or change it by hand.

-- drop
RENAME TABLE `shop`.`orders` TO `moose_dagster_trash`.`shop__orders__20260131T235959`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of this server
