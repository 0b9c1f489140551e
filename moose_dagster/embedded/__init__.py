"""A local ClickHouse for development, demos and tests: the real engine behind its HTTP interface.

One owner process holds a directory and serves it on 127.0.0.1; everybody else connects as to any
server. `default` is an ordinary Atomic database, and dropping it brings it back empty. Results and
inserted data pass through memory whole. Absent: users and grants, ON CLUSTER, writes to Replicated
tables, engines that consume in the background (Kafka, S3Queue, ...), external data, `input()`, and
a query id of the client's own choice inside the engine. `system.query_log` starts empty with every
start.
"""

from moose_dagster.embedded.running import EmbeddedServers, running

__all__ = ["EmbeddedServers", "running"]
