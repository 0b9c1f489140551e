"""ClickHouse text without a connection: quoting, CREATE, and the proof that live was understood."""
