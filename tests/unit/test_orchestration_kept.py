"""What dbt makes in every process comes from the one before, as long as dbt would make the same."""

import json
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from dbt.contracts.project import ProjectFlags
from dbt_common.clients.jinja import get_environment
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin

from orchestration.dbt_process import kept, templates
from orchestration.dbt_process.kept import KeptValues
from orchestration.dbt_process.schemas import use_kept_schemas
from orchestration.dbt_process.templates import use_kept_templates

Process = Callable[[Path], object]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The classes whose schemas dbt has made, and the texts that Jinja has compiled."""
    done: list[object] = []
    make = dbtClassMixin.json_schema.__func__  # type: ignore[attr-defined] # a class method
    compile_template = templates._compile

    def json_schema(cls: type) -> object:
        done.append(cls)
        return make(cls)

    def compiled(environment: object, source: object, *others: object) -> object:
        done.append(source)
        return compile_template(environment, source, *others)

    monkeypatch.setattr(dbtClassMixin, "json_schema", classmethod(json_schema))
    monkeypatch.setattr(templates, "_compile", compiled)
    return done


@pytest.fixture
def of_schemas(monkeypatch: pytest.MonkeyPatch) -> Process:
    """What a process does: it takes the schemas, asks for one, and keeps what is new."""

    def process(file: Path) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(dbtClassMixin, "json_schema", dbtClassMixin.__dict__["json_schema"])
            values = KeptValues(file)
            use_kept_schemas(values)
            schema = ProjectFlags.json_schema()
            ProjectFlags.validate({"debug": True})
            with pytest.raises(ValidationError):
                ProjectFlags.validate({"debug": "perhaps"})
            values.keep()
        return schema

    return process


@pytest.fixture
def of_templates(monkeypatch: pytest.MonkeyPatch) -> Process:
    """The same with templates: the same text as dbt's two kinds of environment read it."""

    def process(file: Path) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(jinja2.Environment, "compile", jinja2.Environment.compile)
            values = KeptValues(file)
            use_kept_templates(values)
            results = [
                get_environment(native=native).from_string("{{ 1 + number }}").render({"number": 2})
                for native in (False, True)
            ]
            with pytest.raises(jinja2.TemplateSyntaxError):
                get_environment().from_string("{% if %}")
            values.keep()
        return results

    return process


@pytest.fixture(params=["of_schemas", "of_templates"])
def process(request: pytest.FixtureRequest) -> Process:
    found: Process = request.getfixturevalue(request.param)
    return found


def test_a_schema_is_made_once(tmp_path: Path, made: list[object], of_schemas: Process) -> None:
    file = tmp_path / "folder" / "schemas.json"
    first, second = (of_schemas(file) for _ in range(2))
    assert made == [ProjectFlags]
    (written,) = json.loads(file.read_text())["values"].values()
    assert second == first == written
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_template_is_compiled_once_for_each_kind_of_environment(
    tmp_path: Path, made: list[object], of_templates: Process
) -> None:
    file = tmp_path / "templates.json"
    assert [of_templates(file) for _ in range(2)] == [["3", 3], ["3", 3]]
    # What cannot be compiled says so each time.
    assert made == ["{{ 1 + number }}"] * 2 + ["{% if %}"] * 2


def test_a_template_that_cannot_be_read_is_compiled(
    tmp_path: Path, made: list[object], of_templates: Process
) -> None:
    file = tmp_path / "templates.json"
    of_templates(file)
    written = json.loads(file.read_text())
    broken = ["", 7, "?", written["values"][next(iter(written["values"]))][:40]]
    for value in broken:
        values = dict.fromkeys(written["values"], value)
        file.write_text(json.dumps(written | {"values": values}))
        made.clear()
        assert of_templates(file) == ["3", 3]
        assert made == ["{{ 1 + number }}"] * 2 + ["{% if %}"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"made_by": 1}', '{"values": {}}', "null"])
def test_a_file_that_is_of_no_use_is_made_anew(
    tmp_path: Path, made: list[object], of_schemas: Process, text: str
) -> None:
    file = tmp_path / "schemas.json"
    file.write_text(text)
    of_schemas(file)
    of_schemas(file)
    assert made == [ProjectFlags]


def test_other_packages_make_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: Process
) -> None:
    file = tmp_path / "kept.json"
    with monkeypatch.context() as before:
        before.setattr(kept, "version", lambda name: f"{name} as it was")
        process(file)
        assert KeptValues(file).values
    assert not KeptValues(file).values


def test_what_edited_models_leave_behind_does_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: Process
) -> None:
    file = tmp_path / "kept.json"
    process(file)
    monkeypatch.setattr(kept, "_MOST", 0)
    assert not KeptValues(file).values


def test_what_cannot_be_written_is_no_loss(tmp_path: Path, process: Process) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert process(in_the_way / "kept.json")
