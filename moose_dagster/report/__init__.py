"""A plan and its result as text and as data."""
