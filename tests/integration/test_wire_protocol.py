"""What drivers seldom do, said in protocol messages."""

import socket
from collections.abc import Iterator

import pytest
from conftest import LocalRedshift
from pygwire import ConnectionPhase, FrontendConnection
from pygwire import messages as m

from local_redshift.settings import DATABASE, HOST, USER


class Client:
    """A client that sends what it is told and keeps no opinion of the answers."""

    def __init__(self, server: LocalRedshift) -> None:
        self.socket = socket.create_connection((HOST, server.sql_port), timeout=10)
        self._codec = FrontendConnection(strict=False)
        self.send(m.StartupMessage(params={"user": USER, "database": DATABASE}))
        self.send(m.PasswordMessage(password=server.password))
        self.greeting = self.until(m.ReadyForQuery)

    def send(self, *messages: m.PGMessage) -> None:
        self.socket.sendall(b"".join(self._codec.send(each) for each in messages))

    def until(self, last: type[m.PGMessage]) -> list[m.PGMessage]:
        """Messages up to the first of a kind."""
        received: list[m.PGMessage] = []
        while not received or not isinstance(received[-1], last):
            data = self.socket.recv(65536)
            assert data, f"the server hung up after {received}"
            received += self._codec.receive(data)
        return received

    def ask(self, *messages: m.PGMessage) -> list[str]:
        """Send messages and Sync; the kinds of what comes back."""
        self.send(*messages, m.Sync())
        return [type(each).__name__ for each in self.until(m.ReadyForQuery)]


@pytest.fixture
def client(local_redshift: LocalRedshift) -> Iterator[Client]:
    opened = Client(local_redshift)
    yield opened
    opened.socket.close()


def test_greeting(client: Client) -> None:
    parameters = {each.name: each.value for each in client.greeting
                  if isinstance(each, m.ParameterStatus)}  # fmt: skip
    assert parameters["server_protocol_version"] == "0"
    assert parameters["server_version"] == "8.0.2"
    assert any(isinstance(each, m.BackendKeyData) for each in client.greeting)


def test_flush_brings_what_there_is_without_a_sync(client: Client) -> None:
    client.send(m.Parse(query="select 1"), m.Flush())
    assert [type(each) for each in client.until(m.ParseComplete)] == [m.ParseComplete]
    client.send(m.Bind(), m.Flush(), m.Execute(), m.Flush(), m.Sync())
    # As the driver asks: every message with a Flush of its own, and one piece for an answer.
    received = client._codec.receive(client.socket.recv(65536))
    kinds = [m.BindComplete, m.DataRow, m.CommandComplete, m.ReadyForQuery]
    assert [type(each) for each in received] == kinds


def test_a_portal_is_fetched_in_pieces(client: Client) -> None:
    kinds = client.ask(
        m.Query("begin"),
    )
    assert kinds[-1] == "ReadyForQuery"
    kinds = client.ask(
        m.Parse(query="select * from generate_series(1, 5) g(i)"),
        m.Bind(portal="p"),
        m.Describe(kind="P", name="p"),
        m.Execute(portal="p", max_rows=2),
    )
    assert kinds == ["ParseComplete", "BindComplete", "RowDescription", "DataRow", "DataRow",
                     "PortalSuspended", "ReadyForQuery"]  # fmt: skip
    # Another statement in between must not cost the portal its remaining rows.
    kinds = client.ask(m.Parse(query="select 1"), m.Bind(), m.Execute())
    assert kinds.count("DataRow") == 1
    kinds = client.ask(m.Execute(portal="p", max_rows=0), m.Close(kind="P", name="p"))
    assert kinds == ["DataRow"] * 3 + ["CommandComplete", "CloseComplete", "ReadyForQuery"]
    assert client.ask(m.Execute(portal="p"))[0] == "ErrorResponse"


def test_after_an_error_everything_is_skipped_up_to_sync(client: Client) -> None:
    kinds = client.ask(
        m.Parse(query="select * from no_such_table"), m.Bind(), m.Describe(kind="P"), m.Execute()
    )
    assert kinds == ["ErrorResponse", "ReadyForQuery"]
    kinds = client.ask(m.Parse(query="select 1"), m.Bind(), m.Execute())
    assert kinds == ["ParseComplete", "BindComplete", "DataRow", "CommandComplete",
                     "ReadyForQuery"]  # fmt: skip


def test_named_statements(client: Client) -> None:
    assert client.ask(m.Parse(statement="s", query="select 1"))[0] == "ParseComplete"
    assert client.ask(m.Parse(statement="s", query="select 2"))[0] == "ErrorResponse"
    assert client.ask(m.Describe(kind="S", name="s"))[:2] == [
        "ParameterDescription",
        "RowDescription",
    ]
    assert client.ask(m.Close(kind="S", name="s"))[0] == "CloseComplete"
    assert client.ask(m.Bind(statement="s"))[0] == "ErrorResponse"


def test_parameters_whose_types_the_client_leaves_open(client: Client) -> None:
    client.send(
        m.Parse(query="select $1::int + 1, $2"),
        m.Describe(kind="S"),
        m.Bind(param_values=[b"41", b"it's"]),
        m.Execute(),
        m.Sync(),
    )
    answers = client.until(m.ReadyForQuery)
    described = next(each for each in answers if isinstance(each, m.ParameterDescription))
    assert len(described.type_oids) == 2
    row = next(each for each in answers if isinstance(each, m.DataRow))
    assert row.columns == [b"42", b"it's"]


def test_a_changed_parameter_is_reported(client: Client) -> None:
    client.send(m.Query("set application_name to 'reports'"))
    answers = client.until(m.ReadyForQuery)
    reported = [each for each in answers if isinstance(each, m.ParameterStatus)]
    assert [(each.name, each.value) for each in reported] == [("application_name", "reports")]


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        (m.Bind(statement="nowhere"), "26000"),
        (m.Execute(portal="nowhere"), "34000"),
        (m.Bind(param_values=[b"1", b"2"]), "08P01"),
    ],
)
def test_protocol_errors(client: Client, message: m.PGMessage, sqlstate: str) -> None:
    client.ask(m.Parse(query="select 1"))
    client.send(message, m.Sync())
    error = client.until(m.ReadyForQuery)[0]
    assert isinstance(error, m.ErrorResponse)
    assert error.fields["C"] == sqlstate


def test_garbage_ends_the_connection(client: Client) -> None:
    client.socket.sendall(b"!\x00\x00\x00\x04")
    error = client.until(m.ErrorResponse)[-1]
    assert isinstance(error, m.ErrorResponse)
    assert (error.fields["S"], error.fields["C"]) == ("FATAL", "08P01")
    assert client.socket.recv(1) == b""


def test_a_cancel_with_the_wrong_secret_does_nothing(
    client: Client, local_redshift: LocalRedshift
) -> None:
    key = next(each for each in client.greeting if isinstance(each, m.BackendKeyData))
    wrong = bytes(byte ^ 0xFF for byte in key.secret_key)
    client.send(m.Query("select count(*) from generate_series(1, 1000000) g(i)"))
    with socket.create_connection((HOST, local_redshift.sql_port), timeout=10) as other:
        other.sendall(m.CancelRequest(process_id=key.process_id, secret_key=wrong).to_wire())
        assert other.recv(1) == b""
    kinds = [type(each).__name__ for each in client.until(m.ReadyForQuery)]
    assert "ErrorResponse" not in kinds
    assert client._codec.phase is ConnectionPhase.READY
