"""The simple and the extended query protocol on one session."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from pygwire import TransactionStatus
from pygwire.messages import (
    Bind,
    BindComplete,
    Close,
    CloseComplete,
    CommandComplete,
    Describe,
    EmptyQueryResponse,
    Execute,
    Flush,
    NoData,
    ParameterDescription,
    ParameterStatus,
    Parse,
    ParseComplete,
    PGMessage,
    PortalSuspended,
    Query,
    ReadyForQuery,
    Sync,
)

from local_redshift.engine import Prepared, Session
from local_redshift.errors import RedshiftError
from local_redshift.results import Result
from local_redshift.wire.encoding import RowEncoder, expand_formats
from local_redshift.wire.parameters import decode_parameters
from local_redshift.wire.responses import (
    error_response,
    notice_response,
    reported_parameters,
    row_description,
)
from local_redshift.wire.transport import ClientGoneError, Transport

logger = logging.getLogger(__name__)

# The SQLSTATE of a session that pg_terminate_backend has ended: it closes the connection.
TERMINATED = "57P01"

# Statements whose tag carries the number of rows sent.
COUNTED_TAGS = frozenset({"SELECT", "FETCH"})


@dataclass
class Portal:
    """A bound statement; ``result`` is there once it was executed."""

    prepared: Prepared
    values: list[object]
    formats: Sequence[int]
    result: Result | None = None
    encoder: RowEncoder | None = None


class QueryProtocol:
    """Runs a client's statements and answers in protocol messages."""

    def __init__(self, transport: Transport, session: Session) -> None:
        self.transport = transport
        self.session = session
        self._statements: dict[str, Prepared] = {}
        self._portals: dict[str, Portal] = {}
        self._skipping = False
        self._reported = reported_parameters(session)

    def handle(self, message: PGMessage) -> None:
        """Answer one message. After an error, extended messages are skipped up to Sync."""
        match message:
            case Query():
                self._attempt(lambda: self._simple_query(message.query_string))
                self._ready()
            case Sync():
                self._skipping = False
                self._ready()
            case _ if self._skipping:
                return
            case Parse():
                self._skipping = not self._attempt(lambda: self._parse(message))
            case Bind():
                self._skipping = not self._attempt(lambda: self._bind(message))
            case Describe():
                self._skipping = not self._attempt(lambda: self._describe(message))
            case Execute():
                self._skipping = not self._attempt(lambda: self._execute(message))
            case Close():
                self._close(message)
            case Flush():
                return  # answers go out before the next wait for the client
            case _:
                raise RedshiftError(f"{type(message).__name__} messages are not supported", "0A000")

    def _attempt(self, action: Callable[[], None]) -> bool:
        """Run an action and send what goes wrong as an error; whether it went well."""
        try:
            action()
        except RedshiftError as error:
            if error.sqlstate == TERMINATED:
                raise
            self.transport.send(error_response(error))
        except ClientGoneError:
            raise
        except Exception as error:
            logger.exception("Statement failed inside the server")
            internal = RedshiftError(f"internal error: {error!r}", "XX000")
            self.transport.send(error_response(internal))
        else:
            return True
        return False

    def _ready(self) -> None:
        status = self.session.transaction_status
        if status == TransactionStatus.IDLE:
            self._portals.clear()  # a portal lives no longer than its transaction
        self._report_changed_parameters()
        self.transport.send(ReadyForQuery(status=TransactionStatus(status)))

    def _report_changed_parameters(self) -> None:
        current = reported_parameters(self.session)
        for name, value in current.items() - self._reported.items():
            self.transport.send(ParameterStatus(name=name, value=value))
        self._reported = current

    def _simple_query(self, sql: str) -> None:
        for result in self.session.run(sql):
            encoder = None
            if result.columns is not None:
                encoder = RowEncoder(result.columns)
                self.transport.send(row_description(result.columns, encoder.formats))
            self._finish(result, self._send_rows(result, encoder))

    def _parse(self, message: Parse) -> None:
        if message.statement and message.statement in self._statements:
            raise RedshiftError(f'prepared statement "{message.statement}" already exists', "42P05")
        prepared = self.session.prepare(message.query, message.param_types)
        self._statements[message.statement] = prepared
        self.transport.send(ParseComplete())

    def _bind(self, message: Bind) -> None:
        if message.portal and message.portal in self._portals:
            raise RedshiftError(f'cursor "{message.portal}" already exists', "42P03")
        prepared = self._statement(message.statement)
        expected, given = len(prepared.parameter_oids), len(message.param_values)
        if expected != given:
            raise RedshiftError(
                f"bind message supplies {given} parameters, but prepared statement "
                f'"{message.statement}" requires {expected}',
                "08P01",
            )
        columns = len(prepared.columns or ())
        if len(message.result_formats) not in {0, 1, columns}:
            raise RedshiftError(
                f"bind message has {len(message.result_formats)} result formats but query has "
                f"{columns} columns",
                "08P01",
            )
        values = decode_parameters(
            message.param_values, message.param_formats, prepared.parameter_oids
        )
        self._portals[message.portal] = Portal(prepared, values, message.result_formats)
        self.transport.send(BindComplete())

    def _describe(self, message: Describe) -> None:
        formats: Sequence[int] = ()
        if message.kind == "S":
            prepared = self._statement(message.name)
            self.transport.send(ParameterDescription(type_oids=list(prepared.parameter_oids)))
        else:
            portal = self._portal(message.name)
            prepared, formats = portal.prepared, portal.formats
        if prepared.columns is None:
            self.transport.send(NoData())
        else:
            codes = expand_formats(formats, len(prepared.columns))
            self.transport.send(row_description(prepared.columns, codes))

    def _execute(self, message: Execute) -> None:
        portal = self._portal(message.portal)
        if portal.result is None:
            portal.result = self.session.execute(portal.prepared, portal.values)
            if portal.result.columns is not None:
                portal.encoder = RowEncoder(portal.result.columns, portal.formats)
        sent = self._send_rows(portal.result, portal.encoder, message.max_rows)
        if message.max_rows and sent == message.max_rows:
            self.transport.send(PortalSuspended())
        else:
            self._finish(portal.result, sent)

    def _close(self, message: Close) -> None:
        if message.kind == "S":
            self._statements.pop(message.name, None)
        else:
            self._portals.pop(message.name, None)
        self.transport.send(CloseComplete())

    def _send_rows(self, result: Result, encoder: RowEncoder | None, limit: int = 0) -> int:
        """Send rows, all or up to a limit; the number sent."""
        sent = 0
        if encoder is not None:
            for row in islice(result.rows, limit or None):
                self.transport.write(encoder.encode(row))
                sent += 1
        return sent

    def _finish(self, result: Result, sent: int) -> None:
        for notice in result.notices:
            self.transport.send(notice_response(notice))
        if not result.tag:
            self.transport.send(EmptyQueryResponse())
            return
        if result.tag == "DEALLOCATE ALL":
            self._statements.clear()
        tag = f"{result.tag} {sent}" if result.tag in COUNTED_TAGS else result.tag
        self.transport.send(CommandComplete(tag=tag))

    def _statement(self, name: str) -> Prepared:
        if name not in self._statements:
            raise RedshiftError(f'prepared statement "{name}" does not exist', "26000")
        return self._statements[name]

    def _portal(self, name: str) -> Portal:
        if name not in self._portals:
            raise RedshiftError(f'portal "{name}" does not exist', "34000")
        return self._portals[name]
