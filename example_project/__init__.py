"""A small shop: one table and one topic of each life cycle, and Dagster definitions for them."""
