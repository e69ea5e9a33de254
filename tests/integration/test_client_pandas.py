"""Data frames over redshift_connector."""

from contextlib import closing

import pandas as pd
import pytest
from conftest import LocalRedshift

pytestmark = pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy:UserWarning")


@pytest.mark.feature("Clients", "pandas over redshift_connector: read_sql, write_dataframe")
def test_frames_are_written_and_read(local_redshift: LocalRedshift) -> None:
    with closing(local_redshift.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("create table frames (id int, note varchar(10))")
        cursor.write_dataframe(pd.DataFrame({"id": [1, 2], "note": ["a", "b"]}), "frames")
        cursor.execute("select id, note from frames order by id")
        frame = cursor.fetch_dataframe()
        read = pd.read_sql("select id, note from frames order by id", connection)
    assert frame.to_dict("list") == {"id": [1, 2], "note": ["a", "b"]}
    assert read.to_dict("list") == frame.to_dict("list")
