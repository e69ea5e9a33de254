"""The commands on files and copy jobs: each shows how it is typed."""

import shlex

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from orchestration.cli import app


def commands() -> list[tuple[str, TyperCommand]]:
    """Each command by its words."""
    top = get_command(app)
    assert isinstance(top, TyperGroup)
    return [
        (f"{group} {name}", command)
        for group in ("files", "jobs")
        for name, command in top.commands[group].commands.items()  # type: ignore[attr-defined]  # each is a group
    ]


@pytest.mark.parametrize(("words", "command"), commands(), ids=[words for words, _ in commands()])
def test_the_help_has_an_example_that_can_be_typed(words: str, command: TyperCommand) -> None:
    start = f"Example: .venv/bin/python -m orchestration {words}"
    assert (command.epilog or "").startswith(start)
    typed = shlex.split(str(command.epilog).removeprefix(start))
    assert command.make_context(words, typed).params
