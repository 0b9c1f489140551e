"""What programs read: one object on stdout, whose keys stay."""


def test_a_plan_as_json(desk):
    data = desk.json("plan", code=2)

    assert list(data) == ["project", "exit_code", "counts", "plan", "impact", "problems"]
    assert data["counts"] == {"apply": 1, "block": 0, "drift": 0}
    assert list(data["plan"]) == ["fingerprint", "steps", "actions", "notes"]
    (action,) = data["plan"]["actions"]
    assert action["resource"] == f"{desk.database}.orders"
    assert action["statements"][0].startswith("CREATE TABLE")
    assert data["plan"]["steps"][0]["statement"] == ";\n".join(action["statements"])


def test_the_impact_of_a_plan_as_json(desk):
    desk.declare()
    desk.table("gone String")
    desk.clickhouse.command(f"INSERT INTO {desk.database}.orders VALUES ('a', 'b')")
    desk.clickhouse.command(
        f"CREATE VIEW {desk.database}.theirs AS SELECT id FROM {desk.database}.orders"
    )

    (impact,) = desk.json("plan", "--adopt", code=2)["impact"]

    assert (impact["rows"], impact["lost"]) == (1, {"gone": 1})
    assert impact["views"] == [f"{desk.database}.theirs"]


def test_the_requests_of_topics_are_among_the_actions(desk):
    desk.declare("note: str", topic=True)

    actions = desk.json("plan", "--select", desk.topic, code=2)["plan"]["actions"]

    assert [(action["resource"], action["route"]) for action in actions] == [(desk.topic, "CREATE")]
    assert actions[0]["statements"] == [
        f"CreateTopics {desk.topic} partitions=2 replication_factor=default"
    ]


def test_an_apply_as_json(desk):
    data = desk.json("apply", "--yes", code=0)

    keys = [
        "project",
        "exit_code",
        "run_id",
        "recovered",
        "plan",
        "results",
        "unfinished",
        "left",
        "problems",
    ]
    assert list(data) == keys
    (result,) = data["results"]
    assert list(result) == ["resource", "route", "outcome", "milliseconds", "error", "code"]
    assert (result["route"], result["outcome"]) == ("CREATE", "ok")
    assert data["left"]["counts"] == {"apply": 0, "block": 0, "drift": 0}


def test_apply_has_no_place_for_a_question_beside_json(desk):
    data = desk.json("apply", code=1)

    assert data == {
        "error": "with --json, apply can't ask whether to go on; add --yes.",
        "exit_code": 1,
    }


def test_a_check_as_json(desk):
    desk.table("")

    (resource,) = desk.json("check", code=3)["resources"]

    assert list(resource) == ["resource", "life_cycle", "passed", "differences"]
    assert resource["passed"] is False
    assert resource["differences"][0]["facet"] == "column"


def test_the_history_as_json(desk):
    desk.run("apply", "--yes", code=0)

    (entry,) = desk.json("history", code=0)["history"]

    assert set(entry) == {
        "sent_at",
        "run_id",
        "plan",
        "resource",
        "statement",
        "milliseconds",
        "error",
        "outcome",
    }
    assert entry["sent_at"].endswith("+00:00")
    assert entry["outcome"] == "ok"


def test_an_error_as_json(desk):
    data = desk.json("plan", "no.such.module", code=1)

    assert data["exit_code"] == 1
    assert "there is no module no" in data["error"]
