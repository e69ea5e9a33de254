"""UNLOAD options of Redshift that the local Redshift does not carry out."""

import pytest

from local_redshift.errors import RedshiftError
from local_redshift.unload.parameters import parse_unload


@pytest.mark.feature("UNLOAD", "FIXEDWIDTH, ENCRYPTED, ROWGROUPSIZE", status="refused")
@pytest.mark.parametrize("option", ["FIXEDWIDTH '0:3'", "ENCRYPTED", "ROWGROUPSIZE 32 MB"])
def test_refused_by_name(option: str) -> None:
    role = "iam_role 'arn:aws:iam::123456789012:role/copy'"
    with pytest.raises(RedshiftError, match=option.split(maxsplit=1)[0]) as caught:
        parse_unload(f"unload ('select 1') to 's3://bucket/x' {role} {option}")
    assert caught.value.sqlstate == "0A000"
