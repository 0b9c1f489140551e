"""A secret is hidden also where a server shows it."""

import pytest

from moose_dagster.sql.shown_secrets import redacted_engine, redacted_keys, redacted_settings
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Engine
from moose_dagster.state.tokens import bracketed, split_top_level

ENGINES = [
    "Redis('h:1', 0, 'hush')",
    "Redis('h:1', 0, 'hush', 16)",
    "MySQL('h:1', 'd', 't', 'u', 'hush')",
    "MySQL(named, password = 'hush')",
    "PostgreSQL('h:1', 'd', 't', 'u', 'hush', 'schema')",
    "MongoDB('h:1', 'd', 'c', 'u', 'hush')",
    "MongoDB('mongodb://u:hush@h/d', 'c')",
    "ExternalDistributed('MySQL', 'h:1', 'd', 't', 'u', 'hush')",
    "S3('http://h/x', 'key', 'hush')",
    "S3('http://h/x', 'key', 'hush', 'CSV')",
    "S3('http://h/x', 'key', 'hush', 'CSV', 'gzip')",
    "S3('http://h/x', 'key', 'hush', 'hush', 'CSV')",
    "S3Queue('http://h/x', 'key', 'hush', 'hush', 'CSV', 'gzip')",
    "S3(named, secret_access_key = 'hush')",
    "AzureBlobStorage('https://h', 'c', 'p', 'account', 'hush', 'CSV')",
    "AzureBlobStorage('AccountName=a;AccountKey=hush==;EndpointSuffix=e', 'c', 'p', 'CSV')",
    "URL('https://h/x?a=b&token=hush', 'CSV')",
    "URL('https://me:hush@h/x', 'CSV')",
    "ODBC('DSN=x;PWD=hush', 'd', 't')",
]
OPEN = [
    "S3('http://h/x', 'CSV')",
    "S3('http://h/x', 'CSV', 'gzip')",
    "S3('http://h/x', NOSIGN, 'CSV')",
    "S3('http://h/x', 'NOSIGN', 'CSV', 'gzip')",
    "Kafka('b:1', 't', 'g', 'CSV')",
    "Distributed('c', 'd', 't', rand(), 'policy')",
    "ReplicatedReplacingMergeTree('/clickhouse/{shard}', '{replica}', ver, is_deleted)",
]


def engine(text):
    name, inside, _ = bracketed(text)
    return Engine(name, split_top_level(inside))


@pytest.mark.parametrize("text", ENGINES)
def test_what_is_secret_of_an_engine_is_hidden_and_nothing_else(text):
    hidden = str(redacted_engine(engine(text)))

    assert hidden == text.replace("hush==", REDACTED).replace("hush", REDACTED)
    assert str(redacted_engine(engine(hidden))) == hidden


@pytest.mark.parametrize("text", OPEN)
def test_an_engine_without_a_secret_stays_as_it_is(text):
    assert str(redacted_engine(engine(text))) == text


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("encrypt('aes-128-ecb', s, 'hush')", "encrypt('aes-128-ecb', '[HIDDEN]')"),
        ("lower(tryDecrypt('m', f(s, 1), 'hush')) || s", "lower(tryDecrypt('m', '[HIDDEN]')) || s"),
        ("encrypt('m', '[HIDDEN]')", "encrypt('m', '[HIDDEN]')"),
        ("encrypt + decrypted(s, 'open')", "encrypt + decrypted(s, 'open')"),
    ],
)
def test_of_a_cipher_only_the_mode_is_shown(expression, shown):
    assert redacted_keys(expression) == shown


def test_the_passwords_among_settings_are_hidden():
    settings = {"kafka_sasl_password": "hush", "kafka_topic_list": "t", "nats_token": "hush"}

    assert redacted_settings(settings) == {
        **settings,
        "kafka_sasl_password": REDACTED,
        "nats_token": REDACTED,
    }
