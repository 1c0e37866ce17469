"""`modelx block`: one order per security, side and day, from request to allocation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, grouped, print_remark, say, show_object, show_rows
from modelx.cli.selection import parse_day, parse_number

if TYPE_CHECKING:
    from modelx.services.block_views import BlockNames, NightBlocks

app = App(name="block")

Date = Annotated[str | None, Parameter(name="--date", help="The night that proposed, YYYY-MM-DD.")]
Ticker = Annotated[str, Parameter(help="The security.")]
COLUMNS = (
    *("date", "executes_on", "ticker", "side", "sleeves", "requested_shares", "requested_amount"),
    *("filled_shares", "cash", "average_price", "status"),
)
NUMBERS = frozenset({*COLUMNS[4:10]})
SLEEVE_COLUMNS = ("plan", "model", "requested_shares", "requested_amount", "shares", "cash", "average_price", "status")


@app.command(name="list")
def list_(
    *,
    date: Date = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the blocks of a night (default: of the last two that proposed any): asked, filled, average price, status.

    A request in dollars has estimated shares, one in shares an estimated amount. One that was withdrawn, or replaced
    by confirms, is no longer of the block: `modelx block show` lists it.
    """
    nights, names = _read(database, date)
    rows = [row for one in nights for row in _block_rows(one, names, output)]
    show_rows(output, "blocks", COLUMNS, rows, numeric=NUMBERS)
    for one in nights:
        _tell(one)


