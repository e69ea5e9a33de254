"""A cursor over the tokens of a COPY or UNLOAD statement."""

from decimal import Decimal

from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

from local_redshift.errors import RedshiftError
from local_redshift.sql.dialect import tokenize


class Tokens:
    """Reads a statement token by token.

    Args:
        command: What the statement is, for the messages of errors.

    Raises:
        RedshiftError: 42601 for text that cannot be split into tokens.
    """

    def __init__(self, sql: str, command: str = "COPY") -> None:
        try:
            tokens = tokenize(sql)
        except TokenError as error:
            raise RedshiftError(f"syntax error in {command}: {error}", "42601") from error
        self.sql = sql
        self._command = command
        self._tokens = [token for token in tokens if token.token_type != TokenType.SEMICOLON]
        self._place = 0

    def peek(self, ahead: int = 0) -> str:
        """The keyword at the cursor in upper case; empty for a string and at the end."""
        token = self._at(ahead)
        return "" if token is None or token.token_type == TokenType.STRING else token.text.upper()

    def next(self) -> Token:
        token = self._at(0)
        if token is None:
            raise RedshiftError(f"syntax error at end of input in {self._command}", "42601")
        self._place += 1
        return token

    def take(self, *words: str) -> bool:
        """Step over these keywords if they come next."""
        if any(self.peek(place) != word for place, word in enumerate(words)):
            return False
        self._place += len(words)
        return True

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.error(f"expected {word}")

    def done(self) -> bool:
        return self._at(0) is None

    def at(self, kind: TokenType) -> bool:
        token = self._at(0)
        return token is not None and token.token_type == kind

    def at_string(self) -> bool:
        return self.at(TokenType.STRING)

    def string(self, parameter: str) -> str:
        """The string at the cursor as written: COPY gives backslashes their own meaning."""
        if not self.at_string():
            raise self.error(f"{parameter} needs a quoted value")
        token = self.next()
        return self.sql[token.start + 1 : token.end].replace("''", "'")

    def integer(self, parameter: str) -> int:
        token = self._at(0)
        text = token.text if token else ""
        if not text.isdecimal():
            raise self.error(f"{parameter} needs a whole number")
        self.next()
        return int(text)

    def number(self, parameter: str) -> Decimal:
        if not self.at(TokenType.NUMBER):
            raise self.error(f"{parameter} needs a number")
        return Decimal(self.next().text)

    def name(self, what: str) -> str:
        """An identifier: folded to lower case, as Redshift folds even quoted ones."""
        token = self._at(0)
        text = token.text.removeprefix("#") if token else ""  # a temporary table's first character
        word = text.isidentifier() or "$" in text
        if token is None or not (token.token_type == TokenType.IDENTIFIER or word):
            raise self.error(f"expected {what}")
        return self.next().text.lower()

    def offset(self) -> int:
        """Where the token at the cursor starts in the text."""
        token = self._at(0)
        return len(self.sql) if token is None else token.start

    def error(self, problem: str) -> RedshiftError:
        token = self._at(0)
        near = "end of input" if token is None else f'"{self.sql[token.start : token.end + 1]}"'
        return RedshiftError(
            f"syntax error at or near {near} in {self._command}: {problem}", "42601"
        )

    def _at(self, ahead: int) -> Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None
