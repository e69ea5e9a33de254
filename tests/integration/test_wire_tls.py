"""TLS on the SQL port: the drivers' verification works with the server's own certificate."""

import socket
import stat
from contextlib import closing, suppress

import psycopg
import pytest
import redshift_connector
from conftest import LocalRedshift
from warehouse import run

from local_redshift.settings import DATABASE, HOST, USER

# The driver makes its context by an interface that Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")


@pytest.mark.feature("Clients", "TLS with sslmode verify-ca and verify-full")
@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_drivers_verify_the_certificate(
    local_redshift: LocalRedshift, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    certificate = local_redshift.certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # redshift_connector has no option
    with closing(
        redshift_connector.connect(
            host=HOST,
            port=local_redshift.sql_port,
            user=USER,
            database=DATABASE,
            password=local_redshift.password,
            sslmode=mode,
        )
    ) as connection:
        rows = run(connection, "select i, repeat('x', 100) from generate_series(1, 20000) g(i)")
        assert len(rows) == 20_000
    dsn = f"{local_redshift.dsn} sslmode={mode} sslrootcert={certificate}"
    with psycopg.connect(dsn) as plain:
        assert plain.pgconn.ssl_in_use
        assert plain.execute("select 1").fetchone() == (1,)


def test_an_unknown_certificate_is_the_clients_to_refuse(local_redshift: LocalRedshift) -> None:
    with pytest.raises(redshift_connector.InterfaceError, match="CERTIFICATE_VERIFY_FAILED"):
        redshift_connector.connect(
            host=HOST,
            port=local_redshift.sql_port,
            user=USER,
            database=DATABASE,
            password=local_redshift.password,
        )


def test_the_key_is_its_owners(local_redshift: LocalRedshift) -> None:
    key = local_redshift.certificate.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_client_that_does_not_keep_to_tls_is_let_go(local_redshift: LocalRedshift) -> None:
    with socket.create_connection((HOST, local_redshift.sql_port), timeout=10) as raw:
        raw.sendall(bytes.fromhex("0000000804d2162f"))  # SSLRequest
        assert raw.recv(1) == b"S"
        raw.sendall(b"no handshake at all, but long enough to be one")
        with suppress(ConnectionResetError):
            while raw.recv(1024):  # an alert, then the end
                pass
    with closing(local_redshift.connect()) as connection:
        assert run(connection, "select 1") == [(1,)]
