"""What people paste: the YAML of the source table, the staging model, and the model's entry."""

import json
import re
from collections.abc import Iterable

import yaml

from orchestration.drafts.draft import OWN_COLUMN, Draft, draft_feed
from orchestration.runs.run import start_run

_SOURCES = "models/landing/_landing__sources.yml"
_EXTRACT_DATE = "extract_date"


def draft_page(address: str, name: str) -> str:
    """The draft of the feed whose files are at ``address``.

    Args:
        address: ``s3://bucket/prefix``, or a file or folder of this machine.
        name: ``source.table``, or ``table``; the folder's name if empty.

    Raises:
        StepError: there are no files, or they cannot be read.
    """
    run = start_run()
    draft = draft_feed(address, name, run.aws.s3)
    return rendered(draft, (run.settings.project_dir / _SOURCES).read_text())


def rendered(draft: Draft, sources: str) -> str:
    """What people paste, file by file.

    Args:
        sources: the text of the YAML of the feeds.
    """
    declared = {each["name"] for each in yaml.safe_load(sources)["sources"]}
    folder = f"models/staging/{draft.source}"
    is_known = draft.source in declared
    where = f"below tables of source {draft.source}" if is_known else "at the end"
    block = landing_yaml(draft) if is_known else source_yaml(draft)
    return "\n".join(
        [
            *(f"# {note}" for note in draft.notes),
            f"\n# --- {_SOURCES}, {where}:",
            block,
            f"# --- {folder}/{draft.model}.sql:",
            staging_sql(draft),
            f"# --- {folder}/_{draft.source}__models.yml, below models:",
            staging_yaml(draft),
        ]
    )


def source_yaml(draft: Draft) -> str:
    """A source with this table alone; schema and freshness are those of the sources above it."""
    return (
        f"  - name: {_scalar(draft.source)}\n"
        "    description: Fill in which system it is, and who runs it.\n"
        "    schema: *schema\n"
        "    config:\n"
        "      meta:\n"
        "        owner: Fill in who delivers it.\n"
        "      loaded_at_field: *loaded_at\n"
        "      freshness: *freshness\n"
        "    tables:\n"
    ) + landing_yaml(draft)


def landing_yaml(draft: Draft) -> str:
    """The block of the source table."""
    lines = [
        f"- name: {_scalar(draft.table)}",
        "  description: Fill in what one row is, who sends it, and when.",
        "  config:",
        "    meta:",
        "      # dist: all for a small table, the column of its largest join for a large one",
        "      table:",
        "        dist: auto",
    ]
    if sort := _sort_column(draft):
        lines += ["        sort:", f"          - {sort}"]
    lines += ["      copy_jobs:"]
    keys = [f"{key}: {_scalar(value)}" for key, value in draft.job.items()]
    lines += [f"        {'-' if key is keys[0] else ' '} {key}" for key in keys]
    lines += ["  columns:"]
    for column in draft.columns:
        lines += [f"    # {column.name}: {note}" for note in column.notes]
        lines += [
            f"    - name: {_scalar(column.name)}",
            f"      data_type: {column.data_type}",
            "      description: Fill in what it means, and its unit.",
        ]
    return _indented(lines, 6)


def staging_sql(draft: Draft) -> str:
    """The staging model: the rows of the loads that were taken in."""
    dates = [each for each in draft.columns if each.name == _EXTRACT_DATE]
    on = [f"delivered.{OWN_COLUMN} = loads.loaded_at"]
    on += [f"delivered.{each.name} = loads.{each.name}" for each in dates]
    conditions = f" on {on[0]}" if len(on) == 1 else f"\n    on {on[0]}\n    and {on[1]}"
    return f"""with delivered as (

    select * from {{{{ source('{draft.source}', '{draft.table}') }}}}

),

loads as (

    select * from {{{{ ref('landing_loads') }}}}
    where feed = '{draft.table}'

)

select
    delivered.*,
    loads.batch_at as _batch_at
from delivered
inner join loads{conditions}
"""


def staging_yaml(draft: Draft) -> str:
    """The entry of the staging model."""
    return _indented(
        [
            f"- name: {draft.model}",
            "  description: Fill in what one row is; add the key as a test.",
            "  columns:",
            "    - name: _loaded_at",
            """      description: "{{ doc('loaded_at') }}\"""",
            "      data_tests:",
            "        - not_null",
            "    - name: _batch_at",
            """      description: "{{ doc('batch_at') }}\"""",
            "      data_tests:",
            "        - not_null",
        ],
        2,
    )


def _sort_column(draft: Draft) -> str:
    """By date, as most queries ask; else by the first column."""
    dates = [each.name for each in draft.columns if each.data_type in {"date", "timestamp"}]
    preferred = [name for name in dates if name == _EXTRACT_DATE]
    plain = [each.name for each in draft.columns if each.data_type != "super"]
    return next(iter([*preferred, *dates, *plain]), "")


def _indented(lines: Iterable[str], blanks: int) -> str:
    return "".join(f"{' ' * blanks}{line}\n" for line in lines)


def _scalar(value: object) -> str:
    """A value as YAML, quoted where it would be read as something else."""
    if isinstance(value, bool | int):
        return str(value).lower()
    text = str(value)
    is_plain = re.fullmatch(r"[\w./][\w ./:-]*", text) and yaml.safe_load(text) == text
    return text if is_plain else json.dumps(text)
