"""Functions on text, on bytes, and hashes of both."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import types
from local_redshift.sql.calls import Arguments, Builder, call, number, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def concat(args: Arguments, _: "Context") -> exp.Expr:
    """Two arguments, and NULL when either is."""
    return exp.paren(exp.DPipe(this=args[0], expression=args[1]))


def charindex(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", args[1], args[0]), "int")


def strpos(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", *args), "int")


def _is_bytes(value: exp.Expr, context: "Context") -> bool:
    return context.type_of(value) == types.VARBYTE.name


def length(args: Arguments, context: "Context") -> exp.Expr:
    """Characters of a text, bytes of a VARBYTE."""
    if _is_bytes(args[0], context):
        return exp.cast(call("octet_length", args[0]), "int")
    return exp.cast(call("length", exp.cast(args[0], "varchar")), "int")


def octet_length(args: Arguments, context: "Context") -> exp.Expr:
    if _is_bytes(args[0], context):
        return exp.cast(call("octet_length", args[0]), "int")
    return exp.cast(call("strlen", exp.cast(args[0], "varchar")), "int")


def listagg(args: Arguments, _: "Context") -> exp.Expr:
    """NULL and empty text are left out."""
    first, rest = args[0], args[1:]
    distinct = isinstance(first, exp.Distinct)
    if isinstance(first, exp.Distinct):
        first, *rest = first.expressions
    value: exp.Expr = exp.func("NULLIF", exp.cast(first, "varchar"), text(""))
    if distinct:
        value = exp.Distinct(expressions=[value])
    return call("string_agg", value, *(rest or [text("")]))


def octetindex(args: Arguments, _: "Context") -> exp.Expr:
    """The place of a text in another, in bytes."""
    place = call("strpos", args[1], args[0])
    before = call("left", args[1].copy(), exp.Sub(this=place, expression=number(1)))
    found = exp.Add(this=call("strlen", before), expression=number(1))
    missing = exp.EQ(this=place.copy(), expression=number(0))
    return exp.cast(exp.Case(ifs=[exp.If(this=missing, true=number(0))], default=found), "int")


def bpcharcmp(args: Arguments, _: "Context") -> exp.Expr:
    """-1, 0 or 1 for how two texts compare; trailing blanks do not count."""
    one, other = (call("rtrim", exp.cast(arg, "varchar"), text(" ")) for arg in args)
    return compared(one, other)


def compared(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """-1, 0 or 1, and NULL when either is."""
    smaller = exp.If(this=exp.LT(this=one, expression=other), true=number(-1))
    greater = exp.If(this=exp.GT(this=one.copy(), expression=other.copy()), true=number(1))
    equal = exp.If(this=exp.EQ(this=one.copy(), expression=other.copy()), true=number(0))
    return exp.Case(ifs=[smaller, greater, equal])


def split_part(args: Arguments, _: "Context") -> exp.Expr:
    """Parts count from 1, in Redshift from the left only.

    Raises:
        RedshiftError: 22023 for a part below 1.
    """
    place = args[2]
    if isinstance(place, exp.Neg) or (place.is_int and int(place.name) < 1):
        raise RedshiftError("field position must be greater than zero", "22023")
    return call("split_part", *args)


def lpad(args: Arguments, _: "Context") -> exp.Expr:
    return call("lpad", *args) if len(args) == 3 else call("lpad", *args, text(" "))


def rpad(args: Arguments, _: "Context") -> exp.Expr:
    return call("rpad", *args) if len(args) == 3 else call("rpad", *args, text(" "))


def soundex(args: Arguments, _: "Context") -> exp.Expr:
    return call("native_soundex", args[0])


def difference(args: Arguments, _: "Context") -> exp.Expr:
    return call("native_difference", *args)


def _collate(args: Arguments, _: "Context") -> exp.Expr:
    """COLLATE(text, collation)."""
    return collated(args[0], str(args[1].name))


def collated(value: exp.Expr, collation: str) -> exp.Expr:
    """A text that compares by its letters, or regardless of their case.

    Raises:
        RedshiftError: 42704 for a collation that Redshift does not have.
    """
    names = {
        "case_insensitive": "nocase", "ci": "nocase", "case_sensitive": "binary", "cs": "binary",
    }  # fmt: skip
    name = names.get(collation.lower())
    if name is None:
        raise RedshiftError(f'collation "{collation}" does not exist', "42704")
    return exp.paren(exp.Collate(this=value, expression=exp.to_identifier(name, quoted=True)))


# Hashes


def sha2(args: Arguments, _: "Context") -> exp.Expr:
    if args[1].is_int and args[1].name in ("0", "256"):
        return call("sha256", args[0])
    return call("native_sha2", args[0], exp.cast(args[1], "int"))


def crc32(args: Arguments, _: "Context") -> exp.Expr:
    return call("native_crc32", exp.cast(args[0], "varchar"))


def murmur3(args: Arguments, context: "Context") -> exp.Expr:
    """MURMUR3_32_HASH of a text or an integer.

    Raises:
        RedshiftError: 0A000 for other types, and for a seed, whose use is not documented.
    """
    kind = context.type_of(args[0])
    if len(args) > 1:
        raise RedshiftError("MURMUR3_32_HASH with a seed is not supported", "0A000")
    if kind in ("varchar", "bpchar"):
        return call("native_murmur3_text", args[0])
    if kind in ("int2", "int4", "int8"):
        return call("native_murmur3_integer", exp.cast(args[0], "bigint"))
    raise RedshiftError(f"MURMUR3_32_HASH of {kind or 'this type'} is not supported", "0A000")


# VARBYTE


def to_hex(args: Arguments, context: "Context") -> exp.Expr:
    value = args[0]
    if context.type_of(value) == "varchar":
        value = call("encode", value)
    return call("lower", call("hex", value))


def from_hex(args: Arguments, _: "Context") -> exp.Expr:
    return call("from_hex", args[0])


def to_varbyte(args: Arguments, _: "Context") -> exp.Expr:
    """TO_VARBYTE(text, format): ``hex``, ``binary`` (zeros and ones), ``utf8`` or ``base64``."""
    value, form = args[0], str(args[1].name).lower()
    reads = {
        "hex": ("from_hex", value),
        "hexadecimal": ("from_hex", value),
        "binary": ("from_binary", value),
        "utf8": ("encode", value),
        "utf-8": ("encode", value),
        "base64": ("from_base64", value),
    }
    return call(*_known_format(reads, form))


def from_varbyte(args: Arguments, _: "Context") -> exp.Expr:
    value, form = args[0], str(args[1].name).lower()
    if form in ("hex", "hexadecimal"):
        return call("lower", call("hex", value))
    writes = {
        "binary": ("to_binary", value),
        "utf8": ("decode", value),
        "utf-8": ("decode", value),
        "base64": ("to_base64", value),
    }
    return call(*_known_format(writes, form))


def _known_format(forms: dict[str, tuple[str, exp.Expr]], form: str) -> tuple[str, exp.Expr]:
    found = forms.get(form)
    if found is None:
        raise RedshiftError(f"'{form}' is not a format of VARBYTE", "22023")
    return found


FUNCTIONS: dict[str, Builder] = {
    "bpcharcmp": Builder(bpcharcmp, 2, 2),
    "bttext_pattern_cmp": Builder(bpcharcmp, 2, 2),
    "char_length": Builder(length, 1, 1),
    "character_length": Builder(length, 1, 1),
    "charindex": Builder(charindex, 2, 2),
    "collate": Builder(_collate, 2, 2),
    "concat": Builder(concat, 2, 2),
    "crc32": Builder(crc32, 1, 1),
    "difference": Builder(difference, 2, 2),
    "from_hex": Builder(from_hex, 1, 1),
    "from_varbyte": Builder(from_varbyte, 2, 2),
    "len": Builder(length, 1, 1),
    "length": Builder(length, 1, 1),
    "lpad": Builder(lpad, 2, 3),
    "rpad": Builder(rpad, 2, 3),
    "listagg": Builder(listagg, 1, 2),
    "murmur3_32_hash": Builder(murmur3, 1, 2),
    "octet_length": Builder(octet_length, 1, 1),
    "octetindex": Builder(octetindex, 2, 2),
    "sha2": Builder(sha2, 2, 2),
    "soundex": Builder(soundex, 1, 1),
    "split_part": Builder(split_part, 3, 3),
    "strpos": Builder(strpos, 2, 2),
    "textlen": Builder(length, 1, 1),
    "to_hex": Builder(to_hex, 1, 1),
    "to_varbyte": Builder(to_varbyte, 2, 2),
}
