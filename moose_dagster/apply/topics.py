"""Ask the broker for what a plan allows, batched, and wait until it shows."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from moose_dagster.apply.guard import guard_all
from moose_dagster.apply.results import Result
from moose_dagster.clients.kafka import Kafka, Layout
from moose_dagster.ddl.topics import AddPartitions, Create, Delete, Request, SetConfigs, requests_of
from moose_dagster.errors import LockLost, ServerError, ServerFailure, ServerUnreachable
from moose_dagster.ledger.writer import Sent
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.steps import TopicAction
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId
from moose_dagster.state.topic_configs import topic_config_text
from moose_dagster.state.topics import Topic, TopicId

# Apache Kafka 3.9 may show the old value for a while after it answered with OK. The offsets of a
# new topic can be read after 57 to 164 ms with one broker, and after 338 to 474 ms with three.
_SECONDS_TO_SHOW = 15.0
_SECONDS_BETWEEN_LOOKS = 0.05
_BROKERS_OWN = -1


@dataclass(slots=True)
class TopicExecutor:
    """Carries out the actions of a plan's topics.

    Attributes:
        kafka: The cluster.
        life_cycles: The life cycle of every topic of the project.
        progress: Called before each action.
        verify: Makes sure before each request that this run still holds the lock, or raises
            LockLost.
        sent: The requests of this run, for the history.
    """

    kafka: Kafka
    life_cycles: Mapping[ResourceId, LifeCycle]
    progress: Callable[[TopicAction], None]
    verify: Callable[[], None] = lambda: None
    sent: list[Sent] = field(default_factory=list[Sent])
    _errors: dict[str, ServerFailure] = field(default_factory=dict[str, ServerFailure])

    def run(self, actions: Sequence[TopicAction]) -> tuple[Result, ...]:
        """Make every one of *actions*; a topic that is refused stops no other.

        Raises:
            GuardError: An action holds a step its life cycle forbids; nothing was sent.
        """
        guard_all(actions, self.life_cycles)
        for action in actions:
            self.progress(action)
        started = time.monotonic()
        waves = [requests_of(action) for action in actions]
        try:
            for position in range(max(map(len, waves), default=0)):
                self._send(
                    [
                        wave[position]
                        for wave in waves
                        if position < len(wave) and self._can_resume(wave[position])
                    ]
                )
            self._wait([action for action in actions if action.topic.name not in self._errors])
        except (ServerUnreachable, LockLost) as stopped:
            # What was asked may or may not have been done; the next look at the cluster tells.
            unreachable = ServerUnreachable(str(stopped))
            self._errors.update(
                {
                    action.topic.name: unreachable
                    for action in actions
                    if action.topic.name not in self._errors
                }
            )
        milliseconds = round((time.monotonic() - started) * 1000)
        return tuple(self._result(action, milliseconds) for action in actions)

    def _can_resume(self, request: Request) -> bool:
        return request.topic not in self._errors

    def _send(self, requests: Sequence[Request]) -> None:
        creates = [request for request in requests if isinstance(request, Create)]
        self._note(
            creates, lambda: self.kafka.create([(r.topic, _layout(r), r.configs) for r in creates])
        )
        configs = [request for request in requests if isinstance(request, SetConfigs)]
        self._note(configs, lambda: self.kafka.set_configs({r.topic: r.configs for r in configs}))
        partitions = [request for request in requests if isinstance(request, AddPartitions)]
        self._note(
            partitions, lambda: self.kafka.add_partitions({r.topic: r.total for r in partitions})
        )
        deletes = [request for request in requests if isinstance(request, Delete)]
        self._note(deletes, lambda: self.kafka.delete([r.topic for r in deletes]))
        self._wait_gone({request.topic for request in deletes} - self._errors.keys())

    def _note(
        self, requests: Sequence[Request], ask: Callable[[], Mapping[str, ServerError]]
    ) -> None:
        if not requests:
            return
        self.verify()
        at = datetime.now(timezone.utc)
        started = time.monotonic()
        refused = ask()
        milliseconds = round((time.monotonic() - started) * 1000)
        self._errors.update(refused)
        self.sent.extend(
            Sent(TopicId(r.topic), str(r), at, milliseconds, str(refused.get(r.topic, "")))
            for r in requests
        )

    def _wait_gone(self, names: Collection[str]) -> None:
        self._until(
            lambda: {
                name: "is still listed" for name in self.kafka.layouts().found if name in names
            }
        )

    def _wait(self, actions: Sequence[TopicAction]) -> None:
        targets = [action.target for action in actions if action.target is not None]
        self._until(lambda: self._not_shown(targets))

    def _not_shown(self, targets: Sequence[Topic]) -> Mapping[str, str]:
        if not targets:
            return {}
        layouts = self.kafka.layouts().found
        names = [target.id.name for target in targets]
        described = self.kafka.configs([name for name in names if name in layouts])
        # A principal without DescribeConfigs would wait for what it never sees.
        self._errors.update(described.refused)
        configs = described.found
        missing = dict[str, str]()
        for target in targets:
            name = target.id.name
            if name in self._errors:
                continue
            shown = {
                key: topic_config_text(key, config.value)
                for key, config in configs.get(name, {}).items()
            }
            if name not in layouts:
                missing[name] = "is not listed"
            elif target.partitions is not None and layouts[name].partitions != target.partitions:
                missing[name] = f"shows {counted(layouts[name].partitions, 'partition')}"
            elif any(shown.get(key) != value for key, value in target.configs.items()):
                missing[name] = "shows other configs"
        ready = {
            name: layouts[name].partitions
            for name in names
            if name not in missing and name not in self._errors
        }
        for name, error in self.kafka.spans(ready).refused.items():
            missing[name] = f"can't be read: {error}"
        return missing

    def _until(self, look: Callable[[], Mapping[str, str]]) -> None:
        """Look again until nothing is missing; what still is then is an error."""
        until = time.monotonic() + _SECONDS_TO_SHOW
        missing = look()
        while missing and time.monotonic() < until:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            missing = look()
        for name, what in missing.items():
            self._errors[name] = ServerError(
                f"the broker answered OK, and {_SECONDS_TO_SHOW:.0f} s later {name} {what}"
            )

    def _result(self, action: TopicAction, milliseconds: int) -> Result:
        error = self._errors.get(action.topic.name)
        code = error.code if isinstance(error, ServerError) else None
        return Result(action, milliseconds, str(error) if error else "", code)


def _layout(request: Create) -> Layout:
    return Layout(request.partitions, request.replication_factor or _BROKERS_OWN)
