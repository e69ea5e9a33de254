"""System views on users, groups, roles and privileges."""

from local_redshift.access.privileges import (
    ALL_PRIVILEGES,
    COPY_JOBS,
    DATABASE_KIND,
    FUNCTIONS_IN_DATABASE,
    FUNCTIONS_IN_SCHEMA,
    RELATION,
    SCHEMA,
    SCHEMAS_IN_DATABASE,
    TABLES_IN_DATABASE,
    TABLES_IN_SCHEMA,
)
from local_redshift.access.store import ADMIN_ID, UNRESTRICTED_VARIABLE, USER_ID_VARIABLE
from local_redshift.settings import DATABASE
from local_redshift.sql.plan import quote

CURRENT_USER_ID = f"CAST(getvariable('{USER_ID_VARIABLE}') AS INTEGER)"
UNRESTRICTED = f"CAST(getvariable('{UNRESTRICTED_VARIABLE}') AS BOOLEAN)"


def user_name(column: str) -> str:
    """The name of the user whose number a column holds."""
    return f"(SELECT w.name FROM _local.users AS w WHERE w.user_id = {column})"


def visible(column: str) -> str:
    """The condition that a user sees a row: superusers see all, others what is their own."""
    return f"({UNRESTRICTED} OR {column} = {CURRENT_USER_ID})"


def access_list(kind: str, name: str, column: str) -> tuple[str, str]:
    """What adds an object's access list to a view: a column, and what to join.

    Args:
        kind: The kind of object.
        name: SQL that gives the object's name.
        column: What the column is called.
    """
    joined = (
        f"LEFT JOIN _catalog.access_lists AS a ON a.object_kind = '{kind}' AND a.object = {name}"
    )
    return f", a.acl AS {column}", joined


def without_lists(view: str) -> str:
    """The name of a view's twin that has no access lists, which take longest to look up."""
    return f"{view}_without_lists"


_LETTERS = {
    "INSERT": "a", "SELECT": "r", "UPDATE": "w", "DELETE": "d", "RULE": "R", "REFERENCES": "x",
    "TRIGGER": "t", "DROP": "D", "TRUNCATE": "P", "ALTER": "A", "USAGE": "U", "CREATE": "C",
    "TEMPORARY": "T", "EXECUTE": "X",
}  # fmt: skip
_LETTER_ROWS = ", ".join(
    f"('{name}', '{letter}', {place})" for place, (name, letter) in enumerate(_LETTERS.items())
)


def _owner_rows(kind: str, objects: str) -> str:
    """What owners hold without a GRANT, shown as soon as anything was granted on an object."""
    privileges = ", ".join(f"('{name}')" for name in ALL_PRIVILEGES[kind])
    return f"""
        SELECT '{kind}', o.object, p.privilege, 'user', o.owner_id, o.owner_id, true
        FROM ({objects}) AS o CROSS JOIN (VALUES {privileges}) AS p(privilege)
        WHERE EXISTS (SELECT 1 FROM _local.grants AS g
                      WHERE g.object_kind = '{kind}' AND g.object = o.object)
    """


_RELATIONS = (
    "SELECT schema_name || '.' || name AS object, owner_id FROM _catalog.relations "
    "WHERE NOT temporary"
)
_SCHEMAS = "SELECT name AS object, owner_id FROM _local.schemas"
_DATABASES = f"SELECT '{DATABASE}' AS object, {ADMIN_ID} AS owner_id"

