"""Print a view as its CREATE statement, and read back what the server prints of one."""

from collections.abc import Sequence

from moose_dagster.sql.create import column_list, on_cluster, storage
from moose_dagster.sql.parse import parse_columns, parse_storage
from moose_dagster.sql.quoting import quoted_table, quoted_text
from moose_dagster.sql.select import Query
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Table, with_elements
from moose_dagster.state.tokens import bracketed, clauses, tokens
from moose_dagster.state.views import View, ViewKind

_ABOUT_ALL = (("DEFINER",), ("SQL", "SECURITY"), ("COMMENT",))


def create_view(view: View, *, replace: bool = False, cluster: str = "") -> str:
    """Return the CREATE statement of *view*, on every host of *cluster* if given.

    *replace* swaps a live one for it at once. Placeholders of a dictionary's secrets stay in it.
    """
    words = "CREATE OR REPLACE" if replace else "CREATE"
    head = f"{words} {view.kind.value} {quoted_table(view.id)}{on_cluster(cluster)}"
    comment = f" COMMENT {quoted_text(view.comment)}" if view.comment else ""
    if view.kind is ViewKind.DICTIONARY:
        return f"{head} {view.query}{comment}"
    if view.refresh:
        head += f" REFRESH {view.refresh}"
    if view.target is not None:
        head += f" TO {quoted_table(view.target)}"
    if view.inner is not None:
        head += f" {_inner(view.inner)}"
    security = f" {view.security}" if view.security else ""
    # ClickHouse 25.8 takes a comment only behind the query, all servers behind one in brackets.
    return (
        f"{head}{security} AS ({view.query}){comment}"
        if comment
        else f"{head}{security} AS {view.query}"
    )


def parse_view(id_: ViewId, kind: ViewKind, text: str) -> View:
    """Parse the CREATE statement of a view as the server prints it on one line; the comment is left out."""
    pieces = list(tokens(text))
    body = "".join(pieces[_behind_name(pieces) :]).strip()
    if kind is ViewKind.DICTIONARY:
        found = clauses(body, [("COMMENT",)])
        return View(id_, kind, found[""])
    head, query = _at_word(body, "AS")
    before, inside, behind = bracketed(query)
    if not before and behind.startswith("COMMENT "):
        query = inside
    about, engine = _at_word(head, "ENGINE")
    found = clauses(about, [("REFRESH",), ("TO",), *_ABOUT_ALL])
    # The comment follows the engine where there is one.
    told = {**found, **clauses(engine.removeprefix("=").strip(), _ABOUT_ALL)} if engine else found
    target = bracketed(found["TO"])[0] if "TO" in found else ""
    refresh, columns, _ = bracketed(found.get("REFRESH", ""))
    columns = columns or bracketed(found[""])[1]
    return View(
        id=id_,
        kind=kind,
        query=query,
        target=_table_id(target, id_.database) if target else None,
        inner=_parse_inner(id_, told[""], columns) if engine else None,
        refresh=refresh,
        security=" ".join(_security(told)),
        reads=read_by(query, id_.database),
    )


def read_by(query: str, database: str) -> tuple[TableId, ...]:
    """Return the tables that *query* names, each once."""
    return tuple(dict.fromkeys(reference.table for reference in Query(query, database).references))


def _inner(table: Table) -> str:
    columns = ", ".join(column_list(table))
    return f"({columns}) {storage(table)}" if columns else storage(table)


def _parse_inner(id_: ViewId, engine: str, columns: str) -> Table:
    parsed, listed = parse_storage(engine), parse_columns(columns)
    table = Table(
        id=id_.place,
        columns=tuple(listed.columns.values()),
        engine=parsed.engine,
        order_by=(parsed.order_by,) if parsed.order_by else (),
        primary_key=None if parsed.primary_key is None else (parsed.primary_key,),
        partition_by=parsed.partition_by,
        sample_by=parsed.sample_by,
        ttl=parsed.ttl,
        settings=parsed.settings or {},
    )
    return canonical(with_elements(table, listed.elements))


def _security(found: dict[str, str]) -> Sequence[str]:
    definer, security = found.get("DEFINER"), found.get("SQL SECURITY")
    return [
        *([f"DEFINER {definer}"] if definer else []),
        *([f"SQL SECURITY {security}"] if security else []),
    ]


def _behind_name(pieces: Sequence[str]) -> int:
    """Return the position behind `CREATE [MATERIALIZED] VIEW [database.]name`."""
    position = (
        next(i for i, piece in enumerate(pieces) if piece.upper() in {"VIEW", "DICTIONARY"}) + 2
    )
    return position + 3 if pieces[position + 1 : position + 2] == ["."] else position + 1


def _at_word(text: str, word: str) -> tuple[str, str]:
    """Cut *text* at the first top-level *word*."""
    depth, before = 0, list[str]()
    pieces = list(tokens(text))
    for position, piece in enumerate(pieces):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and piece == word:
            return "".join(before).strip(), "".join(pieces[position + 1 :]).strip()
        before.append(piece)
    return text, ""


def _table_id(text: str, database: str) -> TableId:
    parts = [_unquoted(piece) for piece in tokens(text) if piece.strip() and piece != "."]
    return TableId(parts[0], parts[1]) if len(parts) > 1 else TableId(database, parts[0])


def _unquoted(name: str) -> str:
    return name[1:-1].replace("\\`", "`").replace("\\\\", "\\") if name.startswith("`") else name
