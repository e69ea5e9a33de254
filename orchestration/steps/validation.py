"""Validation: may the result be used? Asked through the Data API, in one transaction.

The dates checked are the run's own and those of every delivery taken in during the last days, so
that a rerun after a failed validation checks the same dates again. Landing is read through the
staging model, which holds exactly the loads of the batches taken so far: a file that auto-copy
commits meanwhile belongs to the next run and is no mismatch here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.aws.data_api import Result, Row, StatementError
from orchestration.errors import StepError
from orchestration.run import Run

NAME = "validation"

_TOUCHED = """
touched as (
    select coalesce(ss_sold_date_sk, -1) as date_sk
    from {staged}
    where _batch_at > dateadd(day, -3, sysdate)
    union
    select d_date_sk as date_sk from {dates} where d_date = cast(:run_date as date)
)
"""
_SALES = """
select count(*) as sales, coalesce(sum(ss_net_paid), 0) as net_paid
from {fact}
where sold_date = cast(:run_date as date)
"""
_QUANTITIES = f"""
with {_TOUCHED}
select count(*) as sales, coalesce(sum(case when ss_quantity <= 0 then 1 else 0 end), 0) as wrong
from {{fact}}
where coalesce(ss_sold_date_sk, -1) in (select date_sk from touched)
"""
# The latest delivery of each ticket line counts, wherever its earlier ones were dated.
_AGREEMENT = f"""
with {_TOUCHED},
lines as (
    select distinct ss_item_sk, ss_ticket_number
    from {{staged}}
    where coalesce(ss_sold_date_sk, -1) in (select date_sk from touched)
),
ranked as (
    select
        coalesce(staged.ss_sold_date_sk, -1) as date_sk,
        staged.ss_net_paid,
        row_number() over (
            partition by staged.ss_item_sk, staged.ss_ticket_number
            order by
                staged._loaded_at desc,
                staged.ss_sold_date_sk desc nulls last,
                staged.ss_net_paid desc nulls last
        ) as recency
    from {{staged}} as staged
    inner join lines
        on staged.ss_item_sk = lines.ss_item_sk
        and staged.ss_ticket_number = lines.ss_ticket_number
),
landed as (
    select date_sk, count(*) as row_count, coalesce(sum(ss_net_paid), 0) as net_paid
    from ranked
    where recency = 1 and date_sk in (select date_sk from touched)
    group by date_sk
),
kept as (
    select
        coalesce(ss_sold_date_sk, -1) as date_sk,
        count(*) as row_count,
        coalesce(sum(ss_net_paid), 0) as net_paid
    from {{fact}}
    where coalesce(ss_sold_date_sk, -1) in (select date_sk from touched)
    group by coalesce(ss_sold_date_sk, -1)
)
select
    coalesce(cast(calendar.d_date as varchar(10)), 'no sale date') as sold_date,
    coalesce(landed.row_count, 0) as landing_rows,
    coalesce(kept.row_count, 0) as fact_rows,
    coalesce(landed.net_paid, 0) as landing_paid,
    coalesce(kept.net_paid, 0) as fact_paid
from landed
full outer join kept on landed.date_sk = kept.date_sk
left join {{dates}} as calendar
    on coalesce(landed.date_sk, kept.date_sk) = calendar.d_date_sk
order by 1
"""
# Unknown members stand for keys that the source left empty, never for keys it gave. Without a
# sale date no item version can be told.
_KEYS = f"""
with {_TOUCHED}
select
    count(*) as sales,
    coalesce(sum(case
        when fact.date_key = -1 and fact.ss_sold_date_sk is not null or calendar.date_key is null
            then 1 else 0 end), 0) as dates,
    coalesce(sum(case
        when fact.item_key = -1 and fact.sold_date is not null or item.item_key is null
            then 1 else 0 end), 0) as items,
    coalesce(sum(case
        when fact.customer_key = -1 and fact.ss_customer_sk is not null
            or customer.customer_key is null
            then 1 else 0 end), 0) as customers,
    coalesce(sum(case
        when fact.address_key = -1 and fact.ss_addr_sk is not null or address.address_key is null
            then 1 else 0 end), 0) as addresses