BASE_VIEWS = {
    # Everything that a user is: himself, his groups, his roles and theirs, and PUBLIC.
    "user_identities": """
        WITH RECURSIVE held(user_id, kind, id) AS (
            (SELECT user_id, 'user', user_id FROM _local.users
             UNION ALL SELECT user_id, 'public', 0 FROM _local.users
             UNION ALL SELECT member_id, kind, id FROM _local.members WHERE member_kind = 'user')
            UNION
            SELECT h.user_id, m.kind, m.id FROM _local.members AS m
            JOIN held AS h ON m.member_kind = 'role' AND h.kind = 'role' AND h.id = m.member_id
        )
        SELECT user_id, kind, id FROM held
    """,
    "held_privileges": """
        SELECT DISTINCT i.user_id, g.object_kind, g.object, g.privilege
        FROM _local.grants AS g
        JOIN _catalog.user_identities AS i ON i.kind = g.grantee_kind AND i.id = g.grantee_id
    """,
    "identity_names": """
        SELECT 'user' AS kind, user_id AS id, name FROM _local.users
        UNION ALL SELECT 'group', group_id, name FROM _local.groups
        UNION ALL SELECT 'role', role_id, name FROM _local.roles
        UNION ALL SELECT 'public', 0, 'public'
    """,
    "shown_grants": f"""
        SELECT g.object_kind, g.object, g.privilege, g.grantee_kind, g.grantee_id,
               n.name AS grantee, o.name AS grantor, g.grantable
        FROM (SELECT * FROM _local.grants
              UNION ALL {_owner_rows(RELATION, _RELATIONS)}
              UNION ALL {_owner_rows(SCHEMA, _SCHEMAS)}
              UNION ALL {_owner_rows(DATABASE_KIND, _DATABASES)}) AS g
        JOIN _catalog.identity_names AS n ON n.kind = g.grantee_kind AND n.id = g.grantee_id
        LEFT JOIN _catalog.identity_names AS o ON o.kind = 'user' AND o.id = g.grantor_id
    """,
    # Access lists as PG_CLASS and its like keep them; without a row for what nothing is granted on.
    "access_lists": f"""
        SELECT object_kind, object, list(item ORDER BY item) AS acl FROM (
            SELECT g.object_kind, g.object,
                   CASE g.grantee_kind WHEN 'public' THEN '' WHEN 'user' THEN g.grantee
                        ELSE g.grantee_kind || ' ' || g.grantee END || '='
                   || string_agg(l.letter || CASE WHEN g.grantable AND g.grantee <> g.grantor
                                             THEN '*' ELSE '' END, '' ORDER BY l.place)
                   || '/' || g.grantor AS item
            FROM _catalog.shown_grants AS g
            JOIN (VALUES {_LETTER_ROWS}) AS l(privilege, letter, place) USING (privilege)
            GROUP BY g.object_kind, g.object, g.grantee_kind, g.grantee, g.grantor
        ) GROUP BY object_kind, object
    """,
    # What HAS_*_PRIVILEGE asks: superusers and owners have everything.
    "effective_privileges": f"""
        SELECT u.name AS user_name, o.kind AS object_kind, o.schema_name, o.name, o.oid, p.privilege
        FROM _local.users AS u
        CROSS JOIN (
            SELECT '{RELATION}' AS kind, schema_name, name, oid, owner_id
            FROM _catalog.relations
            UNION ALL
            SELECT '{SCHEMA}', s.schema_name, s.schema_name, s.oid, coalesce(w.owner_id, {ADMIN_ID})
            FROM duckdb_schemas() AS s LEFT JOIN _local.schemas AS w ON w.name = s.schema_name
            WHERE s.database_name = '{DATABASE}'
            UNION ALL SELECT '{DATABASE_KIND}', '', '{DATABASE}', 100, {ADMIN_ID}
        ) AS o
        JOIN (VALUES {
        ", ".join(
            f"('{kind}', '{name}')"
            for kind in (RELATION, SCHEMA, DATABASE_KIND)
            for name in ALL_PRIVILEGES[kind]
        )
    }) AS p(kind, privilege) ON p.kind = o.kind
        LEFT JOIN _catalog.held_privileges AS h
          ON h.user_id = u.user_id AND h.privilege = p.privilege
         AND ((h.object_kind = o.kind
               AND h.object = CASE o.kind WHEN '{RELATION}' THEN o.schema_name || '.' || o.name
                              ELSE o.name END)
              OR (o.kind = '{RELATION}' AND ((h.object_kind = '{TABLES_IN_SCHEMA}'
                                              AND h.object = o.schema_name)
                                             OR h.object_kind = '{TABLES_IN_DATABASE}'))
              OR (o.kind = '{SCHEMA}' AND h.object_kind = '{SCHEMAS_IN_DATABASE}'))
        WHERE u.superuser OR o.owner_id = u.user_id OR h.user_id IS NOT NULL
    """,
}

