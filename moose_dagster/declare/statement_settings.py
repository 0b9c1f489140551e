"""Settings of a table that are sent with its statements and not stored with it."""

from collections.abc import Iterable, Iterator

from moose_dagster.declare.codecs import refused_codecs
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.tables import OlapConfig
from moose_dagster.state.canonical import canonical_setting
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed, tokens
from moose_dagster.state.types import without_nullable

_NAMES = frozenset(
    {
        "flatten_nested",
        "allow_suspicious_low_cardinality_types",
        "allow_suspicious_fixed_string_types",
        "allow_suspicious_variant_types",
        "allow_suspicious_codecs",
        "allow_suspicious_ttl_expressions",
        "allow_suspicious_primary_key",
        "enable_alp_codec",
        "enable_zxc_codec",
        "enable_quantized_codec",
        "enable_sz3_codec",
        "enable_deflate_qpl_codec",
        "enable_zstd_qat_codec",
        "enable_json_type",
        "enable_dynamic_type",
        "enable_variant_type",
        "enable_time_time64_type",
        "enable_full_text_index",
        "allow_experimental_json_type",
        "allow_experimental_dynamic_type",
        "allow_experimental_variant_type",
        "allow_experimental_statistics",
        "allow_experimental_full_text_index",
        "allow_experimental_qbit_type",
        "allow_experimental_vector_similarity_index",
        "allow_experimental_codecs",
    }
)
_LOW_BY_DEFAULT = ("String", "FixedString", "UUID")
_LONGEST_FIXED_STRING = 256


def statement_settings(config: OlapConfig) -> dict[str, str]:
    """Return those settings of a table that go with its statements."""
    given = (config.settings or {}).items()
    return {name: canonical_setting(str(value)) for name, value in sorted(given) if name in _NAMES}


def table_settings(config: OlapConfig) -> dict[str, object]:
    """Return the other settings of a table: those that it keeps."""
    return {name: value for name, value in (config.settings or {}).items() if name not in _NAMES}


def flattens_nested(config: OlapConfig) -> bool:
    """Tell whether Nested columns become one array per element, as ClickHouse does by default."""
    return statement_settings(config).get("flatten_nested", "1") != "0"


def refused_by_default(config: OlapConfig, columns: Iterable[Column]) -> Iterator[Fault]:
    """Yield what ClickHouse refuses by default in *columns* and no setting of the table allows."""
    given = statement_settings(config)
    for column in columns:
        for what, setting in (*_refused_types(column.type), *refused_codecs(column)):
            if given.get(setting) != "1":
                yield Fault(
                    f"ClickHouse refuses {what} by default; "
                    f"change it or set {setting}=1 in settings.",
                    (column.name,),
                )


def needed_settings(columns: Iterable[Column]) -> dict[str, str]:
    """Return the settings without which ClickHouse refuses *columns*."""
    settings = dict[str, str]()
    for column in columns:
        for _, setting in (*_refused_types(column.type), *refused_codecs(column)):
            settings[setting] = "1"
    return settings


def _refused_types(text: str) -> Iterator[tuple[str, str]]:
    words = list(tokens(text))
    for position, word in enumerate(words):
        if word not in {"LowCardinality", "FixedString"} or words[position + 1 : position + 2] != [
            "("
        ]:
            continue
        inside = bracketed("".join(words[position:]))[1]
        if word == "FixedString" and int(inside) > _LONGEST_FIXED_STRING:
            yield f"FixedString({inside})", "allow_suspicious_fixed_string_types"
        if word == "LowCardinality" and not without_nullable(inside).startswith(_LOW_BY_DEFAULT):
            yield f"LowCardinality({inside})", "allow_suspicious_low_cardinality_types"
