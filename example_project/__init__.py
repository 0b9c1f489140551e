"""A small shop: one table of each life cycle, and Dagster definitions for them."""
