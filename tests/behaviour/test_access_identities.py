"""Users and what they see: privileges of COPY and UNLOAD, superusers, the catalog, history."""

import pytest
from people import PASSWORD, Person, usage
from warehouse import Warehouse

pytest_plugins = ["access_fixtures"]


@pytest.mark.feature("Access", "COPY needs INSERT; COPY JOB its scoped permissions")
def test_copy_needs_insert(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    warehouse.put(f"{table}/one", "7|seven\n")
    copy = warehouse.copy(table, f"{table}/one")
    person.denied(copy)
    warehouse.run(f"grant insert on {table} to {person.name}")
    person.run(copy)
    assert warehouse.value(f"select max(a) from {table}") == 7
    loads = "select count(*) from sys_load_history where table_name = '{}'"
    bare = table.partition(".")[2]
    assert person.run(loads.format(bare)) == [(1,)]
    warehouse.run(copy)
    assert person.run(loads.format(bare)) == [(1,)]  # the other one is not his
    assert warehouse.value(loads.format(bare)) == 2
    job = warehouse.name("job")
    database = warehouse.value("select current_database()")
    person.denied(f"{copy} job create {job} auto off")
    warehouse.run(f"grant create, drop for copy jobs in database {database} to {person.name}")
    person.run(f"{copy} job create {job} auto off")
    person.denied(f"copy job alter {job} auto off")
    person.run(f"copy job drop {job}")
    warehouse.run(f"revoke create, drop for copy jobs in database {database} from {person.name}")
    person.denied(f"{copy} job create {job} auto off")


@pytest.mark.feature("Access", "UNLOAD needs SELECT")
def test_unload_needs_select(warehouse: Warehouse, person: Person, table: str) -> None:
    usage(warehouse, person)
    person.denied(
        f"unload ('select * from {table}') to '{warehouse.location('denied/')}' "
        f"iam_role '{warehouse.copy_role}'"
    )


@pytest.mark.feature("Access", "CREATE, ALTER, DROP USER, GROUP and ROLE")
def test_only_superusers_manage_users(warehouse: Warehouse, person: Person) -> None:
    other = warehouse.name("u")
    for sql in (
        f"create user {other} password '{PASSWORD}'",
        f"alter user {person.name} createuser",
        f"drop user {person.name}",
        f"create group {other}",
        f"create role {other}",
    ):
        person.denied(sql)
    person.run(f"alter user {person.name} password 'Another-Word-2'")
    assert warehouse.fails(f"create user {person.name} password disable").sqlstate == "42710"
    assert warehouse.fails(f"create user {other} password 'short'").sqlstate
    warehouse.run(f"create user {other} with createdb createuser password disable")
    assert warehouse.run(
        f"select usecreatedb, usesuper, passwd from pg_user where usename = '{other}'"
    ) == [(True, True, "********")]
    warehouse.run(f"alter user {other} nocreateuser nocreatedb valid until '2030-01-01'")
    warehouse.run(f"alter user {other} rename to {other}_2")
    assert warehouse.run(f"select usesuper from pg_user where usename = '{other}_2'") == [(False,)]
    warehouse.run(f"drop user if exists {other}, {other}_2")
    assert warehouse.fails(f"drop user {other}_2").sqlstate == "42704"


@pytest.mark.feature("Access", "DROP USER is refused while he owns or holds something")
def test_a_user_with_privileges_stays(warehouse: Warehouse, person: Person) -> None:
    usage(warehouse, person)
    failure = warehouse.fails(f"drop user {person.name}")
    assert failure.sqlstate == "55006"
    assert failure.message == (
        f'user "{person.name}" can\'t be dropped because the user has a privilege on some object'
    )


@pytest.mark.feature("Access", "superusers may do everything")
def test_createuser_makes_a_superuser(warehouse: Warehouse, person: Person, table: str) -> None:
    person.denied(f"select a from {table}")
    warehouse.run(f"alter user {person.name} createuser")
    assert person.run(f"select a from {table}") == [(1,)]
    warehouse.run(f"alter user {person.name} nocreateuser")
    person.denied(f"select a from {table}")


@pytest.mark.feature("Session", "SET SESSION AUTHORIZATION, CURRENT_USER, SESSION_USER")
def test_session_authorization(warehouse: Warehouse, person: Person) -> None:
    assert person.run("select current_user, session_user, user") == [(person.name,) * 3]
    person.run("reset session authorization")
    assert person.run("select current_user") != [(person.name,)]
    assert warehouse.fails("set session authorization nobody_at_all").sqlstate == "42704"


@pytest.mark.feature("Catalog", "HAS_TABLE_, HAS_SCHEMA_ and HAS_DATABASE_PRIVILEGE")
def test_asking_for_privileges(warehouse: Warehouse, person: Person, table: str) -> None:
    def ask(function: str, what: str, privilege: str) -> object:
        return warehouse.value(f"select {function}('{person.name}', '{what}', '{privilege}')")

    schema, database = warehouse.schema, warehouse.value("select current_database()")
    assert ask("has_table_privilege", table, "select") is False
    assert ask("has_schema_privilege", schema, "usage") is False
    assert ask("has_schema_privilege", "public", "usage") is True
    assert ask("has_database_privilege", database, "temp") is True
    assert ask("has_database_privilege", database, "create") is False
    usage(warehouse, person)
    warehouse.run(f"grant select, insert on {table} to {person.name}")
    assert ask("has_schema_privilege", schema, "usage") is True
    for privilege, held in {"select": True, "insert": True, "delete": False}.items():
        assert ask("has_table_privilege", table, privilege) is held
        assert person.run(f"select has_table_privilege('{table}', '{privilege}')") == [(held,)]
    assert ask("has_table_privilege", "svv_table_info", "select") is True
    assert ask("has_table_privilege", "pg_catalog.pg_class", "select") is True
    assert ask("has_table_privilege", "svv_table_info", "insert") is False
    quoted = ".".join(f'"{part}"' for part in (database, *table.split(".")))
    assert ask("has_table_privilege", quoted, "select") is True


@pytest.mark.feature("Catalog", "SVV_RELATION_PRIVILEGES, SVV_SCHEMA_PRIVILEGES, relacl")
def test_privileges_in_the_catalog(warehouse: Warehouse, person: Person, table: str) -> None:
    schema, bare = table.split(".")
    group = warehouse.name("g")
    warehouse.run(f"create group {group}")
    warehouse.run(f"grant select, insert on {table} to {person.name}, group {group}")
    warehouse.run(f"revoke insert on {table} from {person.name}")
    warehouse.run(f"grant usage on schema {schema} to {person.name}")
    assert warehouse.run(
        "select identity_name, identity_type, privilege_type from svv_relation_privileges "
        f"where namespace_name = '{schema}' and relation_name = '{bare}' "
        "and not (identity_type = 'user' and identity_name = current_user) order by 2, 3"
    ) == [
        (group, "group", "INSERT"),
        (group, "group", "SELECT"),
        (person.name, "user", "SELECT"),
    ]
    assert warehouse.run(
        "select privilege_type, privilege_scope from svv_schema_privileges "
        f"where namespace_name = '{schema}' and identity_name = '{person.name}'"
    ) == [("USAGE", "SCHEMA")]
    acl = warehouse.value(
        f"select array_to_string(relacl, ',') from pg_class where relname = '{bare}'"
    )
    assert f"{person.name}=r/" in acl
    assert f"group {group}=ar/" in acl
    # However it is asked for: through a star, and by the place of its column.
    through = "select array_to_string(c.relacl, ',') from (select * from pg_class) as c "
    assert warehouse.value(f"{through} where c.relname = '{bare}'") == acl
    by_name = f"select array_to_string(nspacl, ',') from pg_namespace where nspname = '{schema}'"
    by_place = "select array_to_string(d, ',') from pg_namespace as n (a, b, c, d) "
    assert warehouse.value(f"{by_place} where b = '{schema}'") == warehouse.value(by_name)
    assert f"{person.name}=U/" in warehouse.value(by_name)


@pytest.mark.feature("Access", "SYS_, STL_ and SVV_ views show users what is their own")
def test_a_user_sees_his_own_statements(warehouse: Warehouse, person: Person, table: str) -> None:
    mine, marker = warehouse.name("mine"), warehouse.name("theirs")
    warehouse.run(f"select '{marker}'")
    person.run(f"select '{mine}'")
    seen = person.run("select query_text from sys_query_history")
    assert any(mine in str(text) for (text,) in seen)
    assert not any(marker in str(text) for (text,) in seen)
    assert (
        warehouse.value(
            f"select count(*) from sys_query_history where query_text = 'select ''{mine}'''"
        )
        == 1
    )


@pytest.mark.feature("Access", "privileges that are not known")
@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("grant fake_privilege on {table} to {user}", "42601"),
        ("grant usage on {table} to {user}", "0LP01"),
        ("grant select on {table} to nobody_at_all", "42704"),
        ("grant select on {table} to role nobody_at_all", "42704"),
        ("grant select on nowhere_at_all to {user}", "42P01"),
        ("grant usage on schema nowhere_at_all to {user}", "3F000"),
    ],
)
def test_wrong_grants(
    warehouse: Warehouse, person: Person, table: str, sql: str, state: str
) -> None:
    assert warehouse.fails(sql.format(table=table, user=person.name)).sqlstate == state
