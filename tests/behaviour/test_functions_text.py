"""Functions on text, regular expressions, hashes and JSON, by the documentation's examples."""

from typing import Any

import pytest
from examples import examples
from warehouse import Warehouse

_JSON = '{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}'
EXAMPLES: dict[str, dict[str, Any]] = {
    "LEN, OCTET_LENGTH, CHARINDEX, STRPOS, POSITION, OCTETINDEX": {
        "len('abc') + length('é') + char_length('é') + textlen('')": 5,
        "octet_length('é')": 2,
        "charindex('b', 'abc') + strpos('abc', 'c') + position('a' in 'abc')": 6,
        "charindex('fish', 'dogfish')": 4,
        "octetindex('q', 'AMAZON AMAZON')": 0,
        "octetindex('c', 'éabc')": 5,
    },
    "SUBSTRING, LEFT, RIGHT, SPLIT_PART": {
        "substring('caterpillar', 6, 4)": "pill",
        "substring('caterpillar', 6, 8)": "pillar",
        "substring('caterpillar' from 6 for 4)": "pill",
        "left('abc', 2) || right('abc', 1)": "abc",
        "split_part('abc$def$ghi', '$', 2)": "def",
        "split_part('abc$def$ghi', '$', 4)": "",
        "split_part('a,b,c', ',', 2)": "b",
    },
    "UPPER, LOWER, INITCAP, TRIM, LPAD, REPEAT, REVERSE, TRANSLATE, REPLACE": {
        "upper('aB') || lower('aB') || initcap('hello world-wide')": "ABabHello World-Wide",
        "btrim('  x ') || ltrim(' y') || rtrim('z ')": "xyz",
        "btrim('xyzaxyzbxyzcxyz', 'xyz')": "axyzbxyzc",
        "trim(both 'x' from 'xax')": "a",
        "trim(leading '\"' from '\"dog\"')": 'dog"',
        "lpad('7', 3, '0') || replicate('a', 2) || rpad('b', 2, '-')": "007aab-",
        "lpad('abcdef', 3)": "abc",
        "repeat('12', 2) || reverse('abc')": "1212cba",
        "translate('mint tea', 'inea', 'osin')": "most tin",
        "replace('ab', 'b', 'c')": "ac",
        "chr(65) || ascii('b')": "A98",
        "quote_ident('Key') || quote_literal('it''s')": "\"Key\"'it''s'",
    },
    "|| and CONCAT with NULL": {
        "concat('a', null)": None,
        "concat('December 25, ', '2008')": "December 25, 2008",
        "'a' || null": None,
        "'a' || 1": "a1",
    },
    "SOUNDEX, DIFFERENCE": {
        "soundex('Amazon')": "A525",
        "soundex('+-Amazon')": "A525",
        "difference('Amazon', 'Ammzon')": 4,
        "difference('AC/DC', '$300')": 0,
    },
    "REGEXP_SUBSTR": {
        "regexp_substr('abc123', '[0-9]+')": "123",
        "regexp_substr('a1b22', '[0-9]+', 1, 2)": "22",
        "regexp_substr('abc', '[0-9]+')": "",
        "regexp_substr('the fox', 'FOX', 1, 1, 'i')": "fox",
        "regexp_substr('the secret code is THE5ecret', 'sec[a-z]+', 1, 1, 'i')": "secret",
        "regexp_substr('a=1;b=2', 'b=([0-9])', 1, 1, 'e')": "2",
        "regexp_substr('passwd7 plain A1234 a1234', "
        "'(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', 1, 2, 'p')": "a1234",
        "regexp_substr('Cum@accumsan.com', '@[[:alpha:]]+', 2)": "@accumsan",
    },
    "REGEXP_REPLACE": {
        "regexp_replace('the fox', 'fox', 'quick $0')": "the quick fox",
        "regexp_replace('DonecFri@semper', '@.*')": "DonecFri",
        "regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'i')": "the quick brown fox",
        "regexp_replace('Etiam.laoreet@Maurisblandit.edu', '@.*\\\\.(org|gov|com|edu|ca)$')": (
            "Etiam.laoreet"
        ),
        "regexp_replace('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', "
        "'[hidden]', 1, 'p')": "[hidden] plain A1234 [hidden]",
        "regexp_replace('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', "
        "'[hidden]', 1, 'ip')": "[hidden] plain [hidden] [hidden]",
        "regexp_replace('aaa', 'a', 'b', 2)": "abb",
    },
    "REGEXP_COUNT, REGEXP_INSTR": {
        "regexp_count('abcabc', 'b')": 2,
        "regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')": 8,
        "regexp_count('the fox', 'FOX', 1, 'i')": 1,
        "regexp_count('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', 1, 'p')": 2,
        "regexp_instr('abc123', '[0-9]')": 4,
        "regexp_instr('The Home Depot Center', '[cC]ent(er|re)$')": 16,
        "regexp_instr('the fox', 'FOX', 1, 1, 0, 'i')": 5,
        "regexp_instr('abab', 'b', 1, 2)": 4,
        "regexp_instr('abab', 'b', 1, 1, 1)": 3,
        "regexp_instr('abc', 'z')": 0,
    },
    "LIKE, ILIKE, SIMILAR TO, ~": {
        "'abc' ~ 'B' or 'abc' ~* 'B' and 'abc' !~ 'z'": True,
        "'abc' ilike 'A%' and 'abc' not like 'b%'": True,
        "'a_c' like 'a\\\\_c' and not 'abc' like 'a\\\\_c'": True,
        "'a_c' like 'a^_c' escape '^'": True,
        "'abc' similar to '(a|b)%' and 'abc' not similar to 'b%'": True,
        "'a%c' similar to 'a^%c' escape '^'": True,
    },
    "MD5, SHA, SHA1, FUNC_SHA1, SHA2, CRC32": {
        "md5('Amazon Redshift')": "f7415e33f972c03abd4f3fed36748f7a",
        "sha2('x', 256)": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        "sha2('Amazon Redshift', 512) = sha2('Amazon Redshift', 512)": True,
        "len(sha2('x', 224)) + len(sha2('x', 384)) + len(sha2('x', 512)) + len(sha2('x', 0))": 344,
        "crc32('Amazon Redshift')": "f2726906",
        "sha('a') = sha1('a') and func_sha1('a') = sha1('a')": True,
    },
    "FNV_HASH": {
        "fnv_hash(1)": -5968735742475085980,
        "fnv_hash(1::bigint)": -8517097267634966620,
        "fnv_hash(1::smallint)": 589727492704079044,
        "fnv_hash('Amazon Redshift')": 7783490368944507294,
        "fnv_hash('Amazon Redshift', fnv_hash(1))": -2202602717770968555,
        "fnv_hash('abcd')": -281581062704388899,
        "fnv_hash('cd', fnv_hash('ab'))": -281581062704388899,
    },
    "MURMUR3_32_HASH": {
        "murmur3_32_hash(1)": 1392991556,
        "murmur3_32_hash('Amazon Redshift')": -1563580564,
        "murmur3_32_hash('abcd')": 1139631978,
    },
    "STRTOL, TO_HEX": {
        "strtol('abcd1234', 16)": 2882343476,
        "strtol('0xf', 16)": 15,
        "strtol('1234567', 10) + strtol('110101', 2) + strtol('', 16)": 1234620,
        "strtol('-ff', 16)": -255,
        "to_hex(2147483647)": "7fffffff",
    },
    "JSON_EXTRACT_PATH_TEXT": {
        f"json_extract_path_text('{_JSON}', 'f4', 'f6')": "star",
        f"json_extract_path_text('{_JSON}', 'f2')": '{"f3":1}',
        f"json_extract_path_text('{_JSON}', 'f9')": None,
        "json_extract_path_text('{\"a\": {\"b\": \"x\"}}', 'a', 'b')": "x",
        "json_extract_path_text('no json', 'a', true)": None,
        "json_extract_path_text(null, 'a')": None,
    },
    "JSON_EXTRACT_ARRAY_ELEMENT_TEXT, JSON_ARRAY_LENGTH": {
        "json_extract_array_element_text('[1, \"two\"]', 1)": "two",
        "json_extract_array_element_text('[111,112,113]', 2)": "113",
        "json_extract_array_element_text('[111,112,113]', 9)": None,
        'json_extract_array_element_text(\'["a",["b",1,["c",2,3,null]]]\', 1)': (
            '["b",1,["c",2,3,null]]'
        ),
        "json_extract_array_element_text('[1', 1, true)": None,
        'json_array_length(\'[11,12,13,{"f1":21,"f2":[25,26]},14]\')': 5,
        "json_array_length('[1', true)": None,
    },
    "IS_VALID_JSON, IS_VALID_JSON_ARRAY, CAN_JSON_PARSE": {
        "is_valid_json('[1, 2, 3]')": False,
        "is_valid_json('{\"a\": 1}')": True,
        "is_valid_json('{\"a\": ')": False,
        "is_valid_json_array('[]') and not is_valid_json_array('{}')": True,
        "can_json_parse('[1,2]') and can_json_parse('{}') and not can_json_parse('{')": True,
    },
    "VARBYTE: TO_VARBYTE, FROM_VARBYTE, FROM_HEX": {
        "from_varbyte(to_varbyte('hello', 'utf8'), 'hex')": "68656c6c6f",
        "from_varbyte(from_hex('6162'), 'utf-8')": "ab",
        "to_hex('6162'::varbyte)": "36313632",
        "len(from_hex('6162'))": 2,
        "'xy'::varbyte::varchar": "xy",
    },
    "BPCHARCMP, CASE_INSENSITIVE collation": {
        "bpcharcmp('a  ', 'a') + bpcharcmp('b', 'a')": 1,
        "collate('AbC', 'case_insensitive') = 'aBc'": True,
        "collate('AbC', 'case_sensitive') = 'aBc'": False,
    },
}


