"""Command line: ``python -m local_redshift serve | up | down | status``."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import typer
from pydantic import ValidationError

from local_redshift.ownership import RunningServer, ServerError, lock_owner, ready_server
from local_redshift.settings import DATABASE, HOST, REGION, USER, WORKGROUP, Settings

START_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05
LOG_LINES = 20

app = typer.Typer(
    help="A local Amazon Redshift.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command("serve")
def serve_command() -> None:
    """Run the server in the foreground until Ctrl-C or SIGTERM."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for chatty in ("localbucket", "werkzeug", "botocore", "sqlglot"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    from local_redshift.server import serve  # noqa: PLC0415 - the other verbs need no engine

    try:
        serve(_settings())
    except ServerError as error:
        typer.echo(f"Cannot start: {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def up() -> None:
    """Start the server in the background and wait until it answers."""
    settings = _settings()
    server = ready_server(settings.data_dir)
    if server is not None:
        typer.echo(f"The local Redshift already runs (pid {server.pid}).")
    else:
        server = _start(settings)
        typer.echo(f"The local Redshift runs (pid {server.pid}).")
    typer.echo(_how_to_connect(settings, server))


@app.command()
def down() -> None:
    """Stop the server."""
    settings = _settings()
    owner = lock_owner(settings.data_dir)
    if owner is None:
        typer.echo("The local Redshift does not run.")
        return
    if not _end(owner, signal.SIGTERM, settings.data_dir):
        typer.echo(f"It did not stop within {STOP_SECONDS:.0f} s; killing it. No data is lost.")
        _end(owner, signal.SIGKILL, settings.data_dir)
    typer.echo(f"The local Redshift (pid {owner.pid}) has stopped.")


@app.command()
def status() -> None:
    """Say whether the server runs, and where. Exit code 1 when it does not."""
    settings = _settings()
    server = ready_server(settings.data_dir)
    if server is None:
        typer.echo(f"The local Redshift does not run (state: {settings.data_dir.resolve()}).")
        raise typer.Exit(1)
    typer.echo(f"The local Redshift runs (pid {server.pid}).")
    typer.echo(_how_to_connect(settings, server))


def _settings() -> Settings:
    """The settings, or the end: what is wrong is said by the names of variables."""
    try:
        return Settings()
    except ValidationError as error:
        prefix = Settings.model_config["env_prefix"]
        for each in error.errors():
            variable = f"{prefix}{each['loc'][0]}".upper()
            typer.echo(f"{variable} is '{each['input']}': {each['msg']}", err=True)
        typer.echo("Next: correct .env or the environment", err=True)
        raise typer.Exit(1) from None


def _start(settings: Settings) -> RunningServer:
    """Start a server, or wait for one that is starting; give up with the end of its log."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    log = settings.data_dir / "server.log"
    process = _spawn(log) if lock_owner(settings.data_dir) is None else None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        server = ready_server(settings.data_dir)
        if server is not None:
            return server
        if process is not None and process.poll() is not None:
            break
        time.sleep(POLL_SECONDS)
    if process is not None and process.poll() is None:
        process.terminate()
    typer.echo(f"The local Redshift did not start. The end of {log}:", err=True)
    typer.echo("\n".join(log.read_text().splitlines()[-LOG_LINES:]), err=True)
    raise typer.Exit(1)


def _spawn(log: Path) -> subprocess.Popen[bytes]:
    """A server process in a session of its own, so that it outlives the terminal."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "local_redshift", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(owner: RunningServer, number: signal.Signals, data_dir: Path) -> bool:
    """Signal the server and wait until it has let go of the state."""
    try:
        os.kill(owner.pid, number)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if lock_owner(data_dir) is None:
            return True
        time.sleep(POLL_SECONDS)
    return False


def _how_to_connect(settings: Settings, server: RunningServer) -> str:
    documented = settings.password == Settings.model_fields["password"].default
    password = settings.password.get_secret_value() if documented else "$LOCAL_REDSHIFT_PASSWORD"
    return (
        f"  SQL  PGPASSWORD={password} psql -h {HOST} -p {server.sql_port} -U {USER} {DATABASE}\n"
        f"  AWS  export AWS_ENDPOINT_URL=http://{HOST}:{server.aws_port} "
        f"AWS_DEFAULT_REGION={REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n"
        f"       (Data API workgroup: {WORKGROUP})"
    )


if __name__ == "__main__":
    app()