_SEEN = f"""({UNRESTRICTED} OR g.grantee_kind = 'public' OR EXISTS (
    SELECT 1 FROM _catalog.user_identities AS i
    WHERE i.user_id = {CURRENT_USER_ID} AND i.kind = g.grantee_kind AND i.id = g.grantee_id))"""
_IDENTITY = """g.grantee_id AS identity_id, g.grantee AS identity_name,
    g.grantee_kind AS identity_type, g.grantable AND g.grantee_kind = 'user' AS admin_option"""


def _scope(kinds: dict[str, str]) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN '{label}'" for kind, label in kinds.items())
    return f"CASE g.object_kind {cases} END AS privilege_scope"


_SCHEMA_SCOPES = {SCHEMA: "SCHEMA", TABLES_IN_SCHEMA: "TABLES", FUNCTIONS_IN_SCHEMA: "FUNCTIONS"}
_DATABASE_SCOPES = {
    DATABASE_KIND: "DATABASE",
    SCHEMAS_IN_DATABASE: "SCHEMAS",
    TABLES_IN_DATABASE: "TABLES",
    FUNCTIONS_IN_DATABASE: "FUNCTIONS",
    COPY_JOBS: "COPY JOBS",
}


def _kinds(kinds: dict[str, str]) -> str:
    return ", ".join(map(quote, kinds))


_USERS = """
    SELECT name AS usename, user_id AS usesysid, create_database AS usecreatedb,
           superuser AS usesuper, false AS usecatupd, '********' AS passwd,
           valid_until AS valuntil, CAST(NULL AS VARCHAR) AS useconfig{more}
    FROM _local.users
    UNION ALL SELECT 'rdsdb', 1, true, true, true, '********', NULL, NULL{rdsdb}
"""

