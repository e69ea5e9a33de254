"""Reading a statement token by token, for what is not a query."""

from typing import Any, NoReturn

from sqlglot.tokenizer_core import TokenType

from local_redshift.errors import RedshiftError


class Words:
    """A cursor over the tokens of one statement."""

    def __init__(self, tokens: list[Any]) -> None:
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
