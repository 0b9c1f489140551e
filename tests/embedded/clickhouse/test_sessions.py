import threading
import time
import uuid

import pytest


@pytest.fixture
def session():
    return {"session_id": str(uuid.uuid4())}


def code_of(answer):
    return answer.headers["X-ClickHouse-Exception-Code"]


def test_a_session_keeps_temporary_tables(ask, session):
    ask("CREATE TEMPORARY TABLE mine AS SELECT 5 AS n", **session)

    assert ask("SELECT n FROM mine", **session).data == b"5\n"
    assert ask("SELECT n FROM mine").status == 404
    assert ask("SELECT n FROM mine", session_id="another").status == 404


def test_a_session_keeps_settings_and_database(ask, session):
    ask("SET max_threads = 3", **session)
    ask("USE system", **session)

    after = ask("SELECT getSetting('max_threads'), currentDatabase()", **session)
    assert after.data == b"3\tsystem\n"


def test_a_setting_in_the_url_does_not_stay_in_the_session(ask, session):
    ask("SET max_block_size = 77", **session)

    inside = ask(
        "SELECT getSetting('max_block_size'), getSetting('max_threads')",
        max_block_size=5,
        max_threads=3,
        **session,
    )

    assert inside.data == b"5\t3\n"
    changed = ask(
        "SELECT name, value FROM system.settings "
        "WHERE changed AND name IN ('max_block_size', 'max_threads')",
        **session,
    )
    assert changed.data == b"max_block_size\t77\n"


@pytest.mark.parametrize(
    ("before", "parameters"),
    [
        ("SELECT 1 SETTINGS max_threads = 3", {}),
        ("SELECT 1", {"max_threads": 3}),
        ("SELECT 1", {"database": "system"}),
        ("SELECT {mine:Int8}", {"param_mine": 1}),
        ("SET max_threads = 3", {}),
        ("USE system", {}),
        ("CREATE TEMPORARY TABLE mine (n Int8)", {}),
    ],
)
def test_a_request_without_a_session_leaves_nothing_to_the_next(ask, before, parameters):
    state = (
        "SELECT value, changed, currentDatabase(), (SELECT count() FROM system.tables "
        "WHERE is_temporary AND name = 'mine') FROM system.settings WHERE name = 'max_threads'"
    )
    untouched = ask(state).data

    assert ask(before, **parameters).status == 200

    assert ask(state).data == untouched
    assert ask("SELECT {mine:Int8}").status != 200


def test_a_database_in_the_url_does_not_stay_in_the_session(ask, session):
    assert ask("SELECT currentDatabase()", database="system", **session).data == b"system\n"
    assert ask("SELECT currentDatabase()", **session).data == b"default\n"


def test_two_queries_at_once_in_a_session_are_refused(ask, session):
    slow = threading.Thread(target=ask, args=("SELECT sleep(0.8)",), kwargs=session)
    slow.start()
    time.sleep(0.3)

    answer = ask("SELECT 1", **session)

    assert code_of(answer) == "373"
    slow.join()
    assert ask("SELECT 1", **session).data == b"1\n"


def test_a_session_that_must_exist_is_checked(ask, session):
    assert code_of(ask("SELECT 1", session_check=1, **session)) == "372"
    ask("SELECT 1", **session)
    assert ask("SELECT 1", session_check=1, **session).data == b"1\n"


def test_a_session_ends_after_its_timeout(ask, session):
    ask("SELECT 1", session_timeout=0, **session)

    assert code_of(ask("SELECT 1", session_check=1, **session)) == "372"


def test_a_session_timeout_has_a_limit(ask, session):
    assert code_of(ask("SELECT 1", session_timeout=4000, **session)) == "374"
    assert code_of(ask("SELECT 1", session_timeout="soon", **session)) == "374"
