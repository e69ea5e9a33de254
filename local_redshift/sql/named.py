"""Cursors and prepared statements, read: DECLARE, FETCH, CLOSE, PREPARE, EXECUTE, DEALLOCATE."""

from local_redshift.errors import RedshiftError
from local_redshift.sql import plan as p
from local_redshift.sql.user_functions import take_type
from local_redshift.sql.words import Words


def declare(words: Words) -> p.Plan:
    """What follows DECLARE."""
    name = words.take().lower()
    words.expect("CURSOR")
    words.expect("FOR")
    return p.DeclareCursor(name, words.rest_as_text())


def fetch(words: Words) -> p.Plan:
    """What follows FETCH; without a number it is one row."""
    count: int | None = 1
    words.accept("FORWARD")
    if words.accept("ALL"):
        count = None
    elif words.peek().isdigit():
        count = int(words.take())
    elif words.peek() in ("PRIOR", "FIRST", "LAST", "BACKWARD", "ABSOLUTE", "RELATIVE"):
        raise RedshiftError("only forward FETCH is supported", "0A000")
    else:
        words.accept("NEXT")
    if not (words.accept("FROM") or words.accept("IN")):
        words.fail()
    name = words.take().lower()
    words.end()
    return p.Fetch(name, count)


def close(words: Words) -> p.Plan:
    """What follows CLOSE."""
    name = words.take().lower()
    words.end()
    return p.CloseCursor(name)


def prepare(words: Words) -> p.Plan:
    """What follows PREPARE."""
    name = words.take().lower()
    kinds: list[str] = []
    if words.accept("("):
        kinds.append(take_type(words, (",", ")")))
        while words.accept(","):
            kinds.append(take_type(words, (",", ")")))
        words.expect(")")
    words.expect("AS")
    if words.peek() not in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
        words.fail()
    return p.PrepareStatement(name, tuple(kinds), words.rest_as_text())


def execute(words: Words) -> p.Plan:
    """What follows EXECUTE: a name, and expressions in parentheses."""
    name = words.take().lower()
    arguments: list[str] = []
    if words.accept("("):
        while True:
            arguments.append(words.take_expression())
            if not words.accept(","):
                break
        words.expect(")")
    words.end()
    return p.ExecuteStatement(name, tuple(arguments))


def deallocate(words: Words) -> p.Plan:
    """What follows DEALLOCATE."""
    words.accept("PREPARE")
    name = None if words.accept("ALL") else words.take().lower()
    words.end()
    return p.Deallocate(name)
