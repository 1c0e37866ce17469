"""The glossary of a notice: every investment word it uses, in plain English. A term, a colon, its meaning."""

_ENTRIES = """
Asset allocation: How an option divides its money among kinds of investments, such as stocks, bonds and cash.

Average annual total return: The yearly rate at which an investment would have grown, evenly, over a period, with all
income reinvested and after the expenses of the option. Returns for less than one year are not averaged.

Benchmark: An index that an option is compared with, to show how that part of the market did over the same dates.

Bond: A loan to a company or government that pays interest. Its price usually falls when interest rates rise.

Cash: Bank deposits, money market funds and similar short-term holdings.

Expense ratio: The yearly expenses of a fund as a percentage of its assets.

Fixed return: An option that credits interest at a stated rate for a stated term.

Inception: The first day on which an option, or this plan's version of it, had a unit value.

Model portfolio: A mix of funds chosen by an investment manager. You own units of the mix, not shares of each fund.

Per $1,000: What the operating expenses would be in one year for every $1,000 invested, if its value did not change.

Portfolio turnover: How much of an option's holdings was traded in a year. Higher turnover can mean higher trading
costs, which are not part of the operating expenses shown.

Restriction: A limit on moving money into or out of an option, such as a waiting period.

Shareholder-type fees: Fees charged straight to your investment in an option, such as a fee for selling soon after
buying. They are not part of the operating expenses.

Stock: A share in the ownership of a company.

Total annual operating expenses: Everything that is taken out of an option in a year and lowers its return, before any
part is waived: management fees, other fees, and the expenses of the funds it holds.

Unit value: The price of one unit of an option on a business day, after all fees charged within it.
"""

GLOSSARY: tuple[tuple[str, str], ...] = tuple(
    (term, " ".join(meaning.split()))
    for term, meaning in (entry.split(": ", 1) for entry in _ENTRIES.strip().split("\n\n"))
)
