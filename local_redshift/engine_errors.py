"""DuckDB's errors as Redshift reports them: message and SQLSTATE."""

import re

import duckdb

from local_redshift.errors import RedshiftError
from local_redshift.natives.errors import raised_by_native

SERIALIZABLE = "40001"


def _first_line(error: duckdb.Error) -> str:
    """The message without DuckDB's kind and without its echo of the (translated) statement."""
    head = str(error).partition("\n\nLINE ")[0].strip()
    kind, separator, rest = head.partition(": ")
    return rest if separator and kind.endswith("Error") else head


def from_duckdb(error: duckdb.Error) -> RedshiftError:
    """The error a client sees for one of DuckDB's.

    DuckDB reports no SQLSTATE, so its exception class and, where one class has several
    meanings, its wording decide.
    """
    message = _first_line(error)
    low = message.lower()
    match error:
        case duckdb.InterruptException():
            return RedshiftError("Query cancelled on user's request", "57014")
        case duckdb.TransactionException() if "conflict" in low or "altered" in low:
            return serializable_violation(message)
        case duckdb.TransactionException():
            return RedshiftError(message, "25000")
        case duckdb.ConstraintException() if "not null" in low:
            column = message.rpartition(".")[2]
            return RedshiftError(
                f"Cannot insert a NULL value into column {column}", "23502", detail=message
            )
        case duckdb.ConversionException():
            return _conversion_error(message, low)
        case duckdb.InvalidInputException():
            return _raised(message, low)
        case duckdb.OutOfRangeException():
            return RedshiftError(message, "22003")
        case duckdb.BinderException() | duckdb.ParserException() if "expression depth" in low:
            return too_complex()
        case duckdb.ParserException():
            return RedshiftError(message, "42601")
        case duckdb.CatalogException():
            return _catalog_error(message, low)
        case duckdb.BinderException():
            return _binder_error(message, low)
        case duckdb.PermissionException():
            return RedshiftError(message, "42501")
    return RedshiftError(message, "XX000")


def _conversion_error(message: str, low: str) -> RedshiftError:
    too_big = "out of range" in low or "could not cast value" in low
    if "field" in low and ("date" in low or "timestamp" in low):
        return RedshiftError(message, "22008" if too_big else "22007")
    return RedshiftError(message, "22003" if too_big else "22P02")


def _raised(message: str, low: str) -> RedshiftError:
    """What is found out while rows are computed, some of it by our own macros."""
    native = raised_by_native(message)
    if native is not None:
        return native
    if low.startswith("division by zero"):
        return RedshiftError("Divide by zero", "22012")
    if low.startswith("merge into command cannot affect"):
        return RedshiftError(
            "Found multiple matches to update the same tuple.",
            "21000",
            hint="Make the rows of the source unique by the columns of ON.",
        )
    if low.startswith("value too long for type"):
        return RedshiftError(message, "22001")
    if low.startswith("relation ") and low.endswith("does not exist"):
        return RedshiftError(message, "42P01")
    if "is not valid to be converted" in low:
        return RedshiftError(message, "22023")
    if "strptime" in low or "could not parse" in low:
        return RedshiftError(message, "22007")
    return RedshiftError(message, "XX000")


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction is to blame, so that it may go well next time."""
    if isinstance(error, duckdb.Error):
        error = from_duckdb(error)
    return isinstance(error, RedshiftError) and error.sqlstate == SERIALIZABLE


def serializable_violation(detail: str) -> RedshiftError:
    return RedshiftError(
        "1023 DETAIL: Serializable isolation violation on table",
        SERIALIZABLE,
        detail=detail,
        hint="Retry the whole transaction.",
    )


def too_complex() -> RedshiftError:
    return RedshiftError(
        "statement too complex: expressions are nested too deeply",
        "54001",
        hint="Split it, for example with subqueries or a temporary table.",
    )


# The name of a new relation, or the new name of one, that another relation has.
_TAKEN = re.compile(
    r'^(?:(?:Table|View) with name|Could not rename ".*" to) "(.*)"'
    r"(?:: another entry with this name)? already exists",
    re.DOTALL,
)


def _catalog_error(message: str, low: str) -> RedshiftError:
    if low.startswith("column with name") and "already exists" in low:
        return RedshiftError(message, "42701")
    taken = _TAKEN.search(message)
    if taken is not None:
        return RedshiftError(f'Relation "{taken[1]}" already exists', "42P07")
    if "already exists" in low:
        return RedshiftError(message, "42P06" if low.startswith("schema") else "42P07")
    if "function" in low and "does not exist" in low:
        return RedshiftError(message, "42883")
    if low.startswith("schema"):
        return RedshiftError(message, "3F000")
    schema = message.partition('because schema "')[2].partition('"')[0]
    if schema:
        return RedshiftError(f'schema "{schema}" does not exist', "3F000")
    if low.startswith("table with name"):
        name = message.removeprefix("Table with name ").partition(" does not exist")[0]
        quoted = name.strip('"')
        return RedshiftError(f'relation "{quoted}" does not exist', "42P01")
    if "does not exist" in low:
        return RedshiftError(message, "42P01")
    if "depend" in low:
        return RedshiftError(message, "2BP01")
    return RedshiftError(message, "42704")


def _binder_error(message: str, low: str) -> RedshiftError:
    if "ambiguous" in low:
        return RedshiftError(message, "42702")
    if low.startswith("referenced column"):
        name = message.partition('"')[2].partition('"')[0]
        return RedshiftError(f'column "{name}" does not exist', "42703", detail=message)
    if "column" in low and ("not found" in low or "does not have" in low or "exist" in low):
        return RedshiftError(message, "42703")
    if "group by" in low:
        return RedshiftError(message, "42803")
    if "no function matches" in low:
        return RedshiftError(message, "42883")
    return RedshiftError(message, "42601")
