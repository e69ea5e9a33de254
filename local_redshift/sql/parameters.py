"""Session parameters: what SET, RESET and SHOW know. Names are lower case."""

DEFAULTS = {
    "analyze_threshold_percent": "10",
    "application_name": "",
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on",
    "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off",
    "enable_result_cache_for_session": "on",
    "enable_numeric_rounding": "on",
    "error_on_nondeterministic_update": "off",
    "extra_float_digits": "0",
    "intervalstyle": "postgres",
    "json_parse_dedup_attributes": "off",
    "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off",
    "max_concurrency_scaling_clusters": "1",
    "query_group": "default",
    "search_path": '"$user", public',
    "server_encoding": "UTF8",
    "server_version": "8.0.2",
    "standard_conforming_strings": "off",
    "statement_timeout": "0",
    "timezone": "UTC",
    "transaction_isolation": "serializable",
    "use_fips_ssl": "off",
    "wlm_query_slot_count": "1",
}
READ_ONLY = frozenset({"server_version", "server_encoding", "use_fips_ssl"})
_ALIASES = {"time zone": "timezone", "transaction isolation level": "transaction_isolation"}
_BOOLEANS = frozenset(name for name, value in DEFAULTS.items() if value in ("on", "off"))


def canonical_name(name: str) -> str:
    """A parameter's name as it is kept."""
    folded = name.lower()
    return _ALIASES.get(folded, folded)


def canonical_value(name: str, value: str) -> str:
    """A parameter's value as SHOW prints it: booleans are ``on`` and ``off``."""
    if name not in _BOOLEANS:
        return value
    return "on" if value.lower() in ("on", "true", "t", "yes", "1") else "off"
