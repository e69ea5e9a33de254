"""Functions of Redshift that DuckDB lacks, as DuckDB macros in ``_catalog``.

A macro may have several bodies, chosen by the types of its arguments.
"""

from local_redshift.access.views import MACROS as ACCESS_MACROS
from local_redshift.sql.plan import quote

CATALOG = "_catalog"
# Longest-lived facts about a session are DuckDB variables, so that views can read them too.
PID, STATEMENT_START, USER, QUERY_ID, COPY_ID, COPY_COUNT, UNLOAD_ID, UNLOAD_COUNT = (
    "session_pid",
    "statement_start",
    "session_user",
    "last_query_id",
    "last_copy_id",
    "last_copy_count",
    "last_unload_id",
    "last_unload_count",
)
VERSION = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 "
    "(Red Hat 3.4.2-6.fc3), Redshift 1.0.117891"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FNV_OFFSET = "14695981039346656037::UHUGEINT"
_TWO_64 = "18446744073709551616::UHUGEINT"


def _integer_bytes(size: int) -> str:
    """The little-endian bytes of the two's complement of ``v``."""
    unsigned = f"((v::HUGEINT + {256**size}::HUGEINT) % {256**size}::HUGEINT)::UHUGEINT"
    return f"[({unsigned} >> (8 * i)::UHUGEINT) & 255::UHUGEINT for i in range(0, {size})]"


_TEXT_BYTES = (
    "list_transform(regexp_extract_all(hex(encode(v)), '..'), lambda b: ('0x' || b)::UHUGEINT)"
)


def _fnv(start: str, octets: str) -> str:
    """FNV-1a over a list of bytes; the 64 bits are read as a signed number."""
    folded = (
        f"list_reduce(list_prepend({start}, {octets}), "
        f"lambda h, b: (xor(h, b) * 1099511628211::UHUGEINT) % {_TWO_64})"
    )
    return f"_catalog.signed_64({folded})"


def _seeded(seed: str) -> str:
    return f"((({seed})::HUGEINT + {2**64}::HUGEINT) % {2**64}::HUGEINT)::UHUGEINT"


# Parts of a date that TO_CHAR writes and strftime does not know.
_ERA = "CASE WHEN year(x) > 0 THEN '{}' ELSE '{}' END"
_ROMAN = ", ".join(
    f"'{text}'"
    for text in "I II III IV V VI VII VIII IX X XI XII".split()  # noqa: SIM905 - shorter
)
DATE_PARTS: dict[str, list[tuple[str, str]]] = {
    "part_era": [("x", _ERA.format("AD", "BC"))],
    "part_era_dots": [("x", _ERA.format("A.D.", "B.C."))],
    "part_meridiem_dots": [("x", "CASE WHEN hour(x) < 12 THEN 'A.M.' ELSE 'P.M.' END")],
    "part_century": [("x", "century(x)")],
    "part_day_of_week": [("x", "dayofweek(x) + 1")],
    "part_iso_day_of_week": [("x", "isodow(x)")],
    "part_iso_day_of_year": [("x", "(weekofyear(x) - 1) * 7 + isodow(x)")],
    "part_iso_year": [("x", "isoyear(x)")],
    "part_iso_year_3": [("x", "isoyear(x) % 1000")],
    "part_iso_year_2": [("x", "isoyear(x) % 100")],
    "part_iso_year_1": [("x", "isoyear(x) % 10")],
    "part_julian_day": [("x", "CAST(floor(julian(CAST(x AS DATE))) AS BIGINT)")],
    "part_quarter": [("x", "quarter(x)")],
    "part_roman_month": [("x", f"[{_ROMAN}][month(x)]")],
    "part_second_of_day": [("x", "hour(x) * 3600 + minute(x) * 60 + second(x)")],
    "part_zone": [("x", "'UTC'")],
    "part_week_of_month": [("x", "(day(x) - 1) // 7 + 1")],
    "part_week_of_year": [("x", "(dayofyear(x) - 1) // 7 + 1")],
    "part_year_1": [("x", "year(x) % 10")],
    "part_year_3": [("x", "year(x) % 1000")],
    "part_year_grouped": [("x", "format('{:,}', year(x))")],
    "with_ordinal": [
        (
            "s, form",
            "s || CASE WHEN form = 'TH' THEN upper(_catalog.ordinal(s)) ELSE "
            "_catalog.ordinal(s) END",
        )
    ],
}

