"""Privileges gate what users, groups and roles may do with tables, views and schemas."""

import pytest
from people import Person, usage
from warehouse import Warehouse

pytest_plugins = ["access_fixtures"]


@pytest.mark.feature("Access", "GRANT and REVOKE on tables and views")
def test_each_privilege_opens_its_own_statements(
    warehouse: Warehouse, person: Person, table: str
) -> None:
    bare = table.partition(".")[2]
    assert person.denied(f"select * from {table}") == (
        f"permission denied for schema {warehouse.schema}"
    )
    usage(warehouse, person)
    statements = {
        "select": f"select a from {table}",
        "insert": f"insert into {table} values (2, 'y')",
        "update": f"update {table} set b = 'z' where a = 2",
        "delete": f"delete from {table} where a = 2",
    }
    for sql in statements.values():
        assert person.denied(sql) == f"permission denied for relation {bare}"
    for privilege, sql in statements.items():
        warehouse.run(f"grant {privilege} on {table} to {person.name}")
        person.run(sql)
    warehouse.run(f"revoke select on table {table} from {person.name}")
    # They look at what is there.
    for word in ("select", "update", "delete"):
        person.denied(statements[word])
    person.run(statements["insert"])
    warehouse.run(f"revoke all on {table} from {person.name}")
    person.denied(statements["insert"])


@pytest.mark.feature("Access", "GRANT and REVOKE on tables and views")
def test_a_statement_needs_what_each_of_its_tables_needs(
    warehouse: Warehouse, person: Person, table: str
) -> None:
    usage(warehouse, person)
    other = warehouse.name()
    warehouse.run(f"create table {other} (a int, b varchar(10))")
    warehouse.run(f"grant select, insert, update, delete on {other} to {person.name}")
    theirs = f"{warehouse.schema}.{other}"
    for sql in (
        f"select * from {theirs} join {table} using (a)",
        f"select (select max(a) from {table})",
        f"with {other} as (select * from {table}) select * from {other}",
        f"select * from (with t as (select 1) select * from t) as x, {table}",
        f"insert into {theirs} select * from {table}",
        f"update {theirs} set a = 1 from {table} s where s.a = {other}.a",
        f"delete from {theirs} using {table} s where s.a = {other}.a",
        f"merge into {theirs} using {table} on {other}.a = {table.split('.')[1]}.a "
        "when matched then delete when not matched then insert values (1, 'x')",
        f"create temporary table copied as select * from {table}",
        f"explain select * from {table}",
    ):
        assert "permission denied for relation" in person.denied(sql), sql


@pytest.mark.feature("Access", "groups")
def test_a_group_gives_to_its_members(warehouse: Warehouse, person: Person, table: str) -> None:
    group = warehouse.name("g")
    warehouse.run(f"create group {group} with user {person.name}")
    warehouse.run(f"grant usage on schema {warehouse.schema} to group {group}")
    warehouse.run(f"grant select on {table} to group {group}")
    assert person.run(f"select a from {table}") == [(1,)]
    assert warehouse.fails(f"drop group {group}").message.endswith("has a privilege on some object")
    warehouse.run(f"alter group {group} drop user {person.name}")
    person.denied(f"select a from {table}")
    warehouse.run(f"alter group {group} add user {person.name}")
    assert person.run(f"select a from {table}") == [(1,)]
    members = warehouse.run(f"select grolist from pg_group where groname = '{group}'")
    number = warehouse.value(f"select usesysid from pg_user where usename = '{person.name}'")
    assert str(number) in str(members)


