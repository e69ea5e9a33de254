"""Values as text, the way Redshift prints them: for the wire's text format and the Data API."""

import json
import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

BOOL, BYTEA, FLOAT4 = 16, 17, 700
VARBYTE, SUPER = 6551, 4000


def text_renderer(oid: int) -> Callable[..., str]:
    """The function that turns a non-null value of a type into its text.

    Args:
        oid: ``pg_type`` OID of the column.
    """
    return _BY_OID.get(oid, render)


def render(value: object) -> str:
    """The text of a value whose Python type says it all."""
    if type(value) is str:
        return value
    for kind, renderer in _BY_KIND:
        if isinstance(value, kind):
            return renderer(value)
    return str(value)


def _boolean(value: object) -> str:
    return "t" if value else "f"


def _float8(value: float) -> str:
    if math.isfinite(value):
        return repr(value).removesuffix(".0")
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _float4(value: float) -> str:
    """The shortest digits that read back as the same 32-bit float."""
    if not math.isfinite(value):
        return _float8(value)
    stored = struct.pack("f", value)
    candidates = (f"{value:.{digits}g}" for digits in range(6, 10))
    return next(text for text in candidates if struct.pack("f", float(text)) == stored)


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _timestamp(value: datetime) -> str:
    text = _without_trailing_zeros(value.replace(tzinfo=None).isoformat(" "))
    return text if value.tzinfo is None else text + _offset(value.utcoffset())


def _time(value: time) -> str:
    text = _without_trailing_zeros(value.replace(tzinfo=None).isoformat())
    return text if value.tzinfo is None else text + _offset(value.utcoffset())


def _without_trailing_zeros(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def _offset(offset: timedelta | None) -> str:
    """``+00``, ``-05:30``: minutes only where there are any."""
    minutes = int((offset or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}" + (f":{rest:02d}" if rest else "")


def _interval(value: timedelta) -> str:
    """``3 days 04:05:06``, with the sign of each part its own, as Postgres prints intervals."""
    sign = "-" if value < timedelta() else ""
    value = abs(value)
    parts = [f"{sign}{value.days} day{'s' if value.days != 1 else ''}"] if value.days else []
    if value.seconds or value.microseconds or not parts:
        midnight = datetime(2000, 1, 1, tzinfo=UTC)
        clock = (midnight + timedelta(0, value.seconds, value.microseconds)).time()
        parts.append(sign + _time(clock))
    return " ".join(parts)


def _bytea(value: bytes | bytearray) -> str:
    return "\\x" + value.hex()


def _varbyte(value: bytes | bytearray) -> str:
    """Plain hexadecimal digits, without the ``\\x`` of bytea."""
    return value.hex()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str, ensure_ascii=False)


def _super(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


_BY_OID: dict[int, Callable[..., str]] = {
    BOOL: _boolean,
    BYTEA: _bytea,
    FLOAT4: _float4,
    VARBYTE: _varbyte,
    SUPER: _super,
}

# In this order: a bool is an int, a datetime is a date.
_BY_KIND: tuple[tuple[type, Callable[..., str]], ...] = (
    (bool, _boolean),
    (int, str),
    (float, _float8),
    (Decimal, _decimal),
    (datetime, _timestamp),
    (date, date.isoformat),
    (time, _time),
    (timedelta, _interval),
    (bytes, _bytea),
    (bytearray, _bytea),
    (list, _json),
    (dict, _json),
    (tuple, _json),
)
