"""Rows of our own arrive as they were."""

from datetime import datetime, timedelta, timezone

TEXTS = ["", "NULL", "a'b\"c\\\n\t\0é😀"]


def test_texts_numbers_and_times_are_read_as_they_were_inserted(db):
    db.live(
        "t (n UInt64, text String, kind LowCardinality(String), at DateTime64(6, 'UTC')) "
        "ENGINE = MergeTree ORDER BY n"
    )
    later = datetime(2126, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))
    rows = [[2**63 + number, text, text, later] for number, text in enumerate(TEXTS)]

    db.clickhouse.insert(f"`{db.database}`.`t`", ["n", "text", "kind", "at"], rows)

    stored = db.rows("SELECT n, text, kind, toString(at) FROM shop.t ORDER BY n")
    at = "2126-01-02 01:04:05.678901"
    assert stored == [(number, text, kind, at) for number, text, kind, _ in rows]
