"""ALTER TABLE ... APPEND FROM, and what ALTER TABLE says of encodings."""

from dataclasses import dataclass, replace

from local_redshift.errors import RedshiftError
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import Relation
from local_redshift.sql.ddl import Name, Notices
from local_redshift.sql.plan import identifier
from local_redshift.sql.relations import Connection, columns_of
from local_redshift.sql.words import Words


@dataclass(frozen=True)
class AppendFrom:
    """Moves all rows of one table to the end of another.

    Attributes:
        ignore_extra: Whether columns that only the source has are left out.
        fill_target: Whether columns that only the target has get their defaults.
    """

    name: Name
    source: Name
    ignore_extra: bool
    fill_target: bool

    def run(self, connection: Connection) -> Notices:
        target, source = (_table(connection, name) for name in (self.name, self.source))
        if target.key == source.key:
            raise RedshiftError("cannot append a table to itself", "42809")
        theirs, ours = columns_of(connection, source), columns_of(connection, target)
        extra, lacking = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
        if extra and not self.ignore_extra:
            raise _mismatch(f"{source.name} has columns that {target.name} lacks", "IGNOREEXTRA")
        if lacking and not self.fill_target:
            raise _mismatch(f"{target.name} has columns that {source.name} lacks", "FILLTARGET")
        shared = [name for name in theirs if name in ours]
        for name in shared:
            if theirs[name] != ours[name]:
                raise RedshiftError(f'column "{name}" has another type in the source', "42804")
        columns = ", ".join(map(identifier, shared))
        connection.execute(
            f"INSERT INTO {target.sql} ({columns}) SELECT {columns} FROM {source.sql}"
        )
        connection.execute(f"DELETE FROM {source.sql}")
        return ()


def _table(connection: Connection, name: Name) -> Relation:
    relation = name.require(connection)
    if relation.kind != "TABLE" or not relation.schema:
        raise RedshiftError(f'"{relation.name}" is not a permanent table', "42809")
    return relation


def _mismatch(what: str, option: str) -> RedshiftError:
    return RedshiftError(
        f"ALTER TABLE APPEND: {what}", "42804", hint=f"Say {option} if that is meant."
    )


def append_from(name: Name, words: Words) -> p.Plan:
    """What follows APPEND FROM; not within a transaction block."""
    source = Name.dotted(words.take_name())
    ignore, fill = words.accept("IGNOREEXTRA"), words.accept("FILLTARGET")
    words.end()
    return p.Definition(
        AppendFrom(name, source, ignore, fill), "ALTER TABLE APPEND", outside_transaction=True
    )


@dataclass(frozen=True)
class AlterEncoding:
    """ENCODE AUTO for a table, or encodings of columns."""

    name: Name
    encodings: tuple[tuple[str, str], ...]

    def run(self, connection: Connection) -> Notices:
        relation = self.name.require(connection)
        attributes = relation.attributes
        known = columns_of(connection, relation)
        for column, encoding in self.encodings:
            if column not in known:
                raise RedshiftError(
                    f'column "{column}" of relation "{relation.name}" does not exist', "42703"
                )
            changed = replace(attributes.column(column), encode=encoding)
            attributes = attributes.with_column(column, changed)
        connection.comment(relation, attributes)
        return ()


def alter_encoding(name: Name, words: Words) -> p.Plan:
    """What follows ALTER TABLE t ALTER, when it is about encodings."""
    if words.accept("ENCODE", "AUTO"):
        words.end()
        return p.Definition(AlterEncoding(name, ()), "ALTER TABLE")
    encodings = []
    while True:
        words.accept("COLUMN")
        column = words.take().lower()
        words.expect("ENCODE")
        encodings.append((column, words.take().lower()))
        if not words.accept(","):
            break
        words.expect("ALTER")
    words.end()
    alteration = AlterEncoding(name, tuple(encodings))
    return p.Definition(alteration, "ALTER TABLE", outside_transaction=True)
