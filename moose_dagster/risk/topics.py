"""How bad a change of a topic could be for messages, durability and those who produce."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import assert_never

from moose_dagster.diff import topic_changes as changes
from moose_dagster.diff.topic_changes import TopicChange
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.state.counting import counted
from moose_dagster.state.topics import Topic

_RETENTION = frozenset({"retention.ms", "retention.bytes"})
# A lower value takes something away that a higher one gave.
_LOWER_HURTS: Mapping[str, str] = {
    "max.message.bytes": "producers of larger messages would be refused",
    "min.insync.replicas": "messages would be acknowledged with fewer copies",
    "delete.retention.ms": "tombstones would vanish before slow consumers saw them",
    "max.compaction.lag.ms": "old values would be compacted away sooner",
    "message.timestamp.before.max.ms": "producers of older messages would be refused",
    "message.timestamp.after.max.ms": "producers of messages from the future would be refused",
    "message.timestamp.difference.max.ms": "producers of older messages would be refused",
}
_UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class TopicContext:
    """What is known of a change of a topic besides its two sides.

    Attributes:
        live: The live topic; None for one to create.
        changes: Every change of the topic in this plan.
        messages: How many messages it holds.
        recreate: Whether this run may delete a topic that holds messages and create it again.
        proofs: What probes found, by config name.
        overrides: The configs that the topic itself sets.
    """

    live: Topic | None = None
    changes: tuple[TopicChange, ...] = ()
    messages: int = 0
    recreate: bool = False
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    overrides: frozenset[str] = frozenset()


def topic_risk_of(change: TopicChange, context: TopicContext) -> Assessment:
    """Return how bad *change* could be where it stands."""
    match change:
        case changes.CreateTopic():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case changes.DropTopic():
            return Assessment(
                Risk.DESTRUCTIVE,
                f"the topic would disappear with {counted(context.messages, 'message')}",
            )
        case changes.ChangePartitions():
            if change.desired > change.live:
                return _more_partitions(context)
            return _fewer_partitions(context)
        case changes.ChangeReplicationFactor():
            return Assessment(
                Risk.IMPOSSIBLE, "copies are moved by a partition reassignment, not by this library"
            )
        case changes.ChangeTopicConfig():
            return _config_change(change, context)
        case _:
            assert_never(change)


def _more_partitions(context: TopicContext) -> Assessment:
    # From 4 to 6 partitions of Kafka 3.9, 59 % of the keys go to another partition.
    if "compact" in _policy(context):
        why = (
            "later messages of a key may go to another partition, so a compacted topic would keep "
            "two values of it"
        )
        return Assessment(Risk.DESTRUCTIVE, why)
    return Assessment(
        Risk.SAFE,
        "no message moves, but later messages of a key may go to another partition",
    )


def _fewer_partitions(context: TopicContext) -> Assessment:
    # Kafka 3.9 answers CreatePartitions with a lower number with INVALID_PARTITIONS (37).
    if context.messages == 0:
        return Assessment(
            Risk.REBUILD, "the topic holds no message; it must be deleted and created again"
        )
    messages = counted(context.messages, "message")
    recreated = "the topic must be deleted and created again"
    if context.recreate:
        return Assessment(Risk.DESTRUCTIVE, f"{recreated}, without its {messages}")
    why = f"{recreated}, and it holds {messages}; only a run with recreate_topics does so"
    return Assessment(Risk.IMPOSSIBLE, why)


def _config_change(change: changes.ChangeTopicConfig, context: TopicContext) -> Assessment:
    name = change.name
    live = change.live
    desired = change.desired
    if live is None:
        return Assessment(Risk.IMPOSSIBLE, "the broker knows no such config")
    if name in _RETENTION:
        return _retention_change(name, int(live), int(desired), context)
    # From delete to compact, Kafka 3.9 also refuses every message without a key at once (87).
    if name == "cleanup.policy":
        return Assessment(
            Risk.DESTRUCTIVE,
            "messages would be removed by another rule",
        )
    if name == "message.timestamp.type":
        return Assessment(Risk.DESTRUCTIVE, "retention would count from another time")
    if name == "remote.storage.enable" and desired == "false":
        return Assessment(Risk.DESTRUCTIVE, "messages that only remote storage holds would be lost")
    if name == "unclean.leader.election.enable" and desired == "true":
        return Assessment(
            Risk.DESTRUCTIVE, "acknowledged messages could be lost when a leader fails"
        )
    copies = context.live.replication_factor if context.live else None
    # Kafka 3.9 takes a value above the replication factor without an error.
    if name == "min.insync.replicas" and copies is not None and copies < int(desired):
        return Assessment(
            Risk.DESTRUCTIVE,
            f"there are {copies} copies: producers that wait for more would be refused",
        )
    if name in _LOWER_HURTS and int(desired) < int(live):
        return Assessment(Risk.DESTRUCTIVE, _LOWER_HURTS[name])
    return Assessment(Risk.SAFE, "stored messages stay as they are")


def _retention_change(name: str, live: int, desired: int, context: TopicContext) -> Assessment:
    longer = desired == _UNLIMITED or (live != _UNLIMITED and desired >= live)
    if longer:
        return Assessment(Risk.SAFE, "messages only stay longer")
    if context.messages == 0 or "delete" not in _policy(context):
        return Assessment(Risk.SAFE, "it deletes no stored message")
    # Kafka deletes closed segments in the background, every five minutes by default.
    if name == "retention.bytes":
        messages = counted(context.messages, "message")
        why = f"the oldest of its {messages} would be deleted and can't be restored"
        return Assessment(Risk.DESTRUCTIVE, why)
    proof = context.proofs.get(name)
    if proof is None:
        return Assessment(
            Risk.DATA_DEPENDENT, "older messages would be deleted, and how many can't be told"
        )
    if proof.rows == 0:
        return Assessment(Risk.SAFE, "no stored message is old enough to be deleted")
    return Assessment(
        Risk.DESTRUCTIVE,
        f"{counted(proof.rows, 'message')} would be deleted and can't be restored",
    )


def _policy(context: TopicContext) -> frozenset[str]:
    if context.live is None:
        return frozenset()
    return frozenset(context.live.configs.get("cleanup.policy", "delete").split(","))