@pytest.mark.feature("Access", "roles, also granted to roles, WITH ADMIN OPTION")
def test_roles_are_inherited(warehouse: Warehouse, person: Person, table: str) -> None:
    reader, analyst = warehouse.name("r"), warehouse.name("r")
    for role in (reader, analyst):
        warehouse.run(f"create role {role}")
    warehouse.run(f"grant usage on schema {warehouse.schema} to role {reader}")
    warehouse.run(f"grant select on {table} to role {reader}")
    warehouse.run(f"grant role {reader} to role {analyst}")
    person.denied(f"select a from {table}")
    warehouse.run(f"grant role {analyst} to {person.name}")
    assert person.run(f"select a from {table}") == [(1,)]
    assert warehouse.run(
        f"select role_name, admin_option from svv_user_grants where user_name = '{person.name}'"
    ) == [(analyst, False)]
    assert warehouse.run(
        f"select granted_role_name from svv_role_grants where role_name = '{analyst}'"
    ) == [(reader,)]
    assert warehouse.fails(f"drop role {analyst}").message == (
        "cannot drop this role since it has been granted on a user"
    )
    warehouse.run(f"drop role {analyst} force")
    person.denied(f"select a from {table}")


@pytest.mark.feature("Access", "PUBLIC")
def test_public_is_everybody(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    warehouse.run(f"grant select on {table} to public")
    assert person.run(f"select a from {table}") == [(1,)]
    warehouse.run(f"revoke select on {table} from public")
    person.denied(f"select a from {table}")


@pytest.mark.feature("Access", "WITH GRANT OPTION")
def test_a_grant_option_passes_privileges_on(
    warehouse: Warehouse, person: Person, table: str
) -> None:
    usage(warehouse, person)
    friend = warehouse.name("u")
    warehouse.run(f"create user {friend} password disable")
    warehouse.run(f"grant select on {table} to {person.name}")
    person.denied(f"grant select on {table} to {friend}")
    warehouse.run(f"grant select on {table} to {person.name} with grant option")
    person.run(f"grant select on {table} to {friend}")
    person.denied(f"grant insert on {table} to {friend}")
    assert warehouse.run(f"select has_table_privilege('{friend}', '{table}', 'select')") == [
        (True,)
    ]
    group = warehouse.name("g")
    warehouse.run(f"create group {group}")
    for grantee in (f"group {group}", "public"):
        assert warehouse.fails(f"grant select on {table} to {grantee} with grant option").sqlstate


@pytest.mark.feature("Access", "ALL TABLES IN SCHEMA; FOR TABLES IN SCHEMA, IN DATABASE")
def test_privileges_on_all_tables(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    schema = warehouse.schema
    warehouse.run(f"grant select on all tables in schema {schema} to {person.name}")
    assert person.run(f"select a from {table}") == [(1,)]
    later = warehouse.name()
    warehouse.run(f"create table {later} (a int)")
    person.denied(f"select a from {schema}.{later}")
    warehouse.run(f"grant select for tables in schema {schema} to {person.name}")
    assert person.run(f"select a from {schema}.{later}") == []
    warehouse.run(f"revoke select for tables in schema {schema} from {person.name}")
    person.denied(f"select a from {schema}.{later}")


@pytest.mark.feature("Access", "ALTER DEFAULT PRIVILEGES")
def test_default_privileges_are_for_what_comes(
    warehouse: Warehouse, person: Person, table: str
) -> None:
    usage(warehouse, person)
    schema = warehouse.schema
    change = f"alter default privileges in schema {schema}"
    warehouse.run(f"{change} grant select on tables to {person.name}")
    assert warehouse.run(
        "select object_type, privilege_type, grantee_name from svv_default_privileges "
        f"where schema_name = '{schema}'"
    ) == [("RELATION", "SELECT", person.name)]
    person.denied(f"select a from {table}")
    later, view = warehouse.name(), warehouse.name("v")
    warehouse.run(f"create table {later} (a int)")
    warehouse.run(f"create view {view} as select a from {later}")
    assert person.run(f"select a from {schema}.{later}") == []
    assert person.run(f"select a from {schema}.{view}") == []
    warehouse.run(f"{change} revoke select on tables from {person.name}")
    warehouse.run(f"create table {later}_2 (a int)")
    person.denied(f"select a from {schema}.{later}_2")


@pytest.mark.feature("Access", "schema USAGE and CREATE, database CREATE and TEMP")
def test_making_things_needs_create(warehouse: Warehouse, person: Person) -> None:
    usage(warehouse, person)
    schema, database = warehouse.schema, warehouse.value("select current_database()")
    assert person.denied(f"create table {schema}.mine (a int)") == (
        f"permission denied for schema {schema}"
    )
    person.denied(f"create view {schema}.mine as select 1 as a")
    person.denied(f"create table {schema}.mine as select 1 as a")
    warehouse.run(f"grant create on schema {schema} to {person.name}")
    person.run(f"create table {schema}.mine (a int)")
    assert (
        warehouse.value(
            f"select tableowner from pg_tables where schemaname = '{schema}' and tablename = 'mine'"
        )
        == person.name
    )
    own = warehouse.name("s")
    assert person.denied(f"create schema {own}") == f"permission denied for database {database}"
    warehouse.run(f"grant create on database {database} to {person.name}")
    person.run(f"create schema {own}")
    person.run(f"create table {own}.n (a int)")
    person.run(f"drop schema {own} cascade")
    person.run("create temporary table scratch (a int)")


@pytest.mark.feature("Access", "owners; ALTER TABLE, VIEW and SCHEMA OWNER TO")
def test_only_the_owner_alters_and_drops(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    bare = table.partition(".")[2]
    warehouse.run(f"grant select, insert, update, delete on {table} to {person.name}")
    for sql in (
        f"drop table {table}",
        f"alter table {table} add column c int",
        f"alter table {table} owner to {person.name}",
        f"comment on table {table} is 'mine'",
    ):
        assert person.denied(sql) == f"must be owner of relation {bare}"
    assert person.denied(f"truncate table {table}") == f"permission denied for relation {bare}"
    assert person.denied(f"drop schema {warehouse.schema} cascade") == (
        f"must be owner of schema {warehouse.schema}"
    )
    warehouse.run(f"alter table {table} owner to {person.name}")
    person.run(f"alter table {table} add column c int")
    person.run(f"truncate {table}")
    assert warehouse.fails(f"drop user {person.name}").message == (
        f'user "{person.name}" can\'t be dropped because the user owns some object'
    )
    person.run(f"drop table {table}")


@pytest.mark.feature("Access", "ALTER, DROP and TRUNCATE as privileges")
def test_alter_drop_and_truncate_can_be_granted(
    warehouse: Warehouse, person: Person, table: str
) -> None:
    usage(warehouse, person)
    warehouse.run(f"grant alter, truncate, drop on {table} to {person.name}")
    person.run(f"alter table {table} add column c int")
    person.run(f"truncate {table}")
    person.run(f"drop table {table}")


@pytest.mark.feature("Access", "views run with their owner's rights")
@pytest.mark.parametrize("binding", ["", "with no schema binding"])
def test_a_view_reads_as_its_owner(
    warehouse: Warehouse, person: Person, table: str, binding: str
) -> None:
    usage(warehouse, person)
    view = f"{warehouse.schema}.{warehouse.name('v')}"
    warehouse.run(f"create view {view} as select a from {table} {binding}")
    person.denied(f"select * from {view}")
    warehouse.run(f"grant select on {view} to {person.name}")
    assert person.run(f"select * from {view}") == [(1,)]
    person.denied(f"select * from {table}")
    # In other hands it reads what its new owner may read.
    warehouse.run(f"alter table {view} owner to {person.name}")
    assert "permission denied" in person.denied(f"select * from {view}")


@pytest.mark.feature("Access", "what was granted stays with a renamed table, and goes with it")
def test_privileges_follow_their_table(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    warehouse.run(f"grant select on {table} to {person.name}")
    renamed = warehouse.name()
    warehouse.run(f"alter table {table} rename to {renamed}")
    assert person.run(f"select a from {warehouse.schema}.{renamed}") == [(1,)]
    warehouse.run(f"drop table {renamed}")
    warehouse.run(f"create table {renamed} (a int)")
    person.denied(f"select a from {warehouse.schema}.{renamed}")


@pytest.mark.feature("Access", "GRANT is part of the transaction")
def test_a_grant_is_rolled_back(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    warehouse.run("begin")
    warehouse.run(f"grant select on {table} to {person.name}")
    warehouse.run("rollback")
    person.denied(f"select a from {table}")
