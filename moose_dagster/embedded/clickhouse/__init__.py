"""An HTTP server on 127.0.0.1 over chDB, the real ClickHouse engine."""
