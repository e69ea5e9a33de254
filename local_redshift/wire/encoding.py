"""Result values to bytes: text and binary format of each type."""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from local_redshift.results import Column
from local_redshift.values import text_renderer

TEXT, BINARY = 0, 1
_NULL = struct.pack("!i", -1)
_LENGTH = struct.Struct("!i")
_ROW_HEAD = struct.Struct("!cih")

# Dates and timestamps count from 2000-01-01 (Postgres, "Date/Time Types").
EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the type is a timestamp without time zone
_EPOCH_UTC = EPOCH.replace(tzinfo=UTC)
_EPOCH_DAY = EPOCH.toordinal()

Encoder = Callable[..., bytes]
"""From a non-null value to its length and its bytes."""


class RowEncoder:
    """Encodes rows of one result as DataRow messages.

    Written out here and not left to the codec's message objects, because a fetch of a million
    rows spends its time in this place.

    Args:
        columns: The result's columns.
        formats: Format codes as Bind gives them: none (all text), one for all, or one each.
    """

    def __init__(self, columns: Sequence[Column], formats: Sequence[int] = ()) -> None:
        self.formats = expand_formats(formats, len(columns))
        self._encoders = [
            _encoder(column.type.oid, code)
            for column, code in zip(columns, self.formats, strict=True)
        ]

    def encode(self, row: Sequence[object]) -> bytes:
        """One row as a whole message, its head included."""
        body = b"".join(
            [
                _NULL if value is None else encode(value)
                for encode, value in zip(self._encoders, row, strict=True)
            ]
        )
        return _ROW_HEAD.pack(b"D", len(body) + 6, len(row)) + body


def expand_formats(codes: Sequence[int], count: int) -> list[int]:
    """One format code per column or parameter, from the shorthand that Bind allows."""
    if not codes:
        return [TEXT] * count
    return list(codes) * count if len(codes) == 1 else list(codes)


def _encoder(oid: int, format_code: int) -> Encoder:
    if format_code == BINARY and oid in _BINARY:
        return _BINARY[oid]
    render = text_renderer(oid)

    def encode_text(value: object) -> bytes:
        data = render(value).encode()
        return _LENGTH.pack(len(data)) + data

    return encode_text


def _fixed(code: str, convert: Callable[..., object] | None = None) -> Encoder:
    """An encoder for a type of fixed width: its length and one packed number."""
    packer = struct.Struct("!i" + code)
    size = struct.calcsize("!" + code)
    pack = packer.pack
    if convert is None:
        return lambda value: pack(size, value)
    return lambda value: pack(size, convert(value))


def _microseconds(span: timedelta) -> int:
    return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds


def _timestamp(value: datetime) -> int:
    return _microseconds(value - EPOCH)


def _timestamptz(value: datetime) -> int:
    return _microseconds(value - _EPOCH_UTC)


def _days(value: date) -> int:
    return value.toordinal() - _EPOCH_DAY


def _time_of_day(value: time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * 1_000_000 + value.microsecond


def _timetz(value: time) -> bytes:
    """Microseconds, then the zone in seconds west of UTC."""
    offset = value.utcoffset() or timedelta()
    return struct.pack("!iqi", 12, _time_of_day(value), -int(offset.total_seconds()))


def _interval(value: timedelta) -> bytes:
    """Microseconds, days, months: 64, 16 and 16 bits, as Redshift's driver reads them."""
    rest = value - timedelta(days=value.days)
    return struct.pack("!iqhh", 12, _microseconds(rest), value.days, 0)


def _numeric(value: object) -> bytes:
    """Postgres's base-10000 digits: their count, weight, sign and display scale, then each."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return struct.pack("!ihhHh", 8, 0, 0, 0xC000, 0)
    scale = max(0, -exponent)
    text = "".join(map(str, digits)) + "0" * max(0, exponent)
    whole, fraction = (text[:-scale], text[-scale:].rjust(scale, "0")) if scale else (text, "")
    whole = whole.lstrip("0")
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    joined = whole + fraction
    groups = [int(joined[i : i + 4]) for i in range(0, len(joined), 4)]
    weight = len(whole) // 4 - 1
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    while groups and groups[-1] == 0:
        groups.pop()
    head = (len(groups), weight if groups else 0, 0x4000 if sign else 0, scale)
    return struct.pack(f"!ihhHh{len(groups)}h", 8 + 2 * len(groups), *head, *groups)


def _bytea(value: bytes | bytearray) -> bytes:
    return _LENGTH.pack(len(value)) + value


_BINARY: dict[int, Encoder] = {
    16: _fixed("?"),
    17: _bytea,
    20: _fixed("q"),
    21: _fixed("h"),
    23: _fixed("i"),
    26: _fixed("I"),
    700: _fixed("f"),
    701: _fixed("d"),
    1082: _fixed("i", _days),
    1083: _fixed("q", _time_of_day),
    1114: _fixed("q", _timestamp),
    1184: _fixed("q", _timestamptz),
    1186: _interval,
    1266: _timetz,
    1700: _numeric,
}
