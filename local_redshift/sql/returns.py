"""What type each function returns, where DuckDB's own says too little or something else."""

from sqlglot import exp

from local_redshift.results import DataType
from local_redshift.sql import types
from local_redshift.sql.calls import words

_LONGEST = types.varchar(65535)
_LIKE_ARGUMENT = words(
    """
    abs any_value bit_and bit_or btrim collate first_value initcap lag last_value lead left lower
    ltrim max min mod nth_value nullif regexp_substr right rtrim split_part substr substring
    translate trim upper percentile_disc
    """
)
_PADDED = words("lpad rpad")  # as wide as their second argument says
_TYPES: dict[DataType, str] = {
    types.INT8: """
        count date_diff datediff dense_rank fnv_hash ntile rank row_number strtol
        pg_last_query_id pg_last_copy_id pg_last_copy_count
    """,
    types.INT4: """
        array_position ascii bpcharcmp bttext_pattern_cmp char_length character_length charindex
        date_cmp date_cmp_timestamp date_cmp_timestamptz date_part date_part_year decimal_precision
        decimal_scale difference get_array_length interval_cmp json_array_length len length
        murmur3_32_hash octet_length octetindex pg_backend_pid regexp_count regexp_instr sign
        strpos textlen timestamp_cmp timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp
        timestamptz_cmp_date timestamptz_cmp_timestamp
    """,
    types.FLOAT8: """
        acos asin atan atan2 cbrt cos cot cume_dist degrees dexp dlog1 dlog10 exp ln log median
        months_between percent_rank percentile_cont pi pow power radians random ratio_to_report sin
        sqrt stddev stddev_pop stddev_samp tan var_pop var_samp variance
    """,
    types.BOOL: """
        array_contains arrays_overlap bool_and bool_or can_json_parse is_array is_bigint is_boolean
        is_char is_decimal is_float is_integer is_object is_scalar is_smallint is_valid_json
        is_valid_json_array is_varchar
    """,
    types.TIMESTAMP: "add_months convert_timezone date_add date_trunc dateadd getdate",
    types.TIMESTAMPTZ: "now to_timestamp",
    types.DATE: "date last_day next_day to_date",
    types.SUPER: """
        array array_concat array_distinct array_except array_flatten array_intersection
        array_positions array_union json_parse lower_attribute_names object split_to_array subarray
        upper_attribute_names
    """,
    types.VARBYTE: "from_hex to_varbyte",
    types.varchar(4): "chr soundex",
    types.varchar(8): "crc32",
    types.varchar(16): "json_typeof",
    types.varchar(32): "md5",
    types.varchar(40): "func_sha1 sha sha1",
    types.varchar(128): "sha2",
    _LONGEST: """
        concat from_varbyte json_extract_array_element_text json_extract_path_text json_serialize
        listagg quote_ident quote_literal regexp_replace repeat replace replicate reverse timeofday
        to_char to_hex
    """,
}
_RETURNS = {name: kind for kind, names in _TYPES.items() for name in words(names)}


def literal_integer(node: exp.Expr) -> int | None:
    """The value of an argument that is written as a whole number."""
    return int(node.name) if node.is_int and isinstance(node, exp.Literal) else None


def call_type(
    name: str, kinds: list[DataType | None], literals: list[int | None]
) -> DataType | None:
    """The type of a call, or None when it cannot be told.

    Args:
        kinds: Types of the arguments.
        literals: Arguments that are written as whole numbers.
    """
    first = kinds[0] if kinds else None
    if name == "concat" and len(kinds) == 2:
        sizes = [types.length(kind) if kind else None for kind in kinds]
        if sizes[0] is not None and sizes[1] is not None:
            return types.varchar(min(65535, sizes[0] + sizes[1]))
    if name in _PADDED and len(literals) > 1 and literals[1]:
        return types.varchar(min(65535, literals[1]))
    if name in ("round", "trunc", "ceil", "ceiling", "floor"):
        return _rounded(name, first, literals[1:])
    if name == "reverse" and first is not None and types.length(first):
        return first
    if name in _LIKE_ARGUMENT:
        return first
    return _RETURNS.get(name)


def _rounded(name: str, argument: DataType | None, places: list[int | None]) -> DataType | None:
    if argument is None:
        return None
    if name == "trunc" and argument.name in ("timestamp", "timestamptz", "date", "varchar"):
        return types.DATE
    if argument.name != "numeric" or argument.modifier < 0:
        return argument
    precision, scale = types.precision(argument)
    kept = (places[0] if places else 0) if name in ("round", "trunc") else 0
    return None if kept is None else types.numeric(precision, min(scale, kept))
