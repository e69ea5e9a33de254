"""Tables of the warehouse, as dbt's manifest names them."""

from orchestration.aws.data_api import DataApi

_FOUND = """
select count(*) as found from svv_tables
where table_schema = :schema_name and table_name = :table_name
"""


def exists(data_api: DataApi, relation: str) -> bool:
    """Has ``relation``, quoted as ``"database"."schema"."name"``, been built yet?"""
    _, schema, name = relation.replace('"', "").split(".")
    (row,) = data_api.query(_FOUND, {"schema_name": schema, "table_name": name})
    return bool(row["found"])
