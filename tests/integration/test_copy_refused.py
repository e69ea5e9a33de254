"""What COPY has in Redshift and not here is refused by name; access keys are not kept."""

import pytest
from copy_loading import new_table, rows
from warehouse import Warehouse

REFUSED = {
    "SHAPEFILE": "FORMAT SHAPEFILE",
    "ENCRYPTED, MASTER_SYMMETRIC_KEY": "ENCRYPTED MASTER_SYMMETRIC_KEY 'key'",
    "SSH": "SSH",
    "SERIALIZETOJSON": "PARQUET SERIALIZETOJSON",
    "ENCODING ISO88591": "ENCODING ISO88591",
}


@pytest.mark.feature(
    "COPY",
    "SHAPEFILE, ENCRYPTED, MASTER_SYMMETRIC_KEY, SSH, SERIALIZETOJSON, ENCODING ISO88591",
    status="refused",
)
@pytest.mark.parametrize("name", REFUSED)
def test_parameters_that_are_not_carried_out(warehouse: Warehouse, name: str) -> None:
    table = new_table(warehouse, "a int")
    warehouse.put(f"{table}/1", "1\n")
    failure = warehouse.fails(warehouse.copy(table, f"{table}/", REFUSED[name]))
    assert failure.sqlstate == "0A000"
    assert name.split(",", maxsplit=1)[0] in failure.message
    assert rows(warehouse, table) == []


@pytest.mark.feature("COPY", "READRATIO", status="refused", note="for DynamoDB only")
def test_read_ratio_is_for_another_source(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "a int")
    warehouse.put(f"{table}/1", "1\n")
    failure = warehouse.fails(warehouse.copy(table, f"{table}/", "READRATIO 50"))
    assert failure.sqlstate == "0A000"
    assert "READRATIO" in failure.message


@pytest.mark.feature("COPY", "from Amazon EMR and DynamoDB", status="refused")
@pytest.mark.parametrize("source", ["emr://j-1/x", "dynamodb://table"])
def test_sources_that_are_not_s3(warehouse: Warehouse, source: str) -> None:
    table = new_table(warehouse, "a int")
    failure = warehouse.fails(f"copy {table} from '{source}' iam_role '{warehouse.copy_role}'")
    assert failure.sqlstate == "0A000"
    assert source in failure.message


@pytest.mark.feature("Types", "GEOMETRY, GEOGRAPHY, HLLSKETCH columns", status="refused")
@pytest.mark.parametrize("kind", ["geometry", "geography", "hllsketch"])
def test_types_that_cannot_be_loaded_cannot_be_declared(warehouse: Warehouse, kind: str) -> None:
    failure = warehouse.fails(f"create table {warehouse.name()} (a {kind})")
    assert kind in failure.message.lower()


SECRET = "wJalrXUtnFEMI"
AUTHORIZATIONS = [
    f"ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY '{SECRET}'",
    f"ACCESS_KEY_ID 'ASIA' SECRET_ACCESS_KEY '{SECRET}' SESSION_TOKEN '{SECRET}'",
    f"CREDENTIALS 'aws_access_key_id=AKIA;aws_secret_access_key={SECRET}'",
    f"WITH CREDENTIALS AS 'aws_access_key_id=ASIA;aws_secret_access_key={SECRET};token=t'",
    "CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/a'",
    "IAM_ROLE 'arn:aws:iam::123456789012:role/a,arn:aws:iam::210987654321:role/b'",
    "IAM_ROLE default",
]


@pytest.mark.feature(
    "COPY", "IAM_ROLE, CREDENTIALS, ACCESS_KEY_ID", note="any key is good; none is logged"
)
@pytest.mark.parametrize("authorization", AUTHORIZATIONS)
def test_ways_of_authorization(warehouse: Warehouse, authorization: str) -> None:
    table = new_table(warehouse, "a int")
    url = warehouse.put(f"{table}/1", "1\n")
    warehouse.run(f"copy {table} from '{url}' {authorization}")
    assert rows(warehouse, table) == [(1,)]
    texts = warehouse.run(
        f"select query_text from sys_query_history where query_text like '%{table}%'"
    )
    assert texts
    assert not any(SECRET in text for (text,) in texts)