from {{fact}} as fact
left join {{dim_date}} as calendar on fact.date_key = calendar.date_key
left join {{dim_item}} as item on fact.item_key = item.item_key
left join {{dim_customer}} as customer on fact.customer_key = customer.customer_key
left join {{dim_address}} as address on fact.address_key = address.address_key
where coalesce(fact.ss_sold_date_sk, -1) in (select date_sk from touched)
"""


@dataclass(frozen=True)
class Outcome:
    """A check that ran: whether it held, and the numbers that show it."""

    check: str
    passed: bool
    numbers: str


@dataclass(frozen=True)
class _Check:
    name: str
    sql: str
    judge: Callable[[tuple[Row, ...]], tuple[bool, str]]


def validate(run: Run, relations: Mapping[str, str]) -> list[Outcome]:
    """Run every check for the run's date.

    Raises:
        StepError: a check did not hold, or could not be carried out (its statement FAILED or was
            ABORTED); the numbers of every check are in the message.
    """
    outcomes = check(run, relations)
    broken = [each for each in outcomes if not each.passed]
    if broken:
        raise StepError(
            NAME,
            f"{len(broken)} of {len(outcomes)} checks do not hold for {run.run_date}",
            "correct the source files or models, then run this date again; "
            "the marts hold what was built",
            [f"{each.check}: {each.numbers}" for each in broken],
        )
    return outcomes


def check(run: Run, relations: Mapping[str, str]) -> list[Outcome]:
    """The outcome of every check, whether it held or not.

    Raises:
        StepError: a statement FAILED or was ABORTED.
    """
    names = {
        "fact": relations["fct_store_sales"],
        "staged": relations["stg_tpcds__store_sales"],
        "dates": relations["int_date_source_keys"],
        "dim_date": relations["dim_date"],
        "dim_item": relations["dim_item"],
        "dim_customer": relations["dim_customer"],
        "dim_address": relations["dim_customer_address"],
    }
    try:
        results = run.aws.data_api.batch(
            [each.sql.format(**names) for each in _CHECKS],
            {"run_date": run.run_date.isoformat()},
            name=f"validation-{run.run_date}",
        )
    except StatementError as error:
        raise StepError(
            NAME,
            f"the checks could not be carried out: {error.status}",
            "see the reason below; then run this date again",
            [error.reason, " ".join(error.sql.split())],
        ) from error
    return [_outcome(each, result) for each, result in zip(_CHECKS, results, strict=True)]


def _outcome(check: _Check, result: Result) -> Outcome:
    passed, numbers = check.judge(result.rows)
    return Outcome(check.name, passed, numbers)


def _sales_exist(rows: tuple[Row, ...]) -> tuple[bool, str]:
    sales = _count(rows[0], "sales")
    return sales > 0, f"{sales:,} sales, {rows[0]['net_paid']:,} paid"


def _quantities_positive(rows: tuple[Row, ...]) -> tuple[bool, str]:
    wrong = _count(rows[0], "wrong")
    return wrong == 0, f"{wrong:,} of {_count(rows[0], 'sales'):,} sales with ss_quantity <= 0"


def _landing_agrees(rows: tuple[Row, ...]) -> tuple[bool, str]:
    differing = [
        row
        for row in rows
        if (row["landing_rows"], row["landing_paid"]) != (row["fact_rows"], row["fact_paid"])
    ]
    if not differing:
        landed = sum(_count(row, "landing_rows") for row in rows)
        return True, f"{landed:,} rows on {len(rows)} date(s), sums equal"
    return False, "; ".join(
        f"{row['sold_date']}: landing {row['landing_rows']:,} rows {row['landing_paid']:,}, "
        f"fact {row['fact_rows']:,} rows {row['fact_paid']:,}"
        for row in differing
    )


def _keys_resolve(rows: tuple[Row, ...]) -> tuple[bool, str]:
    names = ("dates", "items", "customers", "addresses")
    missing = [(name, _count(rows[0], name)) for name in names]
    if not any(count for _, count in missing):
        return True, f"{_count(rows[0], 'sales'):,} sales, every key known"
    found = [f"{count:,} sales with unknown {name}" for name, count in missing if count]
    return False, ", ".join(found)


def _count(row: Row, column: str) -> int:
    return int(str(row[column]))


_CHECKS = (
    _Check("sales exist", _SALES, _sales_exist),
    _Check("quantities are positive", _QUANTITIES, _quantities_positive),
    _Check("landing and fact agree", _AGREEMENT, _landing_agrees),
    _Check("keys resolve", _KEYS, _keys_resolve),
)
