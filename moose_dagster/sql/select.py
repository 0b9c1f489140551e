"""Tell from the text of a SELECT which tables and columns it reads and which it puts out.

Where the text leaves something open, the answer leans to the careful side: a column that may be
read counts as read, an output that can't be named is not named.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from moose_dagster.sql.quoting import name_in_expression, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import clauses, split_top_level, tokens

_END_OF_FROM = frozenset(
    {"WHERE", "PREWHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "SETTINGS", "UNION", "INTERSECT",
     "EXCEPT", "WINDOW", "QUALIFY", "ON", "USING", "ARRAY", "FORMAT", "OFFSET", "SELECT", "WITH"}
)  # fmt: skip
_NO_ALIAS = _END_OF_FROM | {
    "JOIN",
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "CROSS",
    "ANY",
    "ALL",
    "ASOF",
    "SEMI",
    "ANTI",
    "GLOBAL",
    "FINAL",
    "SAMPLE",
    "OUTER",
    "PASTE",
    "AS",
}
_QUERY = frozenset({"SELECT", "WITH", "FROM"})
_BEFORE_VALUE = frozenset({("IS", "DISTINCT"), ("NOT", "DISTINCT"), ("WITH", "FILL")})
_STRING_OR_COMMENT = re.compile(
    r"""('(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")|--[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A table that a query names.

    Attributes:
        table: Its full name.
        alias: The name that qualifies its columns; its own where the query gives none.
    """

    table: TableId
    alias: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a table's name is among the significant tokens: `[database .] name`.

    Attributes:
        database: The position of its database; None where the query names none.
        name: The position of its name.
        alias: The name that qualifies its columns.
    """

    database: int | None
    name: int
    alias: str


@dataclass(slots=True)
class _Frame:
    is_query: bool
    is_search: bool = False
    in_from: bool = False
    expects: bool = False


class Query:
    """A SELECT, cut into tokens once.

    Args:
        text: The SELECT.
        database: Where tables live that the query does not qualify.
    """

    def __init__(self, text: str, database: str) -> None:
        self._database = database
        self._pieces = list(tokens(text))
        self._words = [i for i, piece in enumerate(self._pieces) if piece.strip()]
        self._places = list(self._find_places())

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every table the query names, in the order of the text."""
        return tuple(map(self._reference, self._places))

    @property
    def named(self) -> tuple[tuple[int | None, int, TableId], ...]:
        """Where each table is named: the positions of its database and name among the words.

        White space is not counted as a word. A table without a database has None for it.
        """
        return tuple(
            (place.database, place.name, self._reference(place).table) for place in self._places
        )

    def qualified(self) -> str:
        """Return the query with the database before every table, as the server stores it."""
        pieces = list(self._pieces)
        for place in self._places:
            if place.database is None:
                position = self._words[place.name]
                pieces[position] = f"{name_in_expression(self._database)}.{pieces[position]}"
        return "".join(pieces)

    def over(self, structures: Mapping[TableId, str]) -> str:
        """Return the query as it would read empty tables of other columns.

        What says which rows are read, and not which columns, is left out for them: FINAL and
        SAMPLE; PREWHERE becomes a WHERE.

        Args:
            structures: The column list of each table that is replaced, without brackets.
        """
        pieces = dict[int, str]()
        for place in self._places:
            reference = self._reference(place)
            structure = structures.get(reference.table)
            if structure is not None:
                pieces |= self._replaced(place, f"null({quoted_text(structure)})")
        if not pieces:
            return "".join(self._pieces)
        pieces |= self._unqualified(structures.keys(), pieces)
        pieces |= self._without_row_choice(pieces)
        positions = dict(zip(self._words, range(len(self._words)), strict=True))
        return "".join(
            pieces.get(positions.get(index, -1), piece) for index, piece in enumerate(self._pieces)
        )

    def _replaced(self, place: _Place, source: str) -> dict[int, str]:
        """Return the tokens that put *source* in the place of a table, by their position."""
        first = place.name if place.database is None else place.database
        tokens_of_table = dict.fromkeys(range(first, place.name + 1), "")
        if self._at(first - 1).upper() == "IN":
            return {**tokens_of_table, first: f"(SELECT * FROM {source})"}
        has_alias = bool(self._alias(place.name + 1))
        alias = "" if has_alias else f" AS {name_in_expression(self._bare(place.name))}"
        return {**tokens_of_table, first: f"{source}{alias}"}

    def _unqualified(self, tables: Collection[TableId], taken: Mapping[int, str]) -> dict[int, str]:
        """Return the tokens that take the database from `database.table.column`."""
        found = dict[int, str]()
        for position in range(len(self._words)):
            is_qualified = all(self._at(position + step) == "." for step in (1, 3))
            if position in taken or self._at(position - 1) == "." or not is_qualified:
                continue
            if TableId(self._bare(position), self._bare(position + 2)) in tables:
                found |= {position: "", position + 1: ""}
        return found

    def _without_row_choice(self, taken: Mapping[int, str]) -> dict[int, str]:
        """Return the tokens that take FINAL, SAMPLE and PREWHERE from a query."""
        found = dict[int, str]()
        prewhere_depths = list[int]()
        depth = 0
        for position in range(len(self._words)):
            word = self._at(position).upper()
            depth += (word == "(") - (word == ")")
            prewhere_depths = [one for one in prewhere_depths if one <= depth]
            if self._at(position - 1) == "." or position in taken:
                continue
            if word == "FINAL":
                found[position] = ""
            elif word == "SAMPLE" and self._at(position + 1)[:1].isdigit():
                found |= dict.fromkeys(self._sample_at(position), "")
            elif word == "PREWHERE":
                found[position] = "WHERE"
                prewhere_depths.append(depth)
            elif word == "WHERE" and depth in prewhere_depths:
                found[position] = "AND"
                prewhere_depths.remove(depth)
            elif word in {"UNION", "INTERSECT", "EXCEPT"} and depth in prewhere_depths:
                prewhere_depths.remove(depth)
        return found

    def _sample_at(self, position: int) -> range:
        """Return the positions of `SAMPLE 1 / 10 OFFSET 1 / 2`."""
        end = position + 2
        while self._at(end) in {"/", "."} or (
            self._at(end).upper() == "OFFSET" and self._at(end + 1)[:1].isdigit()
        ):
            end += 2
        return range(position, end)

    def uses(self, table: TableId, column: str) -> bool:
        """Tell whether the query may read *column* of *table*."""
        references = [reference for reference in self.references if reference.table == table]
        if not references:
            return False
        names = {table.name, *(reference.alias for reference in references)}
        others = {reference.alias for reference in self.references} - names
        return any(self._is_use(position, column, others) for position in range(len(self._words)))

    def _reference(self, place: _Place) -> Reference:
        database = self._database if place.database is None else self._bare(place.database)
        return Reference(TableId(database, self._bare(place.name)), place.alias)

    def _is_use(self, position: int, column: str, others: set[str]) -> bool:
        piece = self._at(position)
        before = self._at(position - 1)
        if piece == "*":
            qualifier = self._bare(position - 2) if before == "." else ""
            return (before.upper() in {"SELECT", "DISTINCT", ",", "."}) and qualifier not in others
        if piece.upper() == "COLUMNS" and self._at(position + 1) == "(":
            return True
        if self._bare(position) != column or piece.startswith("'") or before.upper() == "AS":
            return False
        return before != "." or self._bare(position - 2) not in others

    def _find_places(self) -> Iterator[_Place]:
        frames = [_Frame(is_query=True)]
        expressions = self._common_tables()
        for position in range(len(self._words)):
            piece = self._at(position)
            frame = frames[-1]
            word = piece.upper()
            if piece == "(":
                frame.expects = False
                is_query = self._at(position + 1).upper() in _QUERY
                is_search = self._at(position - 1).upper() == "POSITION"
                frames.append(_Frame(is_query, is_search))
            elif piece == ")":
                frames = frames[:-1] or [_Frame(is_query=True)]
            elif frame.is_search:
                continue  # `position(needle IN haystack)`
            elif not frame.is_query:
                yield from self._in_place(position, expressions)
            elif self._is_from(position) or (
                word == "JOIN" and self._at(position - 1).upper() != "ARRAY"
            ):
                frame.in_from = frame.expects = True
            elif word in _END_OF_FROM:
                # After ON, a comma is followed by the next table.
                frame.in_from = frame.in_from and word == "ON"
                frame.expects = False
            elif piece == "," and frame.in_from:
                frame.expects = True
            elif frame.expects:
                frame.expects = False
                yield from self._place_at(position, expressions)
            else:
                yield from self._in_place(position, expressions)

    def _is_from(self, position: int) -> bool:
        before = [self._at(position - 2), self._at(position - 1)]
        return self._at(position).upper() == "FROM" and _begins_tables(before)

    def _in_place(self, position: int, expressions: set[str]) -> Iterator[_Place]:
        """Yield the table after IN, which the server qualifies as well: `x IN table`."""
        if self._at(position - 1).upper() == "IN" and self._is_name(position):
            yield from self._place_at(position, expressions)

    def _place_at(self, position: int, expressions: set[str]) -> Iterator[_Place]:
        if not self._is_name(position) or self._at(position + 1) == "(":
            return  # a table function
        if self._at(position + 1) == ".":
            yield _Place(
                position, position + 2, self._alias(position + 3) or self._bare(position + 2)
            )
        elif self._bare(position) not in expressions:
            yield _Place(None, position, self._alias(position + 1) or self._bare(position))

    def _alias(self, position: int) -> str:
        if self._at(position).upper() == "AS":
            return self._bare(position + 1)
        is_alias = self._is_name(position) and self._at(position).upper() not in _NO_ALIAS
        return self._bare(position) if is_alias else ""

    def _common_tables(self) -> set[str]:
        """Return the names of `WITH name AS (SELECT ...)`."""
        return {
            self._bare(position)
            for position in range(len(self._words))
            if self._at(position + 1).upper() == "AS" and self._at(position + 2) == "("
            and self._at(position + 3).upper() in _QUERY
        }  # fmt: skip

    def _is_name(self, position: int) -> bool:
        piece = self._at(position)
        return bool(piece) and (piece[0].isalpha() or piece[0] in '_`"')

    def _at(self, position: int) -> str:
        return self._pieces[self._words[position]] if 0 <= position < len(self._words) else ""

    def _bare(self, position: int) -> str:
        return _bare(self._at(position))


def qualified_refresh(refresh: str, database: str) -> str:
    """Return the text after REFRESH with *database* before each bare name of DEPENDS ON."""
    cut = clauses(refresh, [("DEPENDS", "ON"), ("SETTINGS",), ("APPEND",), ("INCREMENTAL",)])
    if "DEPENDS ON" not in cut:
        return " ".join(refresh.split())
    names = cut["DEPENDS ON"]
    qualified = [
        name if "." in name else f"{name_in_expression(database)}.{name}"
        for name in split_top_level(names)
    ]
    before, _, after = refresh.partition(names)
    return " ".join(f"{before}{', '.join(qualified)}{after}".split())


def bare_query(text: str) -> str:
    """Return a SELECT without its comments and its last semicolon; the server stores neither."""
    return _STRING_OR_COMMENT.sub(lambda match: match[1] or " ", text).strip().rstrip(";").rstrip()


def outputs(query: str) -> tuple[str, ...]:
    """Return the names of the columns *query* puts out, or `()` where the text does not tell.

    A column without a name in the text, such as `sum(v)`, is "".
    """
    items = select_items(query)
    if "COLUMNS" in "".join(items).upper() or any(item.endswith("*") for item in items):
        return ()
    return tuple(map(_output, items))


def select_items(query: str) -> tuple[str, ...]:
    """Return what stands between SELECT and FROM, one text per column."""
    return split_top_level(_select_list(list(tokens(query))))


def _output(item: str) -> str:
    pieces = [piece for piece in tokens(item) if piece.strip()]
    names = [piece for piece in pieces if piece[0].isalpha() or piece[0] in '_`"']
    if len(pieces) > 1 and pieces[-2].upper() == "AS":
        return _bare(pieces[-1])
    is_plain = len(pieces) % 2 == 1 and set(pieces[1::2]) <= {"."}
    return _bare(pieces[-1]) if is_plain and pieces[::2] == names else ""


def _select_list(pieces: Sequence[str]) -> str:
    depth = 0
    started = False
    listed = list[str]()
    words = ["", ""]
    for piece in pieces:
        depth += (piece in "([") - (piece in ")]") if len(piece) == 1 else 0
        word = piece.upper()
        ends = word in _END_OF_FROM or (word == "FROM" and _begins_tables(words))
        if depth == 0 and word == "SELECT" and not started:
            started = True
        elif depth == 0 and started and ends:
            break
        elif started and not (word == "DISTINCT" and not "".join(listed).strip()):
            listed.append(piece)
        words = [words[1], piece] if piece.strip() else words
    return "".join(listed)


def _begins_tables(words: Sequence[str]) -> bool:
    """Tell whether a FROM after *words* begins the tables, unlike that of `IS DISTINCT FROM`."""
    return tuple(word.upper() for word in words) not in _BEFORE_VALUE


def _bare(piece: str) -> str:
    if len(piece) > 1 and piece[0] == piece[-1] and piece[0] in '`"':
        return piece[1:-1].replace(f"\\{piece[0]}", piece[0]).replace("\\\\", "\\")
    return piece