CATALOG_VIEWS = {
    "pg_user": _USERS.format(more="", rdsdb=""),
    "pg_user_info": _USERS.format(
        more=", coalesce(CAST(connection_limit AS VARCHAR), 'UNLIMITED') AS useconnlimit",
        rdsdb=", 'UNLIMITED'",
    ),
    "pg_group": """
        SELECT g.name AS groname, g.group_id AS grosysid,
               list(m.member_id ORDER BY m.member_id) FILTER (m.member_id IS NOT NULL) AS grolist
        FROM _local.groups AS g
        LEFT JOIN _local.members AS m
          ON m.kind = 'group' AND m.id = g.group_id AND m.member_kind = 'user'
        GROUP BY g.name, g.group_id
    """,
    "pg_roles": """
        SELECT name AS rolname, superuser AS rolsuper, true AS rolinherit,
               superuser AS rolcreaterole, create_database AS rolcreatedb,
               true AS rolcanlogin, -1 AS rolconnlimit, valid_until AS rolvaliduntil,
               false AS rolreplication, CAST(user_id AS BIGINT) AS oid
        FROM _local.users
    """,
    # The product has groups in place of roles that contain roles.
    "pg_auth_members": """
        SELECT CAST(NULL AS BIGINT) AS roleid, CAST(NULL AS BIGINT) AS member WHERE false
    """,
    "svv_user_info": f"""
        SELECT name AS user_name, user_id, create_database AS createdb, superuser,
               false AS catalog_update,
               coalesce(CAST(connection_limit AS VARCHAR), 'UNLIMITED') AS connection_limit,
               CASE WHEN superuser OR unrestricted THEN 'UNRESTRICTED' ELSE 'RESTRICTED'
               END AS syslog_access,
               CAST(NULL AS TIMESTAMP) AS last_ddl_timestamp, 14400 AS session_timeout,
               CAST(NULL AS VARCHAR) AS external_user_id
        FROM _local.users WHERE {visible("user_id")}
    """,
    "svv_roles": """
        SELECT r.role_id, r.name AS role_name, u.name AS role_owner,
               CAST(NULL AS VARCHAR) AS external_id
        FROM _local.roles AS r LEFT JOIN _local.users AS u ON u.user_id = r.owner_id
    """,
    "svv_user_grants": f"""
        SELECT u.user_id, u.name AS user_name, r.role_id, r.name AS role_name, m.admin_option
        FROM _local.members AS m
        JOIN _local.users AS u ON m.member_kind = 'user' AND u.user_id = m.member_id
        JOIN _local.roles AS r ON m.kind = 'role' AND r.role_id = m.id
        WHERE {visible("u.user_id")}
    """,
    "svv_role_grants": """
        SELECT r.role_id, r.name AS role_name, g.role_id AS granted_role_id,
               g.name AS granted_role_name
        FROM _local.members AS m
        JOIN _local.roles AS r ON m.member_kind = 'role' AND r.role_id = m.member_id
        JOIN _local.roles AS g ON m.kind = 'role' AND g.role_id = m.id
    """,
    "svv_relation_privileges": f"""
        SELECT split_part(g.object, '.', 1) AS namespace_name,
               substr(g.object, strpos(g.object, '.') + 1) AS relation_name,
               g.privilege AS privilege_type, {_IDENTITY}
        FROM _catalog.shown_grants AS g WHERE g.object_kind = '{RELATION}' AND {_SEEN}
    """,
    "svv_schema_privileges": f"""
        SELECT g.object AS namespace_name, g.privilege AS privilege_type, {_IDENTITY},
               {_scope(_SCHEMA_SCOPES)}
        FROM _catalog.shown_grants AS g
        WHERE g.object_kind IN ({_kinds(_SCHEMA_SCOPES)}) AND {_SEEN}
    """,
    "svv_database_privileges": f"""
        SELECT g.object AS database_name, replace(g.privilege, 'TEMPORARY', 'TEMP')
                   AS privilege_type, {_IDENTITY}, {_scope(_DATABASE_SCOPES)}
        FROM _catalog.shown_grants AS g
        WHERE g.object_kind IN ({_kinds(_DATABASE_SCOPES)}) AND {_SEEN}
    """,
    "svv_default_privileges": f"""
        SELECT nullif(d.schema_name, '') AS schema_name, upper(d.object_kind) AS object_type,
               d.owner_id, o.name AS owner_name, 'user' AS owner_type,
               d.privilege AS privilege_type, d.grantee_id, n.name AS grantee_name,
               d.grantee_kind AS grantee_type, d.grantable AS admin_option
        FROM _local.default_privileges AS d
        JOIN _catalog.identity_names AS n ON n.kind = d.grantee_kind AND n.id = d.grantee_id
        JOIN _catalog.identity_names AS o ON o.kind = 'user' AND o.id = d.owner_id
        WHERE {visible("d.owner_id")}
    """,
    "information_schema.role_table_grants": f"""
        SELECT g.grantor, g.grantee, '{DATABASE}' AS table_catalog,
               split_part(g.object, '.', 1) AS table_schema,
               substr(g.object, strpos(g.object, '.') + 1) AS table_name,
               g.privilege AS privilege_type,
               CASE WHEN g.grantable THEN 'YES' ELSE 'NO' END AS is_grantable
        FROM _catalog.shown_grants AS g
        WHERE g.object_kind = '{RELATION}' AND g.grantee_kind IN ('user', 'public')
    """,
    # What SHOW GRANTS reads: groups look like roles there, with a slash before their names.
    "show_grants": f"""
        SELECT '{DATABASE}' AS database_name, split_part(g.object, '.', 1) AS schema_name,
               substr(g.object, strpos(g.object, '.') + 1) AS object_name,
               'TABLE' AS object_type, g.privilege AS privilege_type,
               g.grantee_id AS identity_id,
               CASE g.grantee_kind WHEN 'group' THEN '/' || g.grantee ELSE g.grantee
               END AS identity_name,
               CASE g.grantee_kind WHEN 'group' THEN 'role' ELSE g.grantee_kind
               END AS identity_type,
               g.grantable AND g.grantee_kind = 'user' AS admin_option,
               'TABLE' AS privilege_scope, g.grantor AS grantor_name
        FROM _catalog.shown_grants AS g WHERE g.object_kind = '{RELATION}'
    """,
}


