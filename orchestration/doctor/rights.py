"""What the database user may do: copy jobs, schemas, and the relations in them."""

from collections.abc import Iterable

from orchestration.aws.data_api import DataApi, Row
from orchestration.doctor.examination import Examination
from orchestration.doctor.findings import TroubleError

_JOB_PRIVILEGES = ("CREATE", "ALTER", "DROP")
# The scope's name is not in the documentation of the view; the local one says COPY JOBS.
_GRANTED = """
select trim(privilege_type) as privilege, trim(identity_name) as holder
from svv_database_privileges
where database_name = :database and upper(privilege_scope) like '%COPY%JOB%'
"""
_ROLES = """
select trim(role_name) as role from svv_user_grants where user_name = :name
"""
_ROLES_OF_ROLES = """
select trim(role_name) as member, trim(granted_role_name) as role from svv_role_grants
"""
_SCHEMAS = """
select nspname as name, has_schema_privilege(nspname, 'usage') as may_use,
    has_schema_privilege(nspname, 'create') as may_create
from pg_namespace
where nspname in ({names})
"""
_MAY_CREATE_SCHEMAS = "select has_database_privilege(current_database(), 'create') as may"
_FOREIGN = """
select schemaname || '.' || tablename as relation, tableowner as owner
from pg_tables
where schemaname in ({names}) and tableowner <> :user_name
union all
select schemaname || '.' || viewname as relation, viewowner as owner
from pg_views
where schemaname in ({names}) and viewowner <> :user_name
order by 1
"""


def check_copy_jobs(examination: Examination) -> str:
    """The user may create, alter and drop copy jobs."""
    login, data_api = examination.login, examination.aws.data_api
    if login.superuser:
        return "a superuser needs no grant"
    holders = {login.name.lower(), "public", *_roles(data_api, login.name)}
    held = {
        str(row["privilege"]).upper()
        for row in data_api.query(_GRANTED, {"database": login.database})
        if str(row["holder"]).lower() in holders
    }
    if missing := [each for each in _JOB_PRIVILEGES if not held & {each, "ALL"}]:
        raise TroubleError(
            f"{login.name} lacks {', '.join(missing)} for copy jobs",
            f"as a superuser: GRANT {', '.join(missing)} FOR COPY JOBS IN DATABASE "
            f'{login.database} TO "{login.name}"',
        )
    return ", ".join(_JOB_PRIVILEGES)


def check_schemas(examination: Examination) -> str:
    """The user may use and fill the project's schemas, or make them, and owns what is in them."""
    login, names = examination.login, examination.declared.schemas
    if login.superuser:
        return "a superuser needs no grant"
    data_api = examination.aws.data_api
    found = _rows(data_api, _SCHEMAS, names)
    there = {str(row["name"]) for row in found}
    (database,) = data_api.query(_MAY_CREATE_SCHEMAS)
    missing = [name for name in names if name not in there]
    if missing and not database["may"]:
        raise TroubleError(
            f"{login.name} may not create the schemas {', '.join(missing)}",
            f'as a superuser: GRANT CREATE ON DATABASE {login.database} TO "{login.name}"',
        )
    closed = [str(row["name"]) for row in found if not (row["may_use"] and row["may_create"])]
    if closed:
        raise TroubleError(
            f"{login.name} may not create in {', '.join(closed)}",
            f'as a superuser: GRANT USAGE, CREATE ON SCHEMA {", ".join(closed)} TO "{login.name}"',
        )
    if foreign := _rows(data_api, _FOREIGN, names, user_name=login.name):
        first = foreign[0]
        raise TroubleError(
            f"{len(foreign)} relation(s) belong to others, such as {first['relation']} to "
            f"{first['owner']}, and dbt replaces only its own",
            f'as a superuser: ALTER TABLE {first["relation"]} OWNER TO "{login.name}"',
        )
    return f"{', '.join(names)}"


def _roles(data_api: DataApi, user: str) -> set[str]:
    """The roles of ``user``, those that its roles have included."""
    held = {str(row["role"]) for row in data_api.query(_ROLES, {"name": user})}
    pairs = [(str(row["member"]), str(row["role"])) for row in data_api.query(_ROLES_OF_ROLES)]
    while more := {role for member, role in pairs if member in held} - held:
        held |= more
    return held


def _rows(data_api: DataApi, sql: str, names: Iterable[str], **more: str) -> tuple[Row, ...]:
    values = {f"name{position}": name for position, name in enumerate(names)}
    listed = ", ".join(f":{name}" for name in values)
    return data_api.query(sql.format(names=listed), {**values, **more})
