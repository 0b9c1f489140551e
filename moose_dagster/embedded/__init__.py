"""A local ClickHouse and a local Kafka for development, demos and tests.

One owner process holds a directory and serves it on 127.0.0.1; everybody else connects as to any
server. ClickHouse is the real engine behind its HTTP interface: `default` is an ordinary Atomic
database, which is empty again after it was dropped. Results and inserted data pass through memory
whole. Not supported: users and grants, ON CLUSTER, writes to Replicated tables, engines that
consume in the background (Kafka, S3Queue, ...), external data, `input()`, and a query id that the
client chooses. `system.query_log` is empty after every start.
"""

from moose_dagster.embedded.running import EmbeddedServers, running

__all__ = ["EmbeddedServers", "running"]
