"""Functions that Redshift documents and that are refused here, by name."""

from local_redshift.sql.calls import words

_SPATIAL = words(
    """
    addbbox dropbbox geometrytype h3_boundary h3_center h3_fromlonglat h3_frompoint h3_isvalid
    h3_polyfill h3_resolution h3_tochildren h3_toparent supportsbbox
    """
)
_SKETCHES = words("hll hll_cardinality hll_combine hll_combine_sketches hll_create_sketch")
_ADMINISTRATION = words(
    """
    change_query_priority change_session_priority change_user_priority current_aws_account
    current_namespace current_session_arn default_iam_role get_number_attributes
    has_assumerole_privilege pg_get_cols pg_get_grantee_by_iam_role pg_get_iam_role_by_user
    pg_get_session_roles reboot_cluster
    """
)
_LEADER_ONLY = words(
    """
    age get_bit get_byte isfinite pg_timezone_abbrevs pg_timezone_names set_bit set_byte
    set_masklen to_ascii
    """
)
_OTHERS = {
    "checksum": "its algorithm is not documented",
    "explain_model": "there are no models",
    "farmfingerprint64": "use FNV_HASH",
    "getbit": "cast the VARBYTE to text",
    "json_serialize_to_varbyte": "use JSON_SERIALIZE",
    "object_transform": "write the object with OBJECT",
    "size": "sizes of SUPER values differ from Redshift's",
    "json_size": "sizes of SUPER values differ from Redshift's",
    "text_to_int_alt": "use TO_NUMBER",
    "text_to_numeric_alt": "use TO_NUMBER",
}


def reason(name: str) -> str | None:
    """Why a function of Redshift is refused, or None when there is no such function."""
    if name.startswith("st_") or name in _SPATIAL:
        return "there are no GEOMETRY and GEOGRAPHY types here"
    if name in _SKETCHES:
        return "there is no HLLSKETCH type here; use APPROXIMATE COUNT(DISTINCT ...)"
    if name in _ADMINISTRATION:
        return "there is no cluster to administer"
    if name in _LEADER_ONLY:
        return "it runs on the leader node only and is deprecated"
    return _OTHERS.get(name)


def names() -> frozenset[str]:
    """Every name that is refused, apart from those that start with ``st_``."""
    return _SPATIAL | _SKETCHES | _ADMINISTRATION | _LEADER_ONLY | frozenset(_OTHERS)