def _relation_is(name: str) -> str:
    """The condition that a row of the privileges is about the relation that a text names."""
    parts = f"string_split(lower(replace({name}, '\"', '')), '.')"
    return (
        f"e.name = {parts}[-1] AND CASE WHEN len({parts}) > 1 "
        f"THEN e.schema_name = {parts}[-2] ELSE e.schema_name = 'pg_temp_1' "
        "OR list_contains(current_schemas(false), e.schema_name) END"
    )


def _has(kind: str, condition: str, user: str = "u") -> str:
    return (
        "EXISTS (SELECT 1 FROM _catalog.effective_privileges AS e "
        f"WHERE e.object_kind = '{kind}' AND e.user_name = {user} AND {condition} "
        "AND e.privilege = CASE upper(p) WHEN 'TEMP' THEN 'TEMPORARY' ELSE upper(p) END)"
    )


def _reads_system_view(name: str) -> str:
    """The condition that a text names one of the system views, which everybody may select from."""
    return (
        "upper(p) = 'SELECT' AND EXISTS (SELECT 1 FROM duckdb_views() AS v "
        "WHERE v.schema_name = '_catalog' AND regexp_matches(v.view_name, "
        "'^(pg_|stl_|stv_|svl_|svv_|sys_|information_schema[.])') "
        f"AND v.view_name IN (lower({name}), regexp_replace(lower({name}), '^pg_catalog[.]', '')))"
    )


def _has_on_relation(user: str = "u") -> str:
    return f"({_has(RELATION, _relation_is('t'), user)} OR {_reads_system_view('t')})"


_ME = "CAST(getvariable('session_user') AS VARCHAR)"

# Macros as in `sql.macros`: name -> list of (parameters, body).
MACROS: dict[str, list[tuple[str, str]]] = {
    "has_table_privilege": [
        ("t VARCHAR, p VARCHAR", _has_on_relation(_ME)),
        ("t BIGINT, p VARCHAR", _has(RELATION, "e.oid = t", _ME)),
        ("u VARCHAR, t VARCHAR, p VARCHAR", _has_on_relation()),
        ("u VARCHAR, t BIGINT, p VARCHAR", _has(RELATION, "e.oid = t")),
    ],
    "has_schema_privilege": [
        ("s VARCHAR, p VARCHAR", _has(SCHEMA, "e.name = s", _ME)),
        ("s BIGINT, p VARCHAR", _has(SCHEMA, "e.oid = s", _ME)),
        ("u VARCHAR, s VARCHAR, p VARCHAR", _has(SCHEMA, "e.name = s")),
    ],
    "has_database_privilege": [
        ("d VARCHAR, p VARCHAR", _has(DATABASE_KIND, "e.name = d", _ME)),
        ("u VARCHAR, d VARCHAR, p VARCHAR", _has(DATABASE_KIND, "e.name = d")),
    ],
    # Privileges are on whole relations here.
    "has_column_privilege": [
        ("t VARCHAR, c, p VARCHAR", _has(RELATION, _relation_is("t"), _ME)),
        ("u VARCHAR, t VARCHAR, c, p VARCHAR", _has(RELATION, _relation_is("t"))),
    ],
    "user_is_member_of": [
        (
            "u, r",
            "EXISTS (SELECT 1 FROM _catalog.user_identities AS i JOIN _local.users AS a "
            "ON a.user_id = i.user_id JOIN _catalog.identity_names AS n ON n.kind = i.kind "
            "AND n.id = i.id WHERE a.name = u AND n.name = r AND i.kind IN ('group', 'role'))",
        )
    ],
    "role_is_member_of": [
        (
            "r, g",
            "EXISTS (SELECT 1 FROM _catalog.svv_role_grants AS i "
            "WHERE i.role_name = r AND i.granted_role_name = g)",
        )
    ],
    "pg_get_userbyid": [
        (
            "id",
            "CASE WHEN id = 1 THEN 'rdsdb' ELSE coalesce((SELECT max(a.name) "
            "FROM _local.users AS a WHERE a.user_id = id), 'unknown (OID=' || id || ')') END",
        )
    ],
}
