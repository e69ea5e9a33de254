"""Functions of the product that DuckDB lacks, as DuckDB macros in ``_catalog``.

A macro may have several bodies, chosen by the types of its arguments.
"""

from local_redshift.access.views import MACROS as ACCESS_MACROS
from local_redshift.sql.plan import quote

CATALOG = "_catalog"
# Longest-lived facts about a session are DuckDB variables, so that views can read them too.
PID, USER, QUERY_ID, COPY_ID, COPY_COUNT, UNLOAD_ID, UNLOAD_COUNT = (
    "session_pid",
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


# Name -> list of (parameters, body); order matters where one macro uses another.
MACROS: dict[str, list[tuple[str, str]]] = {
    "signed_64": [
        (
            "u",
            f"CASE WHEN u::HUGEINT >= {2**63}::HUGEINT THEN u::HUGEINT - {2**64}::HUGEINT "
            "ELSE u::HUGEINT END::BIGINT",
        )
    ],
    "fnv_hash": [
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
            "CASE WHEN strlen(s) <= n THEN s WHEN strlen(s) = length(s) THEN left(s, n) ELSE "
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
    "months_between": [
        (
            "a, b",
            "CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = "
            "last_day(b)) THEN CAST(date_diff('month', b, a) AS DOUBLE) ELSE "
            "date_diff('month', b, a) + (day(a) - day(b)) / 31.0::DOUBLE END",
        )
    ],
    "convert_timezone": [
        ("target, x", "timezone(target, timezone('UTC', CAST(x AS TIMESTAMP)))"),
        ("source, target, x", "timezone(target, timezone(source, CAST(x AS TIMESTAMP)))"),
    ],
    "regexp_substr": [
        ("s, p", "regexp_extract(s, p)"),
        ("s, p, pos", "regexp_extract(substr(s, pos), p)"),
        ("s, p, pos, n", "coalesce(regexp_extract_all(substr(s, pos), p)[n], '')"),
        (
            "s, p, pos, n, flags",
            "coalesce(regexp_extract_all(substr(s, pos), CASE WHEN flags LIKE '%i%' THEN '(?i)' "
            "ELSE '' END || p)[n], '')",
        ),
    ],
    "regexp_count": [
        ("s, p", "CAST(len(regexp_extract_all(s, p)) AS INTEGER)"),
        ("s, p, pos", "CAST(len(regexp_extract_all(substr(s, pos), p)) AS INTEGER)"),
    ],
    "regexp_instr": [
        (
            "s, p",
            "CASE WHEN regexp_matches(s, p) THEN "
            "length(regexp_extract(s, '(?s)^(.*?)(?:' || p || ')', 1)) + 1 ELSE 0 END",
        )
    ],
    "is_valid_json": [
        ("s", "coalesce(json_valid(s) AND json_type(try_cast(s AS JSON)) = 'OBJECT', false)")
    ],
    "is_valid_json_array": [
        ("s", "coalesce(json_valid(s) AND json_type(try_cast(s AS JSON)) = 'ARRAY', false)")
    ],
    "json_serialize": [("j", "CAST(j AS VARCHAR)")],
    "json_parse": [("s", "CAST(s AS JSON)")],
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
            "CASE lower(relation) WHEN 'pg_class' THEN 1259 WHEN 'pg_rewrite' THEN 2618 ELSE "
            "(SELECT min(r.oid) FROM _catalog.relations r WHERE lower(relation) = r.name "
            "OR lower(relation) = r.schema_name || '.' || r.name) END",
        )
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
