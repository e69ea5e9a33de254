"""Hash and phonetic functions that DuckDB lacks."""

import hashlib
from functools import lru_cache

_SHA2 = {
    0: hashlib.sha256,
    224: hashlib.sha224,
    256: hashlib.sha256,
    384: hashlib.sha384,
    512: hashlib.sha512,
}
_MASK = 0xFFFFFFFF
_SOUNDS = {
    letter: digit
    for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), start=1)
    for letter in letters
}


def sha2(text: str, bits: int) -> str:
    """SHA2: hexadecimal digits; the empty text for a size that does not exist."""
    digest = _SHA2.get(bits)
    return digest(text.encode()).hexdigest() if digest else ""


def crc32(text: str) -> str:
    """CRC32, by the polynomial of CRC-32C, as eight hexadecimal digits."""
    table, state = _crc_table(), _MASK
    for octet in text.encode():
        state = table[(state ^ octet) & 255] ^ (state >> 8)
    return f"{state ^ _MASK:08x}"


@lru_cache(maxsize=1)
def _crc_table() -> list[int]:
    table = []
    for octet in range(256):
        state = octet
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
        table.append(state)
    return table


def murmur3_text(text: str) -> int:
    return _murmur3(text.encode())


def murmur3_integer(value: int) -> int:
    """Integers of any width are hashed as eight bytes."""
    return _murmur3(value.to_bytes(8, "little", signed=True))


def _murmur3(data: bytes) -> int:
    """The 32-bit Murmur3 of bytes, read as a signed number."""
    state = 0
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(data[start : start + 4], "little"))
        state = (_rotated(state, 13) * 5 + 0xE6546B64) & _MASK
    if len(data) > whole:
        state ^= _mixed(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        state = ((state ^ (state >> shift)) * factor) & _MASK
    state ^= state >> 16
    return state - 2**32 if state >= 2**31 else state


def _mixed(block: int) -> int:
    return (_rotated((block * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK


def soundex(text: str) -> str:
    """A letter and three digits for how the English word sounds; other letters do not count."""
    letters = [letter for letter in text.upper() if "A" <= letter <= "Z"]
    if not letters:
        return ""
    code, last = letters[0], _SOUNDS.get(letters[0], 0)
    for letter in letters[1:]:
        digit = _SOUNDS.get(letter, 0)
        if digit and digit != last:
            code += str(digit)
        if letter not in "HW":
            last = digit
    return code[:4].ljust(4, "0")


def difference(one: str, other: str) -> int:
    """How many characters of the Soundex codes of two texts are alike: 4 for alike sound."""
    return sum(a == b for a, b in zip(soundex(one), soundex(other), strict=False))
