"""Where the warehouse keeps what dbt makes and reads: one rule, in macros and in source YAML."""

from types import SimpleNamespace

import jinja2
import pytest
import yaml
from conftest import REPOSITORY

MACROS = (REPOSITORY / "macros" / "generate_schema_name.sql").read_text()
SOURCES = [
    pytest.param(file.parent.name, source["schema"], id=source["name"])
    for file in sorted((REPOSITORY / "models").rglob("*.yml"))
    for source in yaml.safe_load(file.read_text()).get("sources", [])
    # Redshift's own, which is where it is.
    if source["schema"] != "pg_catalog"
]


@pytest.mark.parametrize(("folder", "schema"), SOURCES)
@pytest.mark.parametrize("target", ["public", "ann"])
def test_a_source_is_where_the_models_of_its_folder_are(
    folder: str, schema: str, target: str
) -> None:
    """dbt renders source YAML without macros, so the rule is repeated there."""
    names = {"target": SimpleNamespace(schema=target), "return": str}
    call = f"{MACROS}{{{{ generate_schema_name('{folder}', none) }}}}"
    expected = jinja2.Template(call).render(names).strip()
    assert jinja2.Template(schema).render(names) == expected
    assert expected == (folder if target == "public" else f"ann_{folder}")
