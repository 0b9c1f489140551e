-- create
-- BLOCK: shop.orders: create table: its path in Keeper holds the UUID of the table, which only ON CLUSTER or a database of engine Replicated makes the same on all replicas (FULLY_MANAGED). Declare cluster, or keeper_path and replica_name, such as '/clickhouse/tables/{shard}/{database}/{table}' and '{replica}'.

-- add a column
ALTER TABLE `shop`.`orders` ADD COLUMN `more` UInt8 AFTER `amount`;

-- widen a column, comment another one and the table
ALTER TABLE `shop`.`orders` MODIFY COLUMN `note` COMMENT 'for people', MODIFY COLUMN `amount` Int64;
ALTER TABLE `shop`.`orders` MODIFY COMMENT 'paid orders';

-- drop a column
CREATE TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` AS `shop`.`orders` ENGINE = ReplicatedMergeTree('/clickhouse/tables/shop__orders__20260131T235959/{shard}', '{replica}') ORDER BY id;
SYSTEM SYNC REPLICA `shop`.`orders`;
ALTER TABLE `moose_dagster_trash`.`shop__orders__20260131T235959` ATTACH PARTITION ALL FROM `shop`.`orders`;
ALTER TABLE `shop`.`orders` DROP COLUMN `amount`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of this server

-- another setting
ALTER TABLE `shop`.`orders` MODIFY SETTING ttl_only_drop_parts = 1;

-- another ORDER BY
CREATE TABLE `moose_dagster_trash`.`rebuild__shop__orders__20260131T235959` (`id` Int64, `note` String, `amount` Int64) ENGINE = ReplicatedMergeTree('/clickhouse/tables/rebuild__shop__orders__20260131T235959/{shard}', '{replica}') ORDER BY note;
CREATE TABLE `moose_dagster_trash`.`staging__1__shop__orders__20260131T235959` AS `moose_dagster_trash`.`rebuild__shop__orders__20260131T235959` ENGINE = ReplicatedMergeTree('/clickhouse/tables/rebuild__shop__orders__20260131T235959/{shard}__staging__1__shop__orders__20260131T235959', '{replica}') ORDER BY note;
SYSTEM STOP MERGES `moose_dagster_trash`.`staging__1__shop__orders__20260131T235959`;
ALTER TABLE `shop`.`orders` MODIFY SETTING enable_block_number_column = 1, max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1;
ALTER TABLE `shop`.`orders` RESET SETTING max_bytes_to_merge_at_max_space_in_pool, max_bytes_to_merge_at_min_space_in_pool;
INSERT INTO `moose_dagster_trash`.`staging__1__shop__orders__20260131T235959` (`id`, `note`, `amount`) SELECT `id`, `note`, `amount` FROM `shop`.`orders` WHERE _partition_id = {partition} AND _block_number <= {block};
ALTER TABLE `moose_dagster_trash`.`staging__1__shop__orders__20260131T235959` MOVE PARTITION ID '{partition}' TO TABLE `moose_dagster_trash`.`rebuild__shop__orders__20260131T235959`;
EXCHANGE TABLES `shop`.`orders` AND `moose_dagster_trash`.`rebuild__shop__orders__20260131T235959`;
RENAME TABLE `moose_dagster_trash`.`rebuild__shop__orders__20260131T235959` TO `moose_dagster_trash`.`former__shop__orders__20260131T235959`;
ALTER TABLE `moose_dagster_trash`.`former__shop__orders__20260131T235959` RESET SETTING enable_block_number_column, max_bytes_to_merge_at_max_space_in_pool, max_bytes_to_merge_at_min_space_in_pool;
DROP TABLE IF EXISTS `moose_dagster_trash`.`staging__1__shop__orders__20260131T235959` SYNC;
RENAME TABLE `moose_dagster_trash`.`former__shop__orders__20260131T235959` TO `moose_dagster_trash`.`shop__orders__20260131T235959`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of this server

-- drop
RENAME TABLE `shop`.`orders` TO `moose_dagster_trash`.`shop__orders__20260131T235959`;
-- in the trash: moose_dagster_trash.shop__orders__20260131T235959 of this server
