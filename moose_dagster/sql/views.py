"""Print a view as its CREATE statement, and parse what the server prints of one."""

from collections.abc import Iterator, Mapping, Sequence

from moose_dagster.sql.create import column_definition, column_list, on_cluster, storage
from moose_dagster.sql.lookups import looked_up
from moose_dagster.sql.parse import parse_columns, parse_storage
from moose_dagster.sql.quoting import quoted_table, quoted_text
from moose_dagster.sql.select import Query
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Column, Table, with_elements
from moose_dagster.state.tokens import bracketed, clauses, tokens
from moose_dagster.state.views import View, ViewKind, has_column_properties

_ABOUT_ALL = (("DEFINER",), ("SQL", "SECURITY"), ("COMMENT",))


def create_view(view: View, *, replace: bool = False, cluster: str = "") -> str:
    """Return the CREATE statement of *view*, on every host of *cluster* if given.

    *replace* swaps a live view for it in one statement. Placeholders of secrets stay in it.
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
    elif view.has_column_list or has_column_properties(view):
        head += f" ({', '.join(map(column_definition, view.columns))})"
    security = f" {view.security}" if view.security else ""
    # ClickHouse 25.8 takes a comment only after the query, every server after one in brackets.
    query = f"({view.query}){comment}" if comment else view.query
    return f"{head}{security} AS {query}"


def parse_columns_of(id_: ViewId, text: str) -> tuple[Column, ...]:
    """Parse the column list *text* of a view, without its brackets."""
    listed = parse_columns(text)
    return canonical(Table(id_.place, tuple(listed.columns.values()))).columns


def parse_view(id_: ViewId, kind: ViewKind, text: str) -> View:
    """Parse the CREATE statement of a view, printed on one line, without its comment."""
    pieces = list(tokens(text))
    body = "".join(pieces[_after_name(pieces) :]).strip()
    if kind is ViewKind.DICTIONARY:
        return View(id_, kind, clauses(body, [("COMMENT",)])[""])
    head, query = _at_word(body, "AS")
    before, inside, after = bracketed(query)
    if not before and after.startswith("COMMENT "):
        query = inside
    beginning, engine = _at_word(head, "ENGINE")
    cut = clauses(beginning, [("REFRESH",), ("TO",), *_ABOUT_ALL])
    refresh, columns, _ = bracketed(cut.get("REFRESH", ""))
    target, in_target, _ = bracketed(cut["TO"]) if "TO" in cut else ("", "", "")
    columns = columns or bracketed(cut[""])[1] or in_target
    if engine:
        # DEFINER and the comment follow the engine where there is one.
        cut |= clauses(engine.removeprefix("=").strip(), _ABOUT_ALL)
    return View(
        id=id_,
        kind=kind,
        query=query,
        target=_table_id(target, id_.database) if target else None,
        columns=() if engine else parse_columns_of(id_, columns),
        inner=_parse_inner(id_, cut[""], columns) if engine else None,
        refresh=refresh,
        security=" ".join(_security(cut)),
        reads=read_by(query, id_.database),
    )


def read_by(query: str, database: str) -> tuple[TableId, ...]:
    """Return the tables, and the dictionaries of dictGet, that *query* names, each once."""
    references = (reference.table for reference in Query(query, database).references)
    return tuple(dict.fromkeys((*references, *looked_up(query, database))))


def _inner(table: Table) -> str:
    columns = ", ".join(column_list(table))
    return f"({columns}) {storage(table)}" if columns else storage(table)


def _parse_inner(id_: ViewId, engine: str, columns: str) -> Table:
    parsed = parse_storage(engine)
    listed = parse_columns(columns)
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


def _security(cut: Mapping[str, str]) -> Iterator[str]:
    for keyword in ("DEFINER", "SQL SECURITY"):
        if cut.get(keyword):
            yield f"{keyword} {cut[keyword]}"


def _after_name(pieces: Sequence[str]) -> int:
    """Return the position after `CREATE [MATERIALIZED] VIEW [database.]name`."""
    words = (i for i, piece in enumerate(pieces) if piece.upper() in {"VIEW", "DICTIONARY"})
    name = next(words) + 2
    return name + 3 if pieces[name + 1 : name + 2] == ["."] else name + 1


def _at_word(text: str, word: str) -> tuple[str, str]:
    """Cut *text* at the first top-level *word*."""
    depth = 0
    before = list[str]()
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
