"""Indexes, projections and constraints as ClickHouse writes them, printed and read back."""

from moose_dagster.sql.quoting import name_in_expression, text_in
from moose_dagster.state.tables import Constraint, Index, Projection, TableElement
from moose_dagster.state.tokens import bracketed, clauses, split_top_level, tokens

ELEMENT_WORDS = frozenset({"INDEX", "PROJECTION", "CONSTRAINT"})


def element_definition(element: TableElement) -> str:
    """Return *element* as a column list and `ALTER TABLE ... ADD` write it.

    An index is `INDEX i c TYPE minmax GRANULARITY 1`.
    """
    name = name_in_expression(element.name)
    match element:
        case Index():
            expression = element.expression
            if len(split_top_level(expression)) > 1:
                expression = f"({expression})"
            return (
                f"INDEX {name} {expression} TYPE {element.type} GRANULARITY {element.granularity}"
            )
        case Constraint():
            return f"CONSTRAINT {name} {element.kind} {element.expression}"
        case Projection():
            body = (
                f"({element.body})"
                if element.body.upper().startswith(("SELECT", "WITH"))
                else element.body
            )
            return f"PROJECTION {name} {body}"


def parse_element(text: str) -> TableElement | None:
    """Parse an element of a printed column list, or return None for anything else."""
    kind, _, rest = text.partition(" ")
    first = next(tokens(rest), "")
    name = unquoted(first)
    definition = rest[len(first) :].strip()
    match kind:
        case "INDEX":
            cut = clauses(f"INDEX {definition}", [("INDEX",), ("TYPE",), ("GRANULARITY",)])
            granularity = cut.get("GRANULARITY", "")
            if "TYPE" in cut and (granularity.isdigit() or not granularity):
                return Index(name, cut["INDEX"], cut["TYPE"], int(granularity or 1))
        case "PROJECTION":
            before, inside, after = bracketed(definition)
            return Projection(name, definition if before or after else inside)
        case "CONSTRAINT":
            word, _, expression = definition.partition(" ")
            if word in {"CHECK", "ASSUME"}:
                return Constraint(
                    name, "CHECK" if word == "CHECK" else "ASSUME", expression.strip()
                )
        case _:
            pass
    return None


def unquoted(token: str) -> str:
    """Return the name that *token* stands for, in backticks or bare."""
    if not token.startswith("`"):
        return token
    return text_in(token)
