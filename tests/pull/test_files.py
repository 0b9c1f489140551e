"""What a second pull does to the files of the first: edits stay, and nothing leaves the project."""

from dataclasses import replace

import pytest

from moose_dagster.pull import PullOptions, pull
from moose_dagster.pull.files import Origin, origin_of


@pytest.fixture
def pulled(db, cluster, tmp_path):
    """A function that pulls one table, and one topic if it is given a connection."""
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    cluster.live("clicks")
    options = PullOptions(
        databases=(db.database,), include=("orders", cluster.name("clicks")), folder=tmp_path / "p"
    )

    def run(kafka=None, **changed):
        return pull(db.clickhouse, kafka, replace(options, **changed))

    return run


@pytest.fixture
def module(db, tmp_path):
    return tmp_path / "p" / f"tables_{db.database}.py"


def edit(path):
    path.write_text(path.read_text().replace("EXTERNALLY_MANAGED", "DELETION_PROTECTED"))


def test_an_edited_file_stays_and_what_is_live_now_is_beside_it(pulled, module, db):
    pulled()
    edit(module)
    db.raw("ALTER TABLE shop.orders ADD COLUMN extra Int64")

    result = pulled()

    assert "DELETION_PROTECTED" in module.read_text()
    assert "extra" not in module.read_text()
    beside = module.with_name(f"{module.name}.new")
    assert "extra" in beside.read_text()
    (note,) = result.notes
    assert note == (
        f"{module} was edited since it was pulled, and stays as it is; what is live now is in "
        f"{beside}. Copy what you need, and the first line with it: its checksum tells the next "
        "pull what you have seen."
    )


def test_taking_over_the_first_line_is_enough(pulled, module, db):
    pulled()
    edit(module)
    db.raw("ALTER TABLE shop.orders ADD COLUMN extra Int64")
    pulled()
    beside = module.with_name(f"{module.name}.new")
    module.write_text(beside.read_text().replace("EXTERNALLY_MANAGED", "DELETION_PROTECTED"))
    beside.unlink()

    (note,) = pulled().notes

    assert note.endswith("stays as it is; the server has not changed since then.")
    assert not beside.exists()


def test_a_file_that_nobody_edited_follows_the_server(pulled, module, db):
    pulled()
    db.raw("ALTER TABLE shop.orders ADD COLUMN extra Int64")

    assert pulled().notes == ()

    assert "extra" in module.read_text()


def test_overwrite_takes_the_place_of_edits(pulled, module):
    pulled()
    edit(module)

    assert pulled(overwrite=True).notes == ()

    assert "DELETION_PROTECTED" not in module.read_text()


def test_an_edited_project_stays_as_well(pulled, module):
    pulled()
    project = module.with_name("project.py")
    project.write_text(project.read_text() + "# ours\n")

    pulled(project="another")

    assert project.read_text().endswith("# ours\n")
    assert 'Project("another"' in project.with_name("project.py.new").read_text()


def test_topics_stay_in_the_project_when_kafka_is_not_given(pulled, module, cluster):
    first = pulled(cluster.kafka)
    text = module.with_name("project.py").read_text()
    assert "import streams" in text

    second = pulled()

    assert first.notes == second.notes == ()
    assert module.with_name("project.py").read_text() == text


def test_tables_stay_in_the_project_when_only_kafka_is_given(pulled, module, cluster, tmp_path):
    pulled(cluster.kafka)
    text = module.with_name("project.py").read_text()

    options = PullOptions(include=(cluster.name("clicks"),), folder=tmp_path / "p")
    result = pull(None, cluster.kafka, options)

    assert result.notes == ()
    assert module.with_name("project.py").read_text() == text


def test_a_database_that_is_not_asked_for_stays_in_the_project(pulled, module, db):
    pulled()

    result = pulled(databases=("default",))

    assert result.notes == ()
    assert module.stem in module.with_name("project.py").read_text()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        (None, Origin.ABSENT),
        ("", Origin.FOREIGN),
        ('"""Pulled by moose-dagster: by hand."""\n', Origin.FOREIGN),
        (
            "# Written by `moose-dagster pull`; checksum of the rest: 0123456789abcdef\n",
            Origin.EDITED,
        ),
        ("\n\n", Origin.FOREIGN),
    ],
)
def test_who_wrote_a_file(tmp_path, text, origin):
    path = tmp_path / "file.py"
    if text is not None:
        path.write_text(text)

    assert origin_of(path) is origin


def test_a_foreign_file_of_another_encoding_is_not_an_obstacle(pulled, module):
    pulled()
    module.with_name("latin.py").write_bytes(b"# caf\xe9\n")

    assert pulled().notes == ()
