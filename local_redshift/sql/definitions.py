"""Tables as the DDL that makes them again: what SHOW TABLE answers.

Source: Database Developer Guide, "SHOW TABLE", whose examples give the layout.
"""

import re
from collections.abc import Iterable, Iterator

from local_redshift.sql import types
from local_redshift.sql.attributes import Attributes, Relation
from local_redshift.sql.calls import words
from local_redshift.sql.plan import identifier
from local_redshift.sql.relations import Connection, columns_of

# Words that cannot be names ("Reserved words"), as far as anybody would call a column so.
_RESERVED = words(
    """
    all analyse analyze and any array as asc between both case cast check collate column constraint
    create cross default delta desc disable distinct do else encode encoding end except explicit
    false for foreign from full grant group having identity ignore in initially inner intersect
    into is isnull join leading left like limit localtime minus natural new not notnull null nulls
    off offset old on only open or order outer overlaps parallel partition percent permissions
    placing primary raw references right select similar snapshot some table tag then to top
    trailing true truncatecolumns union unique user using verbose when where with without
    """
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def table_definition(connection: Connection, table: Relation) -> str:
    """CREATE TABLE with every attribute of a table that is known."""
    lines = ",\n".join(
        f"    {line}"
        for part in (_columns(connection, table), _constraints(table.attributes))
        for line in part
    )
    style = table.attributes.dist_style or "AUTO"
    place = f"{_name(table.schema)}." if table.schema else ""
    kind = "TABLE" if table.schema else "TEMPORARY TABLE"
    sorting = _sorting(table.attributes)
    return f"CREATE {kind} {place}{_name(table.name)} (\n{lines}\n)\nDISTSTYLE {style}{sorting};"


def _columns(connection: Connection, table: Relation) -> Iterator[str]:
    described = connection.execute(f"DESCRIBE {table.sql}").fetchall()
    nullable = {str(row[0]): row[2] == "YES" for row in described}
    for name, kind in columns_of(connection, table).items():
        column = table.attributes.column(name)
        parts = [_name(name), column.type or types.declaration(kind)]
        if column.identity:
            parts.append(column.identity)
        elif column.default:
            parts.append(f"DEFAULT {column.default}")
        if not nullable[name]:
            parts.append("NOT NULL")
        if column.encode:
            parts.append(f"ENCODE {column.encode.lower()}")
        if name == table.attributes.dist_key:
            parts.append("distkey")
        yield " ".join(parts)


def _constraints(attributes: Attributes) -> Iterator[str]:
    if attributes.primary_key:
        yield f"PRIMARY KEY ({_names(attributes.primary_key)})"
    for columns in attributes.unique:
        yield f"UNIQUE ({_names(columns)})"
    for columns, target in attributes.foreign_keys:
        yield f"FOREIGN KEY ({_names(columns)}) REFERENCES {target}"


def _sorting(attributes: Attributes) -> str:
    if attributes.sort_style == "auto":
        return "\nSORTKEY AUTO"
    if not attributes.sort_keys:
        return ""
    interleaved = "INTERLEAVED " if attributes.sort_style == "interleaved" else ""
    return f"\n{interleaved}SORTKEY ( {_names(attributes.sort_keys)} )"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    """Quoted only where it has to be."""
    return name if _PLAIN.fullmatch(name) and name not in _RESERVED else identifier(name)
