"""Statements of Redshift that are refused by name, before anything tries to read them."""

from collections.abc import Callable

from local_redshift.errors import RedshiftError
from local_redshift.sql import plan as p
from local_redshift.sql.words import Words

_STATEMENTS = (
    "ALTER DATABASE",
    "ALTER DATASHARE",
    "ALTER EXTERNAL SCHEMA",
    "ALTER EXTERNAL VIEW",
    "ALTER FUNCTION",
    "ALTER IDENTITY PROVIDER",
    "ALTER MASKING POLICY",
    "ALTER PROCEDURE",
    "ALTER RLS POLICY",
    "ALTER SYSTEM",
    "ALTER TEMPLATE",
    "ATTACH MASKING POLICY",
    "ATTACH RLS POLICY",
    "CALL",
    "CREATE DATABASE",
    "CREATE DATASHARE",
    "CREATE EXTERNAL FUNCTION",
    "CREATE EXTERNAL MODEL",
    "CREATE EXTERNAL SCHEMA",
    "CREATE EXTERNAL TABLE",
    "CREATE EXTERNAL VIEW",
    "CREATE IDENTITY PROVIDER",
    "CREATE LIBRARY",
    "CREATE MASKING POLICY",
    "CREATE MODEL",
    "CREATE OR REPLACE EXTERNAL FUNCTION",
    "CREATE OR REPLACE LIBRARY",
    "CREATE OR REPLACE PROCEDURE",
    "CREATE PROCEDURE",
    "CREATE RLS POLICY",
    "CREATE TEMPLATE",
    "DESC DATASHARE",
    "DESC IDENTITY PROVIDER",
    "DETACH MASKING POLICY",
    "DETACH RLS POLICY",
    "DROP DATABASE",
    "DROP DATASHARE",
    "DROP EXTERNAL VIEW",
    "DROP IDENTITY PROVIDER",
    "DROP LIBRARY",
    "DROP MASKING POLICY",
    "DROP MODEL",
    "DROP PROCEDURE",
    "DROP RLS POLICY",
    "DROP TEMPLATE",
    "INSERT EXTERNAL TABLE",
    "USE",
)


def _refusal(name: str) -> Callable[[Words], p.Plan]:
    def refuse(_: Words) -> p.Plan:
        raise RedshiftError(f"{name} is not supported", "0A000")

    return refuse


STATEMENTS = {tuple(name.split()): _refusal(name) for name in _STATEMENTS}
