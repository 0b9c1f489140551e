"""A plan bound to the live state that it was made for, and what has changed since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moose_dagster.plan.steps import Plan, fingerprint_of
from moose_dagster.state.names import ResourceId


@dataclass(frozen=True, slots=True)
class BoundPlan:
    """The one plan that may be applied, with the live state that it was made for.

    Attributes:
        fingerprint: That of the plan.
        steps: What is decided about each resource with steps, as sentences, by its name.
        live: A fingerprint of what is live of each of these resources, by its name.
    """

    fingerprint: str
    steps: Mapping[str, tuple[str, ...]]
    live: Mapping[str, str]

    def changed_in(self, other: "BoundPlan") -> tuple[str, ...]:
        """Return a sentence for each thing that is different in *other*; none if it is the same."""
        changed = list[str]()
        for name in sorted({*self.steps, *other.steps}):
            changed += self._changed_steps(other, name)
            both_live = self.live.get(name), other.live.get(name)
            if None not in both_live and both_live[0] != both_live[1]:
                changed.append(f"{name}: what is live is not the same.")
        if not changed and self.fingerprint != other.fingerprint:
            changed.append(f"the plan is {other.fingerprint}, and was {self.fingerprint}.")
        return tuple(changed)

    def _changed_steps(self, other: "BoundPlan", name: str) -> Iterator[str]:
        before = self.steps.get(name, ())
        now = other.steps.get(name, ())
        yield from (f"no longer planned: {step}" for step in before if step not in now)
        yield from (f"planned now: {step}" for step in now if step not in before)


def bind_plan(plan: Plan, live: Mapping[ResourceId, object]) -> BoundPlan:
    """Return *plan* bound to *live*.

    Args:
        plan: What may be applied.
        live: What is live of each resource: its schema, which table it is, whether it holds rows.
    """
    plans = plan.apart()
    steps = {str(resource): _sentences(of_resource) for resource, of_resource in plans.items()}
    bound = {str(resource): fingerprint_of([resource, live.get(resource)]) for resource in plans}
    return BoundPlan(plan.fingerprint, steps, bound)


def _sentences(plan: Plan) -> tuple[str, ...]:
    return tuple(f"{step.reason} [{step.verdict.value}]" for step in plan.steps)
