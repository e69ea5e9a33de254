"""A dry run of docs/aws.md: each command is executed here, or read by the program that it calls."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer
from awscli.clidriver import create_clidriver
from botocore.validate import validate_parameters
from conftest import REPOSITORY, LocalRedshift
from dbt.cli.main import cli as dbt_cli
from stack_template import TEMPLATE, Stack

from orchestration.cli import app

PAGE = REPOSITORY / "docs" / "aws.md"
ASSIGNED = re.compile(r"^([A-Z_]+)=\$\((.*)\)$")
INNER = re.compile(r"\$\(([^()]*)\)")
ACCOUNT = "123456789012"
# What the commands before would have put into these.
VALUES = {
    "ADMIN": f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:admin-abc",
    "ROLE": f"arn:aws:iam::{ACCOUNT}:role/retail-elt-orchestrator",
    "COPY_ROLE": f"arn:aws:iam::{ACCOUNT}:role/retail-elt-CopyRole",
    "WORKGROUP": f"arn:aws:redshift-serverless:eu-central-1:{ACCOUNT}:workgroup/1",
    "INTEGRATION": f"arn:aws:redshift:eu-central-1:{ACCOUNT}:integration:1",
    "BUCKET": f"retail-landing-{ACCOUNT}",
}
# Shell's own words; bash reads them in test_the_shell_reads_every_block.
SHELL = {"echo", "export", "set"}


def blocks() -> list[str]:
    return re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Each command's words, those inside $(…) as commands of their own."""
    for block in blocks():
        for line in block.replace("\\\n", " ").splitlines():
            assigned = ASSIGNED.match(line)
            command = assigned[2] if assigned else line
            for inner in INNER.findall(command):
                yield shlex.split(inner)
            command = INNER.sub(ACCOUNT, command)
            command = re.sub(r"\$([A-Z_]+)", lambda found: VALUES[found[1]], command)
            words = shlex.split(command.partition(" > ")[0])
            while words and re.match(r"[A-Z_]+=", words[0]):
                del words[0]
            if words:
                yield words


def every(*programs: str) -> list[Any]:
    return [
        pytest.param(words, id=" ".join(words)[:70]) for words in commands() if words[0] in programs
    ]


def test_every_command_is_one_of_those_below() -> None:
    known = {"aws", "make", *SHELL} | {
        f".venv/bin/{name}" for name in ("cfn-lint", "dbt", "prefect", "python")
    }
    assert {words[0] for words in commands()} == known


def test_the_shell_reads_every_block() -> None:
    for block in blocks():
        subprocess.run(["bash", "-n"], input=block, text=True, check=True, timeout=10)


def answered(words: list[str]) -> dict[str, Any]:
    """What AWS would say to any of the requests of a command, as far as the CLI looks at it."""
    status = "DELETE_COMPLETE" if "stack-delete-complete" in words else "UPDATE_COMPLETE"
    return {
        "Id": "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/1",
        "Stacks": [{"StackStatus": status}],
        "Status": "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": name} for name in Stack().template["Parameters"]],
    }


@pytest.mark.parametrize("words", every("aws"))
def test_the_aws_cli_takes(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI carries the command out; its requests are checked against the service's model
    instead of sent."""
    if words[1:3] == ["s3", "sync"]:
        pytest.skip("carried out in full below")
    monkeypatch.chdir(REPOSITORY)
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    sent: list[str] = []

    def checked(client: Any, operation: str, parameters: Any) -> Any:
        shape = client.meta.service_model.operation_model(operation).input_shape
        validate_parameters(parameters, shape)
        sent.append(operation)
        return answered(words)

    with patch("botocore.client.BaseClient._make_api_call", checked):
        assert create_clidriver().main(words[1:]) == 0
    if words[1] == "configure":
        assert words[3] in (tmp_path / "config").read_text()
    else:
        assert sent
    if "deploy" in words:
        assert "ExecuteChangeSet" in sent


def test_the_template_has_the_parameters_and_outputs_that_are_named() -> None:
    stacks = 0
    for words in commands():
        if "deploy" in words and "--parameter-overrides" in words:
            pairs = words[words.index("--parameter-overrides") + 1 :]
            stack = Stack(**dict(pair.split("=", 1) for pair in pairs))
            assert stack.refused() == []
            for name, pattern in (
                (name, each.get("AllowedPattern", ".*"))
                for name, each in stack.template["Parameters"].items()
            ):
                assert re.fullmatch(pattern, str(stack.parameters[name])), name
            assert words[words.index("--template-file") + 1] == f"infra/{TEMPLATE.name}"
            stacks += 1
    assert stacks == 2
    named = set(re.findall(r"OutputKey=='(\w+)'", PAGE.read_text()))
    assert named <= Stack().outputs.keys()


def test_make_has_the_verbs() -> None:
    for words in commands():
        if words[0] == "make":
            subprocess.run(
                [*words, "-n"], cwd=REPOSITORY, check=True, timeout=20, capture_output=True
            )


def parsed(command: Any, words: list[str]) -> None:
    """Have click read a command line, as far as calling the command."""
    name, subcommand, rest = command.resolve_command(command.make_context("x", words), words)
    if hasattr(subcommand, "resolve_command"):
        parsed(subcommand, rest)
    else:
        subcommand.make_context(name, list(rest))


@pytest.mark.parametrize("words", every(".venv/bin/dbt", ".venv/bin/python"))
def test_the_programs_take(words: list[str]) -> None:
    program = Path(words[0]).name
    if program == "dbt":
        parsed(dbt_cli, words[1:])
    elif words[1:3] == ["-m", "orchestration"]:
        parsed(typer.main.get_command(app), words[3:])
    elif words[1] == "-c":
        compile(words[2], "docs/aws.md", "exec")


def test_prefect_takes_its_commands() -> None:
    """Read in one process of its own, since importing it takes seconds."""
    lines = [words[1:] for words in commands() if words[0] == ".venv/bin/prefect"]
    read = "import json, sys\nfrom prefect.cli._app import _app\n" + (
        "for words in json.loads(sys.argv[1]): _app.parse_args(words)"
    )
    subprocess.run([sys.executable, "-c", read, json.dumps(lines)], check=True, timeout=100)


def test_the_warehouse_takes_the_grants(local_redshift: LocalRedshift) -> None:
    """And the two users that they make can then be what profiles.yml says."""
    with local_redshift.connect() as connection, connection.cursor() as cursor:
        for words in commands():
            if "--sqls" in words:
                for sql in words[words.index("--sqls") + 1 :]:
                    cursor.execute(sql)
        cursor.execute(
            "select distinct identity_name from svv_database_privileges "
            "where privilege_scope = 'COPY JOBS' and identity_name like '%retail-elt-%'"
        )
        assert {row[0].lower() for row in cursor.fetchall()} == {
            "iamr:retail-elt-orchestrator",
            "iamr:retail-elt-analyst",
        }


def test_files_arrive_by_the_command_that_is_shown(
    local_redshift: LocalRedshift, tmp_path: Path
) -> None:
    (sync,) = [words for words in commands() if words[1:3] == ["s3", "sync"]]
    bucket = sync[-1].strip("/").removeprefix("s3://")
    (tmp_path / "extracts" / "item").mkdir(parents=True)
    (tmp_path / "extracts" / "item" / "a.csv").write_text("1\n")
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket=bucket)
    cli = Path(sys.executable).with_name("aws")
    subprocess.run(
        [cli, *sync[1:]],
        cwd=tmp_path,
        env={"PATH": "", **local_redshift.env},
        check=True,
        timeout=60,
    )
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["item/a.csv"]