@pytest.mark.parametrize(("expression", "value"), examples("Functions", EXAMPLES))
def test_value(warehouse: Warehouse, expression: str, value: Any) -> None:
    assert warehouse.value(f"select {expression}") == value


ERRORS = {
    "strtol('9', 2)": "22023",
    "split_part('a', ',', 0)": "22023",
    "len()": "42883",
    "no_such_function(1)": "42883",
}


@pytest.mark.parametrize("expression", ERRORS)
def test_error(warehouse: Warehouse, expression: str) -> None:
    assert warehouse.fails(f"select {expression}").sqlstate == ERRORS[expression]


@pytest.mark.feature("Functions", "LISTAGG and JSON_SERIALIZE up to VARCHAR's limit")
@pytest.mark.parametrize(
    "call",
    [
        "listagg(v, ',')",
        "listagg(distinct v || n, ',') within group (order by n)",
        "max(listed) from (select listagg(v, ',') within group (order by n) over () as listed",
    ],
)
def test_listagg_holds_as_much_as_a_varchar(warehouse: Warehouse, call: str) -> None:
    long = "(select n, repeat('x', {}) as v from (select 1 as n union all select 2) as two) as t"
    end = ") as w" if "from (" in call else ""
    listed = warehouse.value(f"select {call} from {long.format(32000)}{end}")
    assert 64001 <= len(listed) <= 64003
    failure = warehouse.fails(f"select {call} from {long.format(33000)}{end}")
    assert "Result size exceeds LISTAGG limit" in failure.message


@pytest.mark.feature("Functions", "LISTAGG and JSON_SERIALIZE up to VARCHAR's limit")
def test_json_serialize_holds_as_much_as_a_varchar(warehouse: Warehouse) -> None:
    document = "json_parse('[\"' || repeat('x', 32000) || '\"]')"
    assert len(warehouse.value(f"select json_serialize(array({document}, 1))")) == 32008
    failure = warehouse.fails(f"select json_serialize(array({document}, {document}, {document}))")
    assert "exceeds" in failure.message
