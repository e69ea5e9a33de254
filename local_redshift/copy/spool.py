"""Records of one file in a plain form on disk, and what is wrong with their fields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.conversion import bad_sql, value_sql
from local_redshift.copy.history import ErrorField, LoadError
from local_redshift.copy.readers import field_name, literal_path, named
from local_redshift.copy.reasons import field_problem
from local_redshift.copy.records.reading import read_records
from local_redshift.copy.records.record import Problem, UnreadableFileError
from local_redshift.copy.statements import CopyOptions
from local_redshift.objects import S3Object
from local_redshift.sql.plan import quote

_DEFAULT_LINE_LIMIT = 2_000_000  # bytes, DuckDB's


@dataclass(frozen=True)
class Spool:
    """A file's well-formed records, and the errors found so far.

    Attributes:
        errors: In line order, at most as many as were asked for.
        broken: The file could not be read to its end, whatever errors are allowed.
    """

    path: Path
    columns: Sequence[TargetColumn]
    options: CopyOptions
    longest: int
    errors: tuple[LoadError, ...]
    broken: bool

    def select(self) -> str:
        """SELECT of the values of the records that are good."""
        values = []
        bad = []
        for place, column in enumerate(self.columns):
            values.append(value_sql(column, self.options, field_name(place), "NULL"))
            bad.append(bad_sql(column, self.options, field_name(place)))
        good = f"NOT ({' OR '.join(bad)})"
        return f"SELECT {named(values)} FROM {self.relation()} WHERE {good}"

    def relation(self) -> str:
        names = [field_name(place) for place in range(len(self.columns))]
        types = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in ["raw", *names])
        limit = max(_DEFAULT_LINE_LIMIT, 2 * self.longest)
        return (
            f"read_csv({literal_path(self.path)}, auto_detect = false, header = false, "
            f"columns = {{'line': 'BIGINT', {types}}}, delim = ',', quote = '\"', "
            "escape = '\"', new_line = '\\n', nullstr = '', "
            "allow_quoted_nulls = false, parallel = false, "
            f"max_line_size = {limit}, buffer_size = {8 * limit}, hive_partitioning = false)"
        )


def write_spool(
    path: Path, source: S3Object, columns: Sequence[TargetColumn], options: CopyOptions
) -> Spool:
    """Write an object's well-formed records, up to the limit of malformed ones."""
    url, limit = source.url, options.max_errors
    errors: list[LoadError] = []
    longest = 0
    broken = False
    last_line = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
        try:
            for record in read_records(source.path, columns, options):
                last_line = record.line
                if record.problem is not None:
                    errors.append(load_error(url, record.line, record.raw, record.problem, columns))
                    broken = record.problem.fatal
                    if broken or (limit is not None and len(errors) >= limit):
                        break
                elif record.fields is not None:
                    row = f"{record.line},{_quoted(record.raw)}"
                    row += "".join(f",{_quoted(field)}" for field in record.fields)
                    longest = max(longest, len(row) * 4)
                    out.write(row + "\n")
        except UnreadableFileError as error:
            broken = True
            problem = Problem(1200, str(error))
            errors.append(load_error(url, last_line + 1, "", problem, columns))
    return Spool(path, columns, options, longest, tuple(errors), broken)


def field_errors(connection: duckdb.DuckDBPyConnection, spool: Spool, url: str) -> list[LoadError]:
    """The first bad field of each bad record, in line order, up to the limit of the load."""
    limit = spool.options.max_errors
    places = range(len(spool.columns))
    tests = " ".join(
        f"WHEN {bad_sql(spool.columns[place], spool.options, field_name(place))} THEN {place}"
        for place in places
    )
    fields = ", ".join(field_name(place) for place in places)
    rows = connection.execute(
        f"SELECT line, raw, place, ([{fields}])[:place + 1] FROM "
        f"(SELECT *, CASE {tests} END AS place FROM {spool.relation()}) "
        f"WHERE place IS NOT NULL ORDER BY line {'' if limit is None else f'LIMIT {limit}'}"
    ).fetchall()
    found = []
    for line, raw, place, values in rows:
        problem = field_problem(spool.columns[place], place, values[place])
        error = load_error(url, line, raw, problem, spool.columns)
        found.append(replace(error, fields=_parsed_fields(spool.columns, values)))
    return found


def _parsed_fields(
    columns: Sequence[TargetColumn], values: Sequence[str | None]
) -> tuple[ErrorField, ...]:
    return tuple(
        ErrorField(column.name, column.type_name, column.type_length, value and _dotted(value))
        for column, value in zip(columns, values, strict=False)
    )


def load_error(
    url: str, line: int, raw: str, problem: Problem, columns: Sequence[TargetColumn]
) -> LoadError:
    column = None if problem.place is None else columns[problem.place]
    return LoadError(
        url=url,
        line=line,
        column=column.name if column else "",
        column_type=column.type_name if column else "",
        column_length=column.type_length if column else "",
        position=problem.position,
        raw_line=_dotted(raw),
        raw_value=_printable(problem.value),
        code=problem.code,
        reason=problem.reason,
    )


def _quoted(text: str | None) -> str:
    """A CSV field; NULL is nothing at all, the empty string is quoted."""
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def _printable(text: str) -> str:
    return "".join("." if "\udc80" <= c <= "\udcff" else c for c in text)


def _dotted(text: str) -> str:
    """The text with a period for each character of more than one byte, as the views show it."""
    return text if text.isascii() else "".join(c if c.isascii() else "." for c in text)
