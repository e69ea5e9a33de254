"""Types of Redshift and how DuckDB's map to them."""

from functools import lru_cache

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.results import DataType

_HEADER = 4  # what Postgres adds to a length in atttypmod

BOOL = DataType("bool", 16, 1)
INT8 = DataType("int8", 20, 8)
INT2 = DataType("int2", 21, 2)
INT4 = DataType("int4", 23, 4)
FLOAT4 = DataType("float4", 700, 4)
FLOAT8 = DataType("float8", 701, 8)
BPCHAR = DataType("bpchar", 1042)
VARCHAR = DataType("varchar", 1043)
DATE = DataType("date", 1082, 4)
TIME = DataType("time", 1083, 8)
TIMETZ = DataType("timetz", 1266, 12)
TIMESTAMP = DataType("timestamp", 1114, 8)
TIMESTAMPTZ = DataType("timestamptz", 1184, 8)
INTERVAL = DataType("interval", 1186, 16)
NAME = DataType("name", 19, 64)
OID = DataType("oid", 26, 4)
UNKNOWN = DataType("unknown", 705, -2)
SUPER = DataType("super", 4000)
VARBYTE = DataType("varbyte", 6551)
TEXT = DataType("text", 25)


def numeric(precision: int, scale: int) -> DataType:
    return DataType("numeric", 1700, -1, (precision << 16 | scale) + _HEADER)


def varchar(length: int) -> DataType:
    return DataType("varchar", 1043, -1, length + _HEADER)


NUMERIC = DataType("numeric", 1700)
BY_OID = {
    t.oid: t
    for t in (
        BOOL, INT8, INT2, INT4, FLOAT4, FLOAT8, BPCHAR, VARCHAR, DATE, TIME, TIMETZ, TIMESTAMP,
        TIMESTAMPTZ, INTERVAL, NAME, OID, UNKNOWN, SUPER, VARBYTE, TEXT, NUMERIC,
    )
}  # fmt: skip

_FROM_DUCKDB = {
    "BOOLEAN": BOOL,
    "TINYINT": INT2,
    "UTINYINT": INT2,
    "SMALLINT": INT2,
    "USMALLINT": INT4,
    "INTEGER": INT4,
    "UINTEGER": INT8,
    "BIGINT": INT8,
    "UBIGINT": numeric(20, 0),
    # A sum over integers; more digits than Redshift's numeric has cannot come out of one.
    "HUGEINT": numeric(38, 0),
    "UHUGEINT": numeric(38, 0),
    "FLOAT": FLOAT4,
    "DOUBLE": FLOAT8,
    "VARCHAR": VARCHAR,
    "UUID": VARCHAR,
    "DATE": DATE,
    "TIME": TIME,
    "TIME WITH TIME ZONE": TIMETZ,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP_S": TIMESTAMP,
    "TIMESTAMP_MS": TIMESTAMP,
    "TIMESTAMP_NS": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "INTERVAL": INTERVAL,
    "JSON": SUPER,
    "BLOB": VARBYTE,
    '"NULL"': UNKNOWN,
    "NULL": UNKNOWN,
}


@lru_cache(maxsize=1024)
def from_duckdb(name: str) -> DataType:
    """Redshift's type for a DuckDB type as DESCRIBE prints it, e.g. ``DECIMAL(18,2)``."""
    if name.startswith("DECIMAL("):
        precision, _, scale = name[8:-1].partition(",")
        return numeric(int(precision), int(scale))
    return _FROM_DUCKDB.get(name, VARCHAR)


def shown(duckdb_name: str, inferred: DataType | None) -> DataType:
    """The type of a result's column: DuckDB knows one text, which inference tells apart."""
    actual = from_duckdb(duckdb_name)
    textual = inferred is not None and inferred.name in _TEXTS
    return inferred if inferred is not None and textual and actual == VARCHAR else actual


_TEXTS = (VARCHAR.name, BPCHAR.name, NAME.name)

# How a parameter of a type is written for DuckDB when its value is not known yet.
DUCKDB_NAMES = {
    BOOL.oid: "BOOLEAN",
    INT8.oid: "BIGINT",
    INT2.oid: "SMALLINT",
    INT4.oid: "INTEGER",
    FLOAT4.oid: "FLOAT",
    FLOAT8.oid: "DOUBLE",
    DATE.oid: "DATE",
    TIME.oid: "TIME",
    TIMESTAMP.oid: "TIMESTAMP",
    TIMESTAMPTZ.oid: "TIMESTAMP WITH TIME ZONE",
}


# From Redshift's SQL

