"""sqlglot's Redshift with what it lacks, and the DuckDB text that is generated from it.

Function calls are kept as they are written (``exp.Anonymous``): what each one means is said once,
in ``functions``, instead of half here and half in sqlglot.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.parsers.redshift import RedshiftParser
from sqlglot.tokenizer_core import TokenizerCore, TokenType

from local_redshift.sql.navigation import unnested
from local_redshift.sql.plan import MARK

# Functions whose arguments are not a plain list: FROM, IN, AS and FOR inside the parentheses.
_SYNTACTIC_FUNCTIONS = {"CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST"}


DISTKEY = "DISTKEY"  # the column attribute, as a variable in the tree
SORTKEY = "SORTKEY"
REMOVE_DUPLICATES = "REMOVE DUPLICATES"  # the form of MERGE, in place of its WHEN clauses


def _sort_key(parser: Any, kind: str) -> exp.Expr:
    """``COMPOUND SORTKEY``, ``INTERLEAVED SORTKEY`` and ``SORTKEY AUTO``."""
    if kind != "plain":
        parser._match_text_seq("SORTKEY")
    if parser._match_text_seq("AUTO"):
        return exp.SortKeyProperty(this=exp.var("AUTO"), compound=False)
    columns = parser._parse_wrapped_id_vars()
    return exp.SortKeyProperty(this=exp.Tuple(expressions=columns), compound=kind != "interleaved")


def _approximate(parser: Any) -> exp.Expr:
    """``APPROXIMATE`` before ``COUNT(DISTINCT x)`` or ``PERCENTILE_DISC``, which is exact here."""
    call = parser._parse_function()
    if isinstance(call, exp.WithinGroup) and str(call.this.name).lower() == "percentile_disc":
        return call
    if isinstance(call, exp.Anonymous) and str(call.name).lower() == "count":
        for distinct in call.expressions:
            if isinstance(distinct, exp.Distinct):
                return exp.ApproxDistinct(this=distinct.expressions[0])
    raise ParseError("APPROXIMATE takes COUNT(DISTINCT ...) or PERCENTILE_DISC")


class _Parser(RedshiftParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: parse
        for name, parse in RedshiftParser.FUNCTION_PARSERS.items()
        if name in _SYNTACTIC_FUNCTIONS
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        **RedshiftParser.NO_PAREN_FUNCTION_PARSERS,
        "APPROXIMATE": _approximate,
    }
    CONSTRAINT_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        **RedshiftParser.CONSTRAINT_PARSERS,
        "DISTKEY": lambda _: exp.var(DISTKEY),
        "SORTKEY": lambda _: exp.var(SORTKEY),
        "ENCODE": lambda self: exp.EncodeColumnConstraint(this=self._parse_var(any_token=True)),
    }
    PROPERTY_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        **RedshiftParser.PROPERTY_PARSERS,
        "BACKUP": lambda self: exp.BackupProperty(this=self._parse_var(any_token=True)),
        "SORTKEY": lambda self: _sort_key(self, "plain"),
        "COMPOUND": lambda self: _sort_key(self, "compound"),
        "INTERLEAVED": lambda self: _sort_key(self, "interleaved"),
        "ENCODE": lambda self: exp.EncodeProperty(this=self._parse_var(any_token=True)),
    }

    def _parse_types(self, *args: Any, **options: Any) -> Any:
        """A type after ``::`` or AS may be written with its schema, as psql does."""
        start = self._index
        written_by_schema = (
            self._prev is not None
            and self._prev.token_type in (TokenType.DCOLON, TokenType.ALIAS)
            and self._match_text_seq("PG_CATALOG")
            and self._match(TokenType.DOT)
        )
        if not written_by_schema:
            self._retreat(start)
        return super()._parse_types(*args, **options)

    def _implicit_unnests_to_explicit(self, this: Any) -> Any:
        """``FROM t, t.arr``. sqlglot copies every source to see; most have no such name."""
        sources = [this.args["from_"].this, *(join.this for join in this.args.get("joins") or ())]
        names = {source.alias_or_name.lower() for source in sources}
        if any(
            isinstance(source, exp.Table)
            and len(source.parts) > 1
            and source.parts[0].name.lower() in names
            for source in sources
        ):
            return super()._implicit_unnests_to_explicit(this)
        return this

    def _parse_when_matched(self) -> Any:
        if self._match_text_seq("REMOVE", "DUPLICATES"):
            return exp.Whens(expressions=[exp.var(REMOVE_DUPLICATES)])
        return super()._parse_when_matched()


class _Scanner(TokenizerCore):
    """Reads ``$1,$2`` as two parameters, where sqlglot takes ``$1,$`` for an opening quote."""

    __slots__ = ()

    def __init__(self, core: TokenizerCore) -> None:
        # The many arguments of a core are not ours to repeat.
        for name in TokenizerCore.__slots__:
            setattr(self, name, getattr(core, name))

    def _scan_string(self, start: str) -> bool:
        if start == "$" and self._peek.isdigit():
            self._add(TokenType.PARAMETER)
            return True
        return super()._scan_string(start)


class Product(Redshift):
    """The SQL that clients send."""

    Parser = _Parser

    class Tokenizer(Redshift.Tokenizer):
        # Words that sqlglot would take with all that follows as one text.
        COMMANDS: ClassVar[set[TokenType]] = set()

        def _init_core(self) -> TokenizerCore:
            return _Scanner(super()._init_core())


class _Generator(DuckDBGenerator):
    def parameter_sql(self, expression: exp.Parameter) -> str:
        return f"{MARK}{expression.name}{MARK}"

    def placeholder_sql(self, expression: exp.Placeholder) -> str:
        return f"{MARK}{expression.name}{MARK}"

    def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
        return f"{self.sql(expression, 'this')} IGNORE NULLS"

    def anonymous_sql(self, expression: exp.Anonymous) -> str:
        return f"{expression.name}({self.format_args(*expression.expressions)})"


class Target(DuckDB):
    """The SQL that DuckDB is given. Only SUPER has elements, and JSON counts them from 0."""

    INDEX_OFFSET = 0

    Generator = _Generator


_PRODUCT = Product()
_TARGET = Target()
TokenStream = list[Any]


def tokenize(sql: str) -> TokenStream:
    """Tokens of Redshift's SQL. Raises sqlglot's TokenError."""
    return list(_PRODUCT.tokenize(sql))


def parse(sql: str, tokens: TokenStream | None = None) -> exp.Expr | None:
    """The tree of one statement, or None for nothing. Raises sqlglot's ParseError.

    Args:
        tokens: Of ``sql``, when they are at hand.
    """
    (tree, *_) = _PRODUCT.parser().parse(tokenize(sql) if tokens is None else tokens, sql)
    return unnested(tree) if tree is not None else None


def generate(tree: exp.Expr) -> str:
    """DuckDB's SQL for a rewritten tree; every identifier is quoted, so none is a keyword."""
    return _TARGET.generate(tree, identify=True, comments=False, copy=False)
