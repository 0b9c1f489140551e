"""Declare ClickHouse tables and Kafka topics; Dagster shows, plans, applies and watches their schemas."""
