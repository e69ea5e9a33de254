"""Reading a statement token by token, for what is not a query."""

from typing import Any, NoReturn

from sqlglot.tokenizer_core import TokenType

from local_redshift.errors import RedshiftError


class Words:
    """A cursor over the tokens of one statement.

    Args:
        sql: The text that they are of, for those who ask for parts of it.
    """

    def __init__(self, tokens: list[Any], sql: str = "") -> None:
        self._sql = sql
        self._tokens = tokens
        self._position = 0

    @property
    def done(self) -> bool:
        return self._position >= len(self._tokens)

    def peek(self) -> str:
        """The next token in upper case, or empty at the end."""
        return "" if self.done else str(self._tokens[self._position].text).upper()

    def accept(self, *words: str) -> bool:
        """Step over these words if they come next."""
        texts = [
            str(token.text).upper()
            for token in self._tokens[self._position : self._position + len(words)]
        ]
        if texts != list(words):
            return False
        self._position += len(words)
        return True

    def follows(self, *words: str) -> bool:
        """Whether these words come somewhere in what is left, one after the other."""
        texts = [str(token.text).upper() for token in self._tokens[self._position :]]
        wanted = list(words)
        return any(texts[at : at + len(wanted)] == wanted for at in range(len(texts)))

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            self.fail()

    def take(self) -> str:
        """The next token as it is written, without its quotes."""
        if self.done:
            self.fail()
        token = self._tokens[self._position]
        self._position += 1
        return str(token.text)

    def take_name(self) -> tuple[str, ...]:
        """A dotted name, folded to lower case."""
        parts = [self.take().lower()]
        while self.accept("."):
            parts.append(self.take().lower())
        return tuple(parts)

    def take_string(self) -> str:
        if self.done or self._tokens[self._position].token_type not in (
            TokenType.STRING,
            TokenType.HEREDOC_STRING,
            TokenType.RAW_STRING,
        ):
            self.fail()
        return self.take()

    def rest(self) -> list[str]:
        """What is left, token by token."""
        left = [str(token.text) for token in self._tokens[self._position :]]
        self._position = len(self._tokens)
        return left

    def rest_as_text(self) -> str:
        """What is left, as it is written. Raises 42601 when nothing is."""
        text = self._sql[self.start_of_rest() :]
        self._position = len(self._tokens)
        return text

    def take_expression(self) -> str:
        """The text up to the next comma or closing parenthesis outside of parentheses."""
        start = self.start_of_rest()
        end = start
        depth = 0
        while not self.done and (depth or self.peek() not in (",", ")")):
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            end = int(self._tokens[self._position].end) + 1
            self._position += 1
        if end == start:
            self.fail()
        return self._sql[start:end]

    def start_of_rest(self) -> int:
        """Where the next token starts in the text."""
        if self.done:
            self.fail()
        return int(self._tokens[self._position].start)

    def end(self) -> None:
        """Raise unless everything has been read."""
        if not self.done:
            self.fail()

    def fail(self) -> NoReturn:
        near = "end of input" if self.done else str(self._tokens[self._position].text)
        raise RedshiftError(f'syntax error at or near "{near}"', "42601")
