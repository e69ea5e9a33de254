"""Numbers as text and back, by Redshift's numeric format strings."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from local_redshift.natives.errors import NativeError

_ROMAN = (
    ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50),
    ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip
_SIGNS = ("PR", "MI", "PL", "SG", "S")


@dataclass(frozen=True)
class _Format:
    """A format taken apart: ``whole`` and ``fraction`` hold ``9``, ``0``, ``G`` and texts."""

    whole: tuple[str, ...]
    fraction: tuple[str, ...]
    fill: bool
    sign: str
    leading_sign: bool
    currency: bool
    point: bool


def _read(pattern: str) -> _Format:
    upper = pattern.upper()
    fill = not upper.startswith("FM")
    rest = upper if fill else upper[2:]
    sign, leading, currency, point = "", False, False, False
    halves: tuple[list[str], list[str]] = ([], [])
    while rest:
        word = next((word for word in _SIGNS if rest.startswith(word)), rest[0])
        rest = rest[len(word) :]
        if word in _SIGNS:
            sign, leading = word, not (halves[0] or point)
        elif word in "LC$":
            currency = True
        elif word in ".D":
            point = True
        elif word in ",G":
            halves[point].append("G")
        elif word in "90 -/:":
            halves[point].append(word)
        else:
            raise NativeError(f"'{pattern}' is not a number format that is supported", "22023")
    return _Format(tuple(halves[0]), tuple(halves[1]), fill, sign, leading, currency, point)


def roman(value: int) -> str:
    """A whole number in Roman numerals, right in fifteen places; ``#`` beyond 3999."""
    if not 1 <= value <= 3999:
        return "#" * 15
    text = ""
    for letters, size in _ROMAN:
        count, value = divmod(value, size)
        text += letters * count
    return text


def to_char(value: str, pattern: str) -> str:
    """TO_CHAR of a number, which comes as text so that no digit is lost."""
    number = Decimal(value)
    upper = pattern.upper()
    if upper.removeprefix("FM") == "RN":
        text = roman(int(number.to_integral_value(ROUND_HALF_UP)))
        text = text.lower() if "rn" in pattern else text
        return text if upper.startswith("FM") else text.rjust(15)
    form = _read(pattern)
    places = sum(piece in "90" for piece in form.fraction)
    rounded = abs(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits, _, decimals = f"{rounded:f}".partition(".")
    negative = number < 0 and rounded != 0
    body = _whole(form, digits) + ("." if form.point else "") + _fraction(form, decimals)
    return _signed(form, body, negative)


def _whole(form: _Format, digits: str) -> str:
    places = sum(piece in "90" for piece in form.whole)
    digits = "" if digits == "0" and form.point and "0" not in form.whole else digits
    if len(digits) > places:
        return "".join("#" if piece in "90" else "," for piece in form.whole)
    digits = digits.rjust(places)
    first_zero = form.whole.index("0") if "0" in form.whole else len(form.whole)
    text, started, place = "", False, 0
    for index, piece in enumerate(form.whole):
        if piece not in "90":
            text += {"G": ","}.get(piece, piece) if started else " "
            continue
        digit = digits[place]
        place += 1
        if digit == " " and index >= first_zero:
            digit = "0"
        started = started or digit != " "
        text += digit
    return text


def _fraction(form: _Format, decimals: str) -> str:
    text, place = "", 0
    for piece in form.fraction:
        if piece in "90":
            text += decimals[place]
            place += 1
        else:
            text += {"G": ","}.get(piece, piece)
    if not form.fill:
        keep = len(form.fraction) - form.fraction[::-1].index("0") if "0" in form.fraction else 0
        kept, rest = text[:keep], text[keep:]
        text = kept + rest.rstrip("0")
    return text


def _signed(form: _Format, body: str, negative: bool) -> str:
    blanks = len(body) - len(body.lstrip(" "))
    number = body.lstrip(" ")
    minus = "-" if negative else ""
    if form.sign == "PR":
        text = f"<{number}>" if negative else f" {number} "
        text = " " * blanks + text
    elif form.sign in ("S", "SG"):
        shown = "-" if negative else "+"
        text = " " * blanks + (shown + number if form.leading_sign else number + shown)
        if form.sign == "S" and not form.leading_sign and not negative:
            text = " " * blanks + number + "+"
    elif form.sign == "MI":
        shown = minus or " "
        text = shown + body if form.leading_sign else body + shown
    elif form.sign == "PL":
        shown = " " if negative else "+"
        text = shown + body if form.leading_sign else body + shown
        text = ("-" if negative else " ") + text
    else:
        text = " " * blanks + (minus or " ") + number
    if form.currency:
        text = "$" + text
    return text if form.fill else text.strip()


def divide(one: str, other: str, scale: int) -> str:
    """A quotient with a number of decimals, cut off, for numbers too wide for 128 bits.

    Raises:
        NativeError: 22012 when the divisor is 0.
    """
    with localcontext(prec=120, rounding=ROUND_DOWN):
        divisor = Decimal(other)
        if divisor == 0:
            raise NativeError("Divide by zero", "22012")
        return f"{(Decimal(one) / divisor).quantize(Decimal(1).scaleb(-scale)):f}"


def to_number(text: str, pattern: str) -> str:
    """TO_NUMBER: the digits of a text, read by a format, as a plain number's text."""
    form = _read(pattern)
    kept = [letter for letter in text.strip() if letter.isdigit() or letter == "."]
    number = "".join(kept)
    places = sum(piece in "90" for piece in form.whole)
    whole = number.partition(".")[0]
    stray = set(text.strip()) - set("0123456789.,-+<>$ ()")
    if stray or not any(letter.isdigit() for letter in kept) or len(whole) > places:
        raise NativeError(f"'{text}' does not fit the number format '{pattern}'", "22P02")
    minus = "-" in text or text.strip().startswith("<")
    try:
        return f"{Decimal(('-' if minus else '') + number):f}"
    except InvalidOperation as error:
        raise NativeError(f"'{text}' is not a number", "22P02") from error


def number_size(pattern: str) -> tuple[int, int]:
    """Precision and scale of what TO_NUMBER returns for a format."""
    form = _read(pattern)
    whole, fraction = (sum(piece in "90" for piece in half) for half in (form.whole, form.fraction))
    return max(1, min(38, whole + fraction)), min(38, fraction)
