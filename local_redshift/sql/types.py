"""Types of the product and how DuckDB's map to them."""

from functools import lru_cache

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
    # A sum over integers; more digits than the product's numeric has cannot come out of one.
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
    """The product's type for a DuckDB type as DESCRIBE prints it, e.g. ``DECIMAL(18,2)``."""
    if name.startswith("DECIMAL("):
        precision, _, scale = name[8:-1].partition(",")
        return numeric(int(precision), int(scale))
    return _FROM_DUCKDB.get(name, VARCHAR)


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
