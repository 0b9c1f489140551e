"""Effects of a real cluster that tests can switch on; a broker that is served has none of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ANONYMOUS = "User:ANONYMOUS"
EVERY_TOPIC = "*"


@dataclass(frozen=True, slots=True)
class Denial:
    """Rights that a principal does not have.

    Attributes:
        principal: Who lacks them, such as `User:reader`.
        operations: Names of Kafka's ACL operations, such as `Describe` or `DescribeConfigs`.
        topic: The topic they concern, `EVERY_TOPIC` for all.
    """

    principal: str
    operations: frozenset[str]
    topic: str = EVERY_TOPIC


@dataclass(frozen=True, slots=True)
class ClusterEffects:
    """What a cluster of several brokers does and this broker does not, for tests only.

    Attributes:
        leader_delay_ms: How long a new partition has no leader: its offsets are refused with
            NOT_LEADER_OR_FOLLOWER. Apache Kafka 3.9 takes 57 to 474 ms.
        stale_ms: How old the metadata and the configs are that the broker answers with.
        denials: The rights that principals lack; they have all others.
        users: Passwords by user name. If there are any, clients must log in with SASL/PLAIN; else
            everybody is `ANONYMOUS`.
    """

    leader_delay_ms: int = 0
    stale_ms: int = 0
    denials: tuple[Denial, ...] = ()
    users: Mapping[str, str] = field(default_factory=dict[str, str])

    def is_denied(self, principal: str, operation: str, topic: str) -> bool:
        """Return whether *principal* lacks the right to do *operation* on *topic*."""
        return any(
            denial.principal == principal
            and operation in denial.operations
            and denial.topic in {topic, EVERY_TOPIC}
            for denial in self.denials
        )
