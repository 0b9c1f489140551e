-- create
CREATE TABLE `shop`.`orders` ON CLUSTER `main` (`id` Int64, `note` String, `amount` Int64) ENGINE = ReplicatedMergeTree ORDER BY id;

-- add a column
ALTER TABLE `shop`.`orders` ON CLUSTER `main` ADD COLUMN `more` UInt8 AFTER `amount`;

-- widen a column, comment another one and the table
ALTER TABLE `shop`.`orders` ON CLUSTER `main` MODIFY COLUMN `note` COMMENT 'for people', MODIFY COLUMN `amount` Int64;
ALTER TABLE `shop`.`orders` ON CLUSTER `main` MODIFY COMMENT 'paid orders';

-- drop a column
CREATE TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` ON CLUSTER `main` AS `shop`.`orders`;
SYSTEM SYNC REPLICA ON CLUSTER `main` `shop`.`orders`;
ALTER TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` ON CLUSTER `main` ATTACH PARTITION ALL FROM `shop`.`orders`;
ALTER TABLE `shop`.`orders` ON CLUSTER `main` DROP COLUMN `amount`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of main

-- another setting
ALTER TABLE `shop`.`orders` ON CLUSTER `main` MODIFY SETTING ttl_only_drop_parts = 1;

-- another ORDER BY
-- BLOCK: shop.orders: ORDER BY (id) -> (note): the server can't sort stored rows in another order, and a copy on one host would miss the rows on the other hosts of the cluster (FULLY_MANAGED). Keep the live definition, or change it by hand.

-- drop
RENAME TABLE `shop`.`orders` TO `moose_dagster_trash`.`shop__orders__20260131T235959` ON CLUSTER `main`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of main
