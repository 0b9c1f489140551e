"""Write and read ClickHouse text without a connection."""
