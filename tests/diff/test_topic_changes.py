"""The changes of topics are a closed union, and each names its topic."""

from dataclasses import is_dataclass
from typing import get_args

import pytest

from moose_dagster.diff import topic_changes as changes
from moose_dagster.testing import a_topic

TOPIC = a_topic()


def test_every_class_belongs_to_the_union():
    classes = {value for value in vars(changes).values() if is_dataclass(value)}

    own = {one for one in classes if one.__module__ == changes.__name__}
    assert own == set(get_args(changes.TopicChange))


@pytest.mark.parametrize(
    ("change", "topic"),
    [
        (changes.CreateTopic(TOPIC), TOPIC.id),
        (changes.DropTopic(TOPIC.id), TOPIC.id),
        (changes.ChangeTopicConfig(TOPIC.id, "retention.ms", None, "1"), TOPIC.id),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_change_names_its_topic(change, topic):
    assert changes.topic_of(change) == topic
