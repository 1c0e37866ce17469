"""What a notice reads of the ledger and the nights: unit values, share moves, trades and fee accruals, as columns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.ledger.account import Chart
from modelx.store.bulk import fetch_columns

_LISTED = 400  # more owners than this are read all together and picked out afterwards
_CHARTS = (Chart.SHARES, Chart.COST, Chart.SECURITIES_SOLD_RECEIVABLE, Chart.FEE_EXPENSE, Chart.ACCOUNT_FEES_EARNED)


def transfers_for_notices(connection: Connection, owners: Sequence[int], through_day: int) -> dict[str, Column]:
    """The transfers of the owners that move shares, cost, sale proceeds, fee expense or fees of accounts, in order.

    Columns: journal, kind, business_date, debit, credit, amount.
    """
    charts = ", ".join(str(int(chart)) for chart in _CHARTS)
    mask = "((t.{0}_id >> 20) & 16383) IN (" + charts + ")"
    where = f"({mask.format('debit')} OR {mask.format('credit')})"
    if len(owners) <= _LISTED:
        listed = ", ".join(str(int(one)) for one in owners) or "-1"
        where += f" AND ((t.debit_id >> 34) IN ({listed}) OR (t.credit_id >> 34) IN ({listed}))"
    return fetch_columns(
        connection,
        "SELECT j.id, j.kind, j.business_date, t.debit_id, t.credit_id, t.amount FROM journal j JOIN transfer t "
        "ON t.journal_id = j.id AND t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        f"WHERE j.business_date <= :through AND {where} ORDER BY t.id",
        {"through": through_day},
        ["journal", "kind", "business_date", "debit", "credit", "amount"],
    )


def published_unit_values(connection: Connection, owners: Sequence[int], publish_step: str) -> dict[str, Column]:
    """Every published version of the owners' unit values, by sleeve, day and version.

    Columns: sleeve_id, business_date, version, unit_value, net_assets, units, opening_net_assets. A strike that a hold
    or block stopped, or whose run has not published, is left out.
    """
    where = ""
    if len(owners) <= _LISTED:
        where = f"AND x.sleeve_id IN ({', '.join(str(int(one)) for one in owners) or '-1'}) "
    return fetch_columns(
        connection,
        "SELECT x.sleeve_id, x.business_date, x.version, x.unit_value, x.net_assets, x.units, "
        "x.opening_net_assets FROM unit_value x "
        "JOIN step_run s ON s.business_date = x.business_date AND s.run = x.run AND s.name = :publish "
        "WHERE NOT EXISTS (SELECT 1 FROM finding f WHERE f.business_date = x.business_date AND f.run = x.run "
        f"AND f.sleeve_id = x.sleeve_id AND f.level IN ('HOLD', 'BLOCK')) {where}"
        "ORDER BY x.sleeve_id, x.business_date, x.version",
        {"publish": publish_step},
        ["sleeve_id", "business_date", "version", "unit_value", "net_assets", "units", "opening_net_assets"],
    )
