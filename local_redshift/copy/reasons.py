"""Why a field could not be loaded, in the words of Redshift's load error reference."""

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.conversion import INTEGERS
from local_redshift.copy.records.record import Problem

_SHORTEST_DATE = 10  # characters of YYYY-MM-DD
_DIGITS = "0123456789"
_NUMBER_NAMES = {"SMALLINT": "Short", "INTEGER": "Integer", "BIGINT": "Long"}


def field_problem(column: TargetColumn, place: int, value: str | None) -> Problem:
    """The error of a field that does not convert to its column."""
    if column.generated:
        return Problem(1217, "Invalid identity column value", place, value or "")
    if value is None:
        return Problem(1213, "Missing data for not-null field", place)
    if column.char_kind:
        return _character_problem(column, place, value)
    if not value.strip():
        return Problem(1213, "Missing data for not-null field", place, value)
    return _value_problem(column, place, value)


def _value_problem(column: TargetColumn, place: int, value: str) -> Problem:
    kind = column.duckdb_type
    if kind in INTEGERS:
        name = _NUMBER_NAMES[kind]
        overflow = f"Overflow, Column type: {name}"
        return _number_problem(value, place, "", (1207, name), (1222, overflow))
    if kind.startswith("DECIMAL"):
        overflow = f"Overflow for NUMERIC({column.type_length.replace(' ', '')})"
        return _number_problem(value, place, ".e", (1209, "Decimal"), (1204, overflow))
    if kind in ("FLOAT", "DOUBLE"):
        name = "Real" if kind == "FLOAT" else "Double"
        overflow = f"Overflow, Column type: {name}"
        return _number_problem(value, place, ".e", (1208, name), (1204, overflow))
    if kind == "BOOLEAN":
        return Problem(1210, "Unknown boolean format", place, value)
    if kind == "DATE":
        short = len(value) < _SHORTEST_DATE
        reason = "Invalid Date Format - length must be 10 or more"
        return Problem(1205, reason if short else "Invalid Date Format", place, value)
    if kind.startswith("TIME"):
        reason = "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"
        return Problem(1206, reason, place, value)
    if kind == "BLOB":
        if len(value) > 2 * column.length:
            return Problem(1204, "Varbyte length exceeds DDL length", place, value)
        return Problem(1200, "Invalid hexadecimal value for VARBYTE", place, value)
    if kind == "JSON":
        return Problem(1224, "Invalid JSON format for SUPER", place, value)
    return Problem(1200, f"Unknown parse error, Type: {column.type_name}", place, value)


def _character_problem(column: TargetColumn, place: int, value: str) -> Problem:
    if column.char_kind == "char" and not value.isascii():
        first = next(character for character in value if not character.isascii())
        reason = (
            "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). "
            f"Invalid char: {first.encode().hex(' ')}"
        )
        return Problem(1220, reason, place, value)
    if len(value.encode()) <= column.length:
        return Problem(1213, "Missing data for not-null field", place, value)
    what = "Char" if column.char_kind == "char" else "String"
    return Problem(1204, f"{what} length exceeds DDL length", place, value)


def _number_problem(
    value: str, place: int, also: str, invalid: tuple[int, str], overflow: tuple[int, str]
) -> Problem:
    """The first character that no number has, or else a number out of range.

    Args:
        also: Characters that may occur once besides digits and signs.
        invalid: Error code and the type's name, for a character out of place.
        overflow: Error code and reason, for a number out of range.
    """
    position = _first_misfit(value, also)
    if position is None:
        return Problem(*overflow, place, value)
    code, name = invalid
    reason = f"Invalid digit, Value '{value[position]}', Pos {position}, Type: {name}"
    return Problem(code, reason, place, value, position)


def _first_misfit(value: str, also: str) -> int | None:
    start = len(value) - len(value.lstrip())
    end = len(value.rstrip())
    seen = ""
    for position in range(start, end):
        character = value[position].lower()
        sign = character in "+-" and (position == start or value[position - 1] in "eE")
        if not (character in _DIGITS or sign or (character in also and character not in seen)):
            return position
        seen += character
    return None if any(digit in seen for digit in _DIGITS) else end - 1
