"""The files of what happens to securities and to plans: mergers, conversions, liquidations, plans that come and go.

Source: ``spec/unitization.md`` 7 and 13.20-22. In ``corporate_events.csv`` a blank ratio is tonight's price of the old
security over that of the new, a blank rate tonight's price, a blank pay date the next settlement.
"""

from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.files.book_format import ColumnFormat, FileFormat, Kind, amount, choice, code, day, price, rate, reference

LARGEST_AMOUNT = 90 * 10**9 * 10**6  # no sleeve is larger: what is, was keyed wrongly

EVENT_FILES = (
    FileFormat(
        "corporate_events.csv",
        (
            code("ticker"),
            day("ex_date"),
            choice("kind", codes.SecurityEventKind),
            code("to_ticker", optional=True),
            rate("ratio", low=1, blank=MISSING),
            price("cash_rate", blank=MISSING),
            price("cash_in_lieu_price", blank=MISSING),
            day("pay_date", blank=MISSING),
        ),
    ),
    FileFormat(
        "in_kind_transfers.csv",
        (
            reference("transfer_ref"),
            day("date"),
            code("plan"),
            code("model"),
            choice("kind", codes.InKindKind),
            code("ticker"),
            amount("shares", 6, at_least=0, blank=MISSING),
            ColumnFormat("amount", Kind.DECIMAL, places=2, scale=6, at_least=2, high=LARGEST_AMOUNT, blank=MISSING),
        ),
    ),
)
