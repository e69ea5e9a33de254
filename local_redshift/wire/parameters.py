"""Statement parameters: bytes as Bind carries them to Python values."""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from local_redshift.errors import RedshiftError
from local_redshift.wire.encoding import BINARY, EPOCH, expand_formats

_TRUE = {"t", "true", "y", "yes", "on", "1"}
_FALSE = {"f", "false", "n", "no", "off", "0"}


def decode_parameters(
    values: Sequence[bytes | None], formats: Sequence[int], oids: Sequence[int]
) -> list[object]:
    """Python values of a Bind message's parameters.

    Args:
        values: Raw values; None is SQL NULL.
        formats: Format codes: none (all text), one for all, or one each.
        oids: Types from Parse; a parameter without one, or of unknown type, stays text and the
            engine gives it the type of its place.

    Raises:
        RedshiftError: 22P02 for text that is not of its type, 22P03 for bytes that are not,
            08P01 when the number of formats does not fit.
    """
    codes = expand_formats(formats, len(values))
    if len(codes) != len(values):
        raise RedshiftError(
            f"bind message has {len(codes)} parameter formats but {len(values)} parameters",
            "08P01",
        )
    padded = [*oids, *[0] * (len(values) - len(oids))]
    return [
        None if value is None else _decode(value, code, oid)
        for value, code, oid in zip(values, codes, padded, strict=False)
    ]


def _decode(value: bytes, code: int, oid: int) -> object:
    if code != BINARY:
        return _decode_text(value, oid)
    try:
        return _BINARY.get(oid, bytes.decode)(value)
    except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise RedshiftError(
            f"incorrect binary data format in bind parameter of type {oid}: {error}", "22P03"
        ) from error


def _decode_text(value: bytes, oid: int) -> object:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise RedshiftError(f"parameter is not valid UTF-8: {error}", "22021") from error
    if oid not in _TEXT:
        return text
    name, parse = _TEXT[oid]
    try:
        return parse(text.strip())
    except (ValueError, ArithmeticError) as error:
        raise RedshiftError(f'invalid input syntax for type {name}: "{text}"', "22P02") from error


def _parse_bool(text: str) -> bool:
    lowered = text.lower()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    raise ValueError(text)


def _parse_bytea(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("\\x") else text.encode()


def _unpack(code: str) -> Callable[[bytes], object]:
    unpack = struct.Struct("!" + code).unpack
    return lambda data: unpack(data)[0]


def _timestamp(data: bytes) -> datetime:
    return EPOCH + timedelta(microseconds=struct.unpack("!q", data)[0])


def _timestamptz(data: bytes) -> datetime:
    return _timestamp(data).replace(tzinfo=UTC)


def _date(data: bytes) -> date:
    return (EPOCH + timedelta(days=struct.unpack("!i", data)[0])).date()


def _time_of_day(data: bytes) -> time:
    return (EPOCH + timedelta(microseconds=struct.unpack("!q", data[:8])[0])).time()


def _numeric(data: bytes) -> Decimal:
    count, weight, sign, scale = struct.unpack_from("!hhHh", data)
    if sign == 0xC000:
        return Decimal("NaN")
    groups = struct.unpack_from(f"!{count}h", data, 8)
    whole = 0
    for group in groups:
        whole = whole * 10_000 + group
    # Built from its digits: arithmetic on Decimal would round to the context's precision.
    digits = tuple(int(digit) for digit in str(whole))
    exponent = 4 * (weight - count + 1)
    excess = -exponent - scale
    if excess > 0:
        digits, exponent = digits[:-excess] or (0,), -scale
    return Decimal((1 if sign else 0, digits, exponent))


_BINARY: dict[int, Callable[[bytes], object]] = {
    16: _unpack("?"),
    17: bytes,
    20: _unpack("q"),
    21: _unpack("h"),
    23: _unpack("i"),
    26: _unpack("I"),
    700: _unpack("f"),
    701: _unpack("d"),
    1082: _date,
    1083: _time_of_day,
    1114: _timestamp,
    1184: _timestamptz,
    1700: _numeric,
}

_TEXT: dict[int, tuple[str, Callable[[str], object]]] = {
    16: ("boolean", _parse_bool),
    17: ("bytea", _parse_bytea),
    20: ("bigint", int),
    21: ("smallint", int),
    23: ("integer", int),
    26: ("oid", int),
    700: ("real", float),
    701: ("double precision", float),
    1082: ("date", date.fromisoformat),
    1083: ("time", time.fromisoformat),
    1114: ("timestamp", datetime.fromisoformat),
    1184: ("timestamp with time zone", datetime.fromisoformat),
    1700: ("numeric", Decimal),
}
