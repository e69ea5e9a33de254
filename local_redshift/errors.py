"""Errors as a Redshift client sees them: a message and a SQLSTATE."""


class RedshiftError(Exception):
    """An error that is sent to the client.

    Args:
        message: What happened, in Redshift's words where they are known.
        sqlstate: Five-character SQLSTATE. ``redshift_connector`` raises ``KeyError`` on an
            error that has none, so every error carries one.
        detail: More about the cause.
        hint: What to do next.
    """

    def __init__(
        self,
        message: str,
        sqlstate: str = "XX000",
        *,
        detail: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
