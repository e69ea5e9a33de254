"""dbt's JSON schemas come from the process before, as long as they are what dbt would make."""

import json
from pathlib import Path

import pytest
from dbt.contracts.project import ProjectFlags
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin

from orchestration.dbt_process import schemas
from orchestration.dbt_process.schemas import KeptSchemas

NAME = "dbt.contracts.project.ProjectFlags"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The classes whose schemas dbt has made, with dbt as it is installed."""
    classes: list[type] = []
    make = dbtClassMixin.json_schema.__func__  # type: ignore[attr-defined] # a class method

    def json_schema(cls: type) -> object:
        classes.append(cls)
        return make(cls)

    monkeypatch.setattr(dbtClassMixin, "json_schema", classmethod(json_schema))
    return classes


def _process(file: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What a process does: it takes the schemas, asks for one, and keeps what is new."""
    with monkeypatch.context() as patched:
        patched.setattr(dbtClassMixin, "json_schema", dbtClassMixin.__dict__["json_schema"])
        kept = KeptSchemas(file)
        kept.use()
        schema = ProjectFlags.json_schema()
        ProjectFlags.validate({"debug": True})
        with pytest.raises(ValidationError):
            ProjectFlags.validate({"debug": "perhaps"})
        kept.keep()
    return schema


def test_a_schema_is_made_once(
    tmp_path: Path, made: list[type], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "folder" / "schemas.json"
    first, second = (_process(file, monkeypatch) for _ in range(2))
    assert made == [ProjectFlags]
    assert second == first == json.loads(file.read_text())["schemas"][NAME]
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"made_by": 1}', '{"schemas": {}}', "null"])
def test_a_file_that_is_of_no_use_is_made_anew(
    tmp_path: Path, made: list[type], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = tmp_path / "schemas.json"
    file.write_text(text)
    _process(file, monkeypatch)
    _process(file, monkeypatch)
    assert made == [ProjectFlags]


def test_other_packages_make_their_own(
    tmp_path: Path, made: list[type], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "schemas.json"
    monkeypatch.setattr(schemas, "version", lambda name: f"{name} as it was")
    _process(file, monkeypatch)
    monkeypatch.undo()
    KeptSchemas(file).keep()
    assert NAME not in KeptSchemas(file)._schemas


def test_what_cannot_be_written_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert _process(in_the_way / "schemas.json", monkeypatch)