# Name -> list of (parameters, body); order matters where one macro uses another.
MACROS: dict[str, list[tuple[str, str]]] = {
    "signed_64": [
        (
            "u",
            f"CASE WHEN u::HUGEINT >= {2**63}::HUGEINT THEN u::HUGEINT - {2**64}::HUGEINT "
            "ELSE u::HUGEINT END::BIGINT",
        )
    ],
    "exact_quotient": [  # of whole numbers, times a power of ten, without overflow in between
        ("a, b, power", "(a // b) * power + ((a % b) * power) // b")
    ],
    "fnv_hash": [
        ("v SMALLINT", _fnv(_FNV_OFFSET, _integer_bytes(2))),
        ("v SMALLINT, seed BIGINT", _fnv(_seeded("seed"), _integer_bytes(2))),
        ("v INTEGER", _fnv(_FNV_OFFSET, _integer_bytes(4))),
        ("v BIGINT", _fnv(_FNV_OFFSET, _integer_bytes(8))),
        ("v VARCHAR", _fnv(_FNV_OFFSET, _TEXT_BYTES)),
        ("v INTEGER, seed BIGINT", _fnv(_seeded("seed"), _integer_bytes(4))),
        ("v BIGINT, seed BIGINT", _fnv(_seeded("seed"), _integer_bytes(8))),
        ("v VARCHAR, seed BIGINT", _fnv(_seeded("seed"), _TEXT_BYTES)),
    ],
    "strtol_digits": [
        (
            "s, base",
            f"list_reduce(list_prepend(0::HUGEINT, [CASE WHEN strpos('{_DIGITS}', c) BETWEEN 1 AND "
            f"base THEN strpos('{_DIGITS}', c) - 1 ELSE error('The input ' || s || ' is not valid "
            "to be converted to base ' || base) END::HUGEINT FOR c IN "
            "string_split(ltrim(lower(s), '-'), '')]), lambda a, d: a * base + d) "
            "* CASE WHEN s LIKE '-%' THEN -1 ELSE 1 END",
        )
    ],
    "strtol": [
        (
            "s, base",
            "CASE WHEN s IS NULL THEN NULL WHEN s = '' THEN 0 "
            "WHEN base = 16 AND s NOT LIKE '-%' THEN "
            "CAST(CASE WHEN s LIKE '0x%' THEN s ELSE '0x' || s END AS BIGINT) "
            "ELSE CAST(_catalog.strtol_digits(s, base) AS BIGINT) END",
        )
    ],
    "initcap": [
        (
            "s",
            "array_to_string([upper(w[1]) || lower(w[2:]) FOR w IN "
            "regexp_extract_all(s, '[[:alnum:]]+|[^[:alnum:]]+')], '')",
        )
    ],
    "truncate_bytes": [
        (
            "s, n",
            "CASE WHEN s IS NULL OR strlen(s) <= n THEN s "
            "WHEN strlen(s) = length(s) THEN left(s, n) ELSE "
            "left(s, len(list_filter(range(1, n + 1), lambda i: strlen(left(s, i)) <= n))) END",
        )
    ],
    "fit": [  # a value for a column of n bytes: only blanks may be cut
        (
            "s, n, kind",
            "CASE WHEN s IS NULL OR strlen(s) <= n THEN s "
            "WHEN strlen(rtrim(s, ' ')) <= n THEN _catalog.truncate_bytes(s, n) "
            "ELSE error('value too long for type ' || kind || '(' || n || ')') END",
        )
    ],
    "varchar_or_error": [
        ("v, complaint", "CASE WHEN strlen(v) > 65535 THEN error(complaint) ELSE v END")
    ],
    "trunc": [
        ("x TIMESTAMP", "CAST(x AS DATE)"),
        ("x TIMESTAMPTZ", "CAST(x AS DATE)"),
        ("x DATE", "x"),
        ("x DOUBLE", "trunc(x)"),
        ("x BIGINT", "x"),
        ("x INTEGER", "x"),
    ],
    "add_years": [
        (
            "x, n",
            "(x + to_years(n)) + CASE WHEN day(x + to_years(n)) = day(x) THEN INTERVAL 0 DAY "
            "ELSE INTERVAL 1 DAY END",
        )
    ],
    "add_months": [
        (
            "x, n",
            "CASE WHEN CAST(x AS DATE) = last_day(CAST(x AS DATE)) THEN "
            "CAST(last_day(CAST(CAST(x AS DATE) + to_months(n) AS DATE)) AS TIMESTAMP) "
            "+ (CAST(x AS TIMESTAMP) - CAST(CAST(x AS DATE) AS TIMESTAMP)) "
            "ELSE CAST(x AS TIMESTAMP) + to_months(n) END",
        )
    ],
    "ordinal": [
        (
            "s",
            "CASE WHEN s[-2:] IN ('11', '12', '13') THEN 'th' WHEN s[-1:] = '1' THEN 'st' "
            "WHEN s[-1:] = '2' THEN 'nd' WHEN s[-1:] = '3' THEN 'rd' ELSE 'th' END",
        )
    ],
    **DATE_PARTS,
    "months_between": [
        (
            "a, b",
            "CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = "
            "last_day(b)) THEN CAST(date_diff('month', b, a) AS DOUBLE) ELSE "
            "date_diff('month', b, a) + (day(a) - day(b)) / 31.0::DOUBLE END",
        )
    ],
    "is_valid_json": [
        ("s", "coalesce(json_valid(s) AND json_type(try_cast(s AS JSON)) = 'OBJECT', false)")
    ],
    "is_valid_json_array": [
        ("s", "coalesce(json_valid(s) AND json_type(try_cast(s AS JSON)) = 'ARRAY', false)")
    ],
    "quote_literal": [("s", "'''' || replace(s, '''', '''''') || ''''")],
    "quote_ident": [
        (
            "s",
            "CASE WHEN regexp_full_match(s, '[a-z_][a-z0-9_$]*') THEN s "
            "ELSE '\"' || replace(s, '\"', '\"\"') || '\"' END",
        )
    ],
    "to_regclass": [
        (
            "relation",
            "CASE lower(relation::VARCHAR) WHEN 'pg_class' THEN 1259 WHEN 'pg_rewrite' THEN 2618 "
            "ELSE (SELECT min(r.oid) FROM _catalog.relations r WHERE lower(relation::VARCHAR) "
            "IN (r.name, r.schema_name || '.' || r.name)) END",
        )
    ],
    "pg_get_constraintdef_text": [
        (
            "id",
            "(SELECT max('PRIMARY KEY (' || array_to_string(CAST(json_extract(r.attributes, "
            "'$.primary_key') AS VARCHAR[]), ', ') || ')') FROM _catalog.relations AS r "
            "WHERE r.oid * 10 = id)",
        )
    ],
    "to_regproc": [("f", "(SELECT min(p.oid) FROM _local.functions AS p WHERE p.name = lower(f))")],
    # The number for a name; the name, as a text, for a number.
    "to_regtype": [
        (
            "t VARCHAR",
            "(SELECT min(n.oid) FROM _catalog.type_names AS n WHERE "
            "replace(lower(t), 'pg_catalog.', '') IN (n.name, n.long_name))",
        ),
        (
            "t BIGINT",
            "(SELECT max(n.long_name) FROM _catalog.type_names AS n WHERE n.oid = t)",
        ),
    ],
    "format_encoding": [("e", "CASE WHEN e = 0 THEN 'none' END")],
    "pg_function_is_visible": [("id", "true")],
    "pg_type_is_visible": [("id", "true")],
    "pg_get_function_result": [
        (
            "id",
            "(SELECT max(p.result) FROM _local.functions AS p WHERE p.oid = id)",
        )
    ],
    "pg_get_function_arguments": [
        (
            "id",
            "(SELECT max(array_to_string(p.arguments, ', ')) "
            "FROM _local.functions AS p WHERE p.oid = id)",
        )
    ],
    "pg_get_constraintdef": [
        ("id", "_catalog.pg_get_constraintdef_text(id)"),
        ("id, pretty", "_catalog.pg_get_constraintdef_text(id)"),
    ],
    "array_to_string": [("a, s", "array_to_string(a, s)")],
    "version": [("", quote(VERSION))],
    "pg_backend_pid": [("", f"CAST(getvariable('{PID}') AS INTEGER)")],
    "current_user_name": [("", f"CAST(getvariable('{USER}') AS VARCHAR)")],
    "pg_last_query_id": [("", f"CAST(coalesce(getvariable('{QUERY_ID}'), -1) AS BIGINT)")],
    "pg_last_copy_id": [("", f"CAST(coalesce(getvariable('{COPY_ID}'), -1) AS BIGINT)")],
    "pg_last_copy_count": [("", f"CAST(coalesce(getvariable('{COPY_COUNT}'), 0) AS BIGINT)")],
    "pg_last_unload_id": [("", f"CAST(coalesce(getvariable('{UNLOAD_ID}'), -1) AS BIGINT)")],
    "pg_last_unload_count": [("", f"CAST(coalesce(getvariable('{UNLOAD_COUNT}'), 0) AS BIGINT)")],
    **ACCESS_MACROS,
    "pg_is_other_temp_schema": [("id", "false")],
    "pg_table_is_visible": [
        ("id", "EXISTS (SELECT 1 FROM _catalog.visible_relations r WHERE r.oid = id)")
    ],
    "pg_encoding_to_char": [("e", "'UTF8'")],
    "pg_client_encoding": [("", "'UTF8'")],
    "obj_description": [
        (
            "id",
            "(SELECT max(d.description) FROM _catalog.pg_description d "
            "WHERE d.objoid = id AND d.objsubid = 0)",
        ),
        (
            "id, kind",
            "(SELECT max(d.description) FROM _catalog.pg_description d "
            "WHERE d.objoid = id AND d.objsubid = 0)",
        ),
    ],
    "col_description": [
        (
            "id, n",
            "(SELECT max(d.description) FROM _catalog.pg_description d "
            "WHERE d.objoid = id AND d.objsubid = n)",
        )
    ],
    "format_type": [
        (
            "id, modifier",
            "CASE WHEN id IN (1043, 1042) THEN CASE WHEN id = 1043 THEN 'character varying' ELSE "
            "'character' END || CASE WHEN modifier > 4 THEN '(' || (modifier - 4) || ')' ELSE '' "
            "END WHEN id = 1700 AND modifier > 4 THEN 'numeric(' || ((modifier - 4) >> 16) || ',' "
            "|| ((modifier - 4) & 65535) || ')' ELSE coalesce((SELECT max(t.long_name) "
            "FROM _catalog.type_names t WHERE t.oid = id), '???') END",
        )
    ],
    "pg_get_expr": [("e, id", "e"), ("e, id, pretty", "e")],
    "pg_get_viewdef": [
        (
            "id",
            "(SELECT max(v.definition) FROM _catalog.view_definitions v WHERE v.oid = id)",
        ),
        (
            "id, pretty",
            "(SELECT max(v.definition) FROM _catalog.view_definitions v WHERE v.oid = id)",
        ),
    ],
}


def definitions() -> list[str]:
    """The statements that create every macro."""
    return [
        f"CREATE OR REPLACE MACRO {CATALOG}.{name} "
        + ", ".join(f"({parameters}) AS {body}" for parameters, body in bodies)
        for name, bodies in MACROS.items()
    ]
