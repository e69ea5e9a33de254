"""Which privileges each statement needs, beside those on the relations that it reads or writes."""

from local_redshift.access import privileges as v
from local_redshift.access.guard import OWN
from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.statements import CopyJobCommand, CopyStatement, JobVerb
from local_redshift.settings import DATABASE
from local_redshift.sql import (
    alter,
    append,
    ddl,
    materialized,
    schemas,
    types,
    user_functions,
    views,
)
from local_redshift.sql import plan as p

_JOB_PRIVILEGES = {JobVerb.ALTER: "ALTER", JobVerb.DROP: "DROP", JobVerb.RUN: "ALTER"}


def needs_of(plan: p.Plan) -> tuple[p.Need, ...]:
    """Everything that the user who runs a plan has to be allowed."""
    match plan:
        case p.Query() | p.Write() | p.Explain() | p.LockTables():
            return plan.needs
        case p.Definition():
            return (*plan.needs, *_of_operation(plan.operation))
        case p.CopyCommand():
            return _of_copy(plan.sql)
    return ()


def _of_copy(sql: str) -> tuple[p.Need, ...]:
    statement = parse_copy(sql)
    if isinstance(statement, CopyJobCommand):
        privilege = _JOB_PRIVILEGES.get(statement.verb)
        return (p.Need(privilege, v.COPY_JOBS, "", DATABASE),) if privilege else ()
    return needs_of_load(statement)


def needs_of_load(statement: CopyStatement) -> tuple[p.Need, ...]:
    """What it takes to load the files of a COPY, or to make a job of it."""
    table = statement.table
    insert = p.Need("INSERT", v.RELATION, table.schema or "", table.name)
    if statement.job is None:
        return (insert,)
    return (p.Need("CREATE", v.COPY_JOBS, "", DATABASE), insert)


def _of_operation(operation: p.Operation) -> tuple[p.Need, ...]:
    match operation:
        case ddl.CreateTable() | ddl.CreateLike():
            return (_making(operation.name),)
        case views.CreateView():
            return (_making(operation.name), *_replacing(operation))
        case materialized.CreateMaterializedView():
            return (_making(operation.view.name),)
        case materialized.RefreshMaterializedView() | materialized.AlterAutoRefresh():
            return (_on(OWN, operation.name),)
        case alter.AlterTable() | append.AlterEncoding():
            return (_on("ALTER", operation.name),)
        case append.AppendFrom():
            return (_on(OWN, operation.name), _on(OWN, operation.source))
        case alter.DropRelations():
            return tuple(_on("DROP", name) for name in operation.names)
        case alter.Maintain():
            return tuple(_on(OWN, name) for name in operation.names)
        case alter.Truncate():
            return (_on("TRUNCATE", operation.name),)
        case alter.Comment() | alter.ChangeOwner():
            return (_on(OWN, operation.name),)
    return _of_namespace_operation(operation)


def _of_namespace_operation(operation: p.Operation) -> tuple[p.Need, ...]:
    """Operations on schemas and functions. Those on users, groups and roles check for themselves,
    because superusers, owners and holders of an admin option differ there."""
    match operation:
        case user_functions.CreateFunction():
            return (_making(operation.name),)
        case user_functions.DropFunction():
            kinds = ", ".join(map(types.declaration, operation.arguments))
            name = operation.name
            return (p.Need(OWN, v.FUNCTION, name.schema, f"{name.name}({kinds})"),)
        case schemas.CreateSchema():
            return (p.Need("CREATE", v.DATABASE_KIND, "", DATABASE),)
        case schemas.DropSchema():
            return (p.Need("DROP", v.SCHEMA, operation.name, ""),)
        case schemas.RenameSchema() | schemas.ChangeSchemaOwner() | schemas.CommentSchema():
            return (p.Need(OWN, v.SCHEMA, operation.name, ""),)
    return ()


def _on(privilege: str, name: ddl.Name) -> p.Need:
    return p.Need(privilege, v.RELATION, name.schema, name.name)


def _making(name: ddl.Name) -> p.Need:
    if name.temporary:
        return p.Need("TEMPORARY", v.DATABASE_KIND, "", DATABASE)
    return p.Need("CREATE", v.SCHEMA, name.schema, "")


def _replacing(view: views.CreateView) -> tuple[p.Need, ...]:
    return (_on(OWN, view.name),) if view.replace else ()