_FROM_SQL = {
    exp.DType.BOOLEAN: BOOL,
    exp.DType.SMALLINT: INT2,
    exp.DType.INT: INT4,
    exp.DType.BIGINT: INT8,
    exp.DType.FLOAT: FLOAT4,
    exp.DType.DOUBLE: FLOAT8,
    exp.DType.DATE: DATE,
    exp.DType.TIME: TIME,
    exp.DType.TIMETZ: TIMETZ,
    exp.DType.TIMESTAMP: TIMESTAMP,
    exp.DType.TIMESTAMPTZ: TIMESTAMPTZ,
    exp.DType.INTERVAL: INTERVAL,
    exp.DType.SUPER: SUPER,
    exp.DType.NAME: NAME,
    exp.DType.VARBINARY: VARBYTE,
}
_CHARACTER = {
    exp.DType.VARCHAR: ("varchar", 1043),
    exp.DType.NVARCHAR: ("varchar", 1043),
    exp.DType.TEXT: ("varchar", 1043),
    exp.DType.CHAR: ("bpchar", 1042),
    exp.DType.NCHAR: ("bpchar", 1042),
    exp.DType.BPCHAR: ("bpchar", 1042),
}
_LONGEST = {"varchar": 65535, "bpchar": 4096}
DEFAULT_LENGTH = {
    exp.DType.VARCHAR: 256,
    exp.DType.NVARCHAR: 256,
    exp.DType.TEXT: 256,
    exp.DType.BPCHAR: 256,
    exp.DType.CHAR: 1,
    exp.DType.NCHAR: 1,
}
_PLAIN_NAMES = {"oid": OID, "float8": FLOAT8, "float4": FLOAT4, "unknown": UNKNOWN}


def from_sql(written: exp.Expr) -> DataType | None:
    """The type that is written in a cast or a column definition, or None when there is none.

    A character type without a length has modifier -1: as wide as its value in a cast, and
    ``DEFAULT_LENGTH`` in a column definition.

    Raises:
        RedshiftError: 22023 for a length or precision out of bounds.
    """
    kind = written.this
    if kind in _CHARACTER:
        return _character(written)
    if kind is exp.DType.DECIMAL:
        sizes = [int(size.name) for size in written.expressions]
        return _checked_numeric(*sizes) if sizes else numeric(18, 0)
    found = _FROM_SQL.get(kind)
    return found or _PLAIN_NAMES.get(str(written.args.get("kind") or written.name).lower())


def _character(written: exp.Expr) -> DataType:
    name, oid = _CHARACTER[written.this]
    if not written.expressions:
        return DataType(name, oid)
    size = written.expressions[0].name.lower()
    length = _LONGEST[name] if size == "max" else int(size)
    if not 1 <= length <= _LONGEST[name]:
        raise RedshiftError(
            f"length for type {name} must be between 1 and {_LONGEST[name]}, not {length}", "22023"
        )
    return DataType(name, oid, -1, length + _HEADER)


def _checked_numeric(precision: int, scale: int = 0) -> DataType:
    if not (1 <= precision <= 38 and 0 <= scale <= precision):
        raise RedshiftError(
            f"NUMERIC({precision},{scale}): precision is 1 to 38, scale at most the precision",
            "22023",
        )
    return numeric(precision, scale)


def column_type(written: exp.Expr) -> DataType:
    """The type of a column definition. Raises 42704 for a name that is no type."""
    kind = from_sql(written)
    if kind is None:
        raise RedshiftError(f'type "{written.sql().lower()}" does not exist', "42704")
    if kind.name in _LONGEST and kind.modifier < 0:
        length = DEFAULT_LENGTH[written.this]
        return DataType(kind.name, kind.oid, -1, length + _HEADER)
    return kind


def length(kind: DataType) -> int | None:
    """Bytes of a character type that has a length, else None."""
    return kind.modifier - _HEADER if kind.name in _LONGEST and kind.modifier > 0 else None


def precision(kind: DataType) -> tuple[int, int]:
    """Precision and scale of a numeric."""
    packed = kind.modifier - _HEADER
    return packed >> 16, packed & 0xFFFF


# Bits of mantissa or value, as the information schema tells them.
BINARY_PRECISION = {"int2": 16, "int4": 32, "int8": 64, "float4": 24, "float8": 53}
WITHOUT_FRACTION = ("int2", "int4", "int8")
WIDEST_TEXT = 65535  # bytes; what text without a declared length is

# To DuckDB, and to the names that catalogs show

_TO_DUCKDB = {
    "bool": "BOOLEAN",
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timetz": "TIMETZ",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "interval": "INTERVAL",
    "super": "JSON",
    "varbyte": "BLOB",
    "oid": "BIGINT",
}
LONG_NAMES = {
    "bool": "boolean",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "varchar": "character varying",
    "bpchar": "character",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "varbyte": "binary varying",
}


def duckdb_name(kind: DataType) -> str:
    """How DuckDB writes the type."""
    if kind.name == "numeric":
        digits, scale = precision(kind) if kind.modifier > 0 else (18, 0)
        return f"DECIMAL({digits}, {scale})"
    return _TO_DUCKDB.get(kind.name, "VARCHAR")


def declaration(kind: DataType) -> str:
    """The type as DDL writes it, e.g. ``character varying(16)``; the inverse of ``declared``."""
    name = LONG_NAMES.get(kind.name, kind.name)
    if kind.name == "numeric" and kind.modifier > 0:
        return "{}({},{})".format(name, *precision(kind))
    size = length(kind)
    return f"{name}({size})" if size is not None else name


_BY_LONG_NAME = {LONG_NAMES.get(t.name, t.name): t for t in BY_OID.values() if t is not TEXT}


@lru_cache(maxsize=1024)
def declared(text: str) -> DataType:
    """The type that ``declaration`` wrote."""
    name, _, sizes = text.rstrip(")").partition("(")
    kind = _BY_LONG_NAME[name]
    if not sizes:
        return kind
    if kind.name == "numeric":
        digits, _, scale = sizes.partition(",")
        return numeric(int(digits), int(scale))
    return DataType(kind.name, kind.oid, -1, int(sizes) + _HEADER)