@app.command
def show(
    ticker: Ticker,
    *,
    side: Annotated[str | None, Parameter(name="--side", help="BUY or SELL, where there are both.")] = None,
    date: Date = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show how a block is shared out: what each sleeve asked for and got, and that it sums to the fills.

    Before the night it is shown with the fills loaded so far. Without --date: the last night with such a block.
    """
    from modelx.domain.errors import NotFound

    nights, names = _read(database, date)
    found = [(one, at) for one in reversed(nights) for at in _blocks_of(one, names, ticker, side)]
    if not found:
        raise NotFound(f"no block in {ticker}: see `modelx block list`")
    _show_block(*found[0], names, output)


@app.command
def fill(
    file: Annotated[Path, Parameter(help="CSV: fill_ref,date,ticker,side,shares,price.")],
    *,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Load a custodian's fills for the night to allocate. A fill_ref sent again corrects; with no shares, it cancels.

    The same as `modelx book load` of a folder with this file as fills.csv.
    """
    from modelx.bootstrap import load_file, open_book

    report = load_file(open_book(database), file, "fills.csv")
    print_remark(
        f"load {report.load_id}: {report.n_stored} fills stored" + (" (as before)" if report.already_loaded else "")
    )
    for finding in report.findings:
        say(f"warning: {finding.message}")


@app.command
def depart(
    ticker: Ticker,
    *,
    shares: Annotated[
        list[str], Parameter(name="--shares", help="PLAN/MODEL=SHARES of each sleeve that departs. Repeat.")
    ],
    by: Annotated[str, Parameter(name="--by", help="Who proposes it.")],
    checker: Annotated[str, Parameter(name="--checker", help="Who approves it.")],
    reason: Annotated[str, Parameter(name="--reason", help="Why these sleeves do not get their part.")],
    date: Date = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Depart from pro rata: give sleeves other shares of a block's fills. Needs a reason and an approver.

    The shares of all sleeves must still sum to the fills; `modelx block show` tells before the night does.
    """
    from modelx.bootstrap import now, open_book
    from modelx.domain.days import date_of
    from modelx.services.trade_decisions import Signed, depart_from_pro_rata

    day = None if date is None else parse_day(date)
    signed, wanted = Signed(by, checker, reason), dict(_parse_shares(one) for one in shares)
    done = depart_from_pro_rata(open_book(database), day, ticker, wanted, signed, now())
    if output.json:
        facts = {"night": date_of(done.day).isoformat(), "load": done.load_id, "already": done.already}
        show_object("departure", facts)
        return
    print_remark(f"{len(wanted)} sleeves depart from pro rata in {ticker}: load {done.load_id}")
    say(f"see: modelx block show {ticker} --date {date_of(done.day)}")


def _parse_shares(text: str) -> tuple[tuple[str, str], int]:
    from modelx.domain.errors import InvalidInput

    sleeve, equals, count = text.partition("=")
    plan, slash, model = sleeve.partition("/")
    if not (equals and slash and plan and model):
        raise InvalidInput(f"{text!r} is not PLAN/MODEL=SHARES, such as PLAN-A/GRW60=12.5")
    return (plan, model), parse_number(f"--shares {sleeve}", count, 6)


def _read(database: str, date: str | None) -> tuple[list[NightBlocks], BlockNames]:
    from modelx.bootstrap import open_book, trading_policy
    from modelx.services.block_views import block_names, list_blocks

    engine = open_book(database)
    day = None if date is None else parse_day(date)
    return list_blocks(engine, day, trading_policy()), block_names(engine)


def _tell(night: NightBlocks) -> None:
    for finding in night.findings:
        say(f"note: {finding}")


def _blocks_of(night: NightBlocks, names: BlockNames, ticker: str, side: str | None) -> list[int]:
    from modelx.services.block_views import side_word

    return [
        at
        for at in range(len(night.blocks))
        if names.ticker[int(night.blocks.security_id[at])] == ticker
        and side in {None, side_word(int(night.blocks.side[at]))}
    ]


def _block_rows(night: NightBlocks, names: BlockNames, output: Output) -> list[list[str]]:
    from modelx.domain.days import date_of
    from modelx.services.block_views import TradeState, side_word

    blocks = night.blocks
    return [
        [
            date_of(night.proposed_on).isoformat(),
            date_of(night.session).isoformat(),
            names.ticker[int(blocks.security_id[at])],
            side_word(int(blocks.side[at])),
            str(int(night.sleeves[at])),
            _shares(int(night.requested[at]), output),
            _money(int(night.requested_amount[at]), output),
            _shares(int(night.filled[at] + night.nobodys_shares[at]), output),
            _money(int(night.cash[at] + night.nobodys_cash[at]), output),
            _price(int(night.average_price[at])),
            TradeState(int(night.block_state[at])).name,
        ]
        for at in range(len(blocks))
    ]


def _show_block(night: NightBlocks, at: int, names: BlockNames, output: Output) -> None:
    import numpy as np

    head = dict(zip(COLUMNS, _block_rows(night, names, output)[at], strict=True))
    mine = np.flatnonzero(night.blocks.requests.block == at).tolist()
    rows = [_sleeve_row(night, row, names, output) for row in mine]
    nobodys = int(night.nobodys_shares[at]), int(night.nobodys_cash[at])
    if any(nobodys):
        kept = [_shares(nobodys[0], output), _money(nobodys[1], output)]
        rows.append(["(error account)", "", "", "", *kept, "", ""])
    total = ["", "", *(head[name] for name in ("requested_shares", "requested_amount", "filled_shares", "cash"))]
    extra: dict[str, Any] = {"block": head, "foots": night.foots(), "reported_by": _by_whom(night, at)}
    show_rows(
        output,
        "block-allocation",
        SLEEVE_COLUMNS,
        rows,
        title=f"{head['side']} {head['ticker']}, proposed {head['date']}, executed on {head['executes_on']}",
        numeric=frozenset(SLEEVE_COLUMNS[2:7]),
        extra=extra,
        totals=[[*total, head["average_price"], head["status"]]],
    )
    if not (output.json or output.csv):
        if len(mine) > int(night.sleeves[at]):
            print_remark("What was withdrawn or replaced is listed; the totals of requests leave it out.")
        _prove(night, at)
    _tell(night)


def _prove(night: NightBlocks, at: int) -> None:
    from modelx.domain.money import format_decimal

    if night.reported_shares[at] == 0:
        print_remark(f"Dealt by {_by_whom(night, at)}: shares and cash are the sums of the sleeves'.")
        return
    parts = (night.filled, night.nobodys_shares, night.reported_shares, night.cash, night.nobodys_cash)
    shares, nobodys, reported, cash, nobodys_cash = (format_decimal(int(one[at]), 6, at_least=2) for one in parts)
    paid = format_decimal(int(night.reported_cash[at]), 6, at_least=2)
    verdict = "it foots" if night.foots() else "it does not foot yet"
    print_remark(
        f"Shares {shares} of sleeves + {nobodys} of nobody = {reported} filled; "
        f"cash {cash} + {nobodys_cash} = {paid}: {verdict}."
    )


def _by_whom(night: NightBlocks, at: int) -> str:
    return "fills.csv" if night.reported_shares[at] else "the paper custodian"


def _sleeve_row(night: NightBlocks, row: int, names: BlockNames, output: Output) -> list[str]:
    from modelx.services.block_views import TradeState, average_price

    requests = night.blocks.requests
    at = int(requests.sleeve[row])
    shares, cash = int(night.shares[row]), int(night.amount[row])
    return [
        names.plan[int(night.owned.plan_id[at])],
        names.model[int(night.owned.model_id[at])],
        _shares(int(requests.shares[row]), output),
        _money(int(requests.amount[row]), output),
        _shares(shares, output),
        _money(cash, output),
        _price(average_price(cash, shares)),
        TradeState(int(night.state[row])).name,
    ]


def _shares(millionths: int, output: Output) -> str:
    from modelx.domain.money import format_decimal

    text = format_decimal(millionths, 6, at_least=0)
    return text if output.json or output.csv else grouped(text)


def _money(millionths: int, output: Output) -> str:
    from modelx.domain.money import format_decimal

    text = format_decimal(millionths, 6, at_least=2)
    return text if output.json or output.csv else grouped(text)


def _price(price: int) -> str:
    from modelx.domain.money import format_decimal

    return format_decimal(price, 8, at_least=2) if price else ""
