"""What a reconcile tells its caller while it runs."""

from scenarios.database import declared

from moose_dagster import Options, RunCallbacks, reconcile
from moose_dagster.plan.steps import AnyAction, Plan


def test_the_plan_is_told_first_and_then_each_action(db):
    calls = list[str]()

    def planned(plan: Plan) -> None:
        calls.append(f"{len(plan.steps)} planned")
        assert not db.rows(f"SELECT 1 FROM system.tables WHERE database = '{db.database}'")

    def started(action: AnyAction) -> None:
        calls.append(f"{action.route.value} {action.resource}")

    project = db.project(declared("a", "id Int64"), declared("b", "id Int64"))
    callbacks = RunCallbacks(planned=planned, started=started)
    reconcile(project, db.clickhouse, Options(**db.options), callbacks=callbacks)

    assert calls == ["2 planned", f"CREATE {db.database}.a", f"CREATE {db.database}.b"]


def test_nothing_is_told_where_there_is_nothing_to_do(db):
    calls = list[Plan]()
    project = db.project(declared("a", "id Int64"))
    reconcile(project, db.clickhouse, Options(**db.options))

    reconcile(
        project, db.clickhouse, Options(**db.options), callbacks=RunCallbacks(planned=calls.append)
    )

    assert calls == []
