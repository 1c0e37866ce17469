"""Write `fixtures/disclosure_book`: what notices need beside the demonstration book, with eleven years of values.

The same seed gives the same bytes. HALVORSEN's CDLMOD has unit values since 2014 (every column occurs), CDLGRO since
29 February 2020, NMTD35 since March 2024; every other sleeve began on the platform. Run: `python -m
scripts.make_disclosure_book`.
"""

import csv
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "fixtures" / "disclosure_book"
FIRST, PLATFORM = np.datetime64("2014-12-31"), np.datetime64("2026-10-08")
Values = npt.NDArray[np.float64]
ISSUER = "Ironvale Trust Company"
RATES = {"WIC-US": (0.00042, 0.0100), "WIC-WORLD": (0.00036, 0.0092), "WIC-BOND": (0.00012, 0.0024)}
HISTORIES = {
    ("HALVORSEN", "CDLMOD"): ("2014-12-31", {"WIC-WORLD": 0.60, "WIC-BOND": 0.40}),
    ("HALVORSEN", "CDLGRO"): ("2020-02-28", {"WIC-WORLD": 0.90, "WIC-BOND": 0.10}),
    ("HALVORSEN", "NMTD35"): ("2024-03-15", {"WIC-WORLD": 0.63, "WIC-BOND": 0.37}),
}
PLANS = {
    "HALVORSEN": ("CDLMOD", "CDLGRO", "NMTD35"), "BRTPRAIRIE": ("AFINCM", "CDLCON"), "TAMSINOAKE": ("BRBALN", "NMTD55"),
    "CORVANE": ("THGLEQ", "NMTD55"), "PELICANRDG": ("BRBALN", "CDLGRO"), "WEXCOMBE": ("AFINCM", "NMTD35"),
    "MIRABEL": ("CDLCON", "CDLMOD"), "JUNIPERST": ("THGLEQ",), "OSTRANDER": ("BRBALN", "CDLGRO"),
    "KESTRELBAY": ("BRBALN", "THGLEQ", "NMTD55"), "LINDQVIST": ("AFINCM", "CDLMOD"), "SABLECREEK": ("NMTD35",),
}  # fmt: skip


def main(out: Path = OUT) -> None:
    """Write every file of the folder."""
    out.mkdir(parents=True, exist_ok=True)
    days = weekdays()
    moves = steps(days)
    write(out, "benchmark_levels.csv", ("date", "benchmark", "level"), levels(days, moves))
    write(out, "unit_value_history.csv", ("date", "plan", "model", "unit_value"), histories(days, moves))
    write(out, "option_values.csv", ("date", "option", "value"), fund_values(days, moves))
    profile = ("plan", "model", "name", "heading", "category", "issuer", "web_address", "shareholder_fees",
               "restrictions", "affiliates", "closed", "benchmark", "benchmark_note", "widely_recognized",
               "secondary")  # fmt: skip
    write(out, "dia_profiles.csv", profile, profiles())
    write(out, "blend_weights.csv", ("benchmark", "since", "component", "weight", "part"), blend_weights())
    write(out, "line_up.csv", LINE_UP_COLUMNS, LINE_UP)
    contact = ("plan", "contact", "address", "phone", "default_option", "plan_year_start")
    write(out, "plan_notices.csv", contact, contacts())
    write(out, "notices_sent.csv", ("plan", "paper", "sent"), SENT)
    write(out, "line_up_changes.csv", ("plan", "option", "kind", "effective", "sent", "unforeseeable"), CHANGES)
    charge = ("charge_ref", "date", "plan", "participant", "service", "payee", "individual", "amount")
    write(out, "participant_charges.csv", charge, CHARGES)
    write(out, "default_options.csv", DEFAULT_COLUMNS, DEFAULTS)
    signature = ("plan", "option", "check", "sha256", "signed_by", "signed", "note")
    write(out, "default_signatures.csv", signature, signatures())
    note = ("HALVORSEN", "CDLMOD", "2021-07-01", "The manager raised the share of foreign stocks from 20% to 25%.")
    write(out, "dia_notes.csv", ("plan", "model", "date", "note"), [note])


def weekdays() -> npt.NDArray[np.datetime64]:
    """Every Monday to Friday from the first day to the eve of the platform's first night."""
    every = np.arange(FIRST, PLATFORM)
    return every[np.is_busday(every)]


def steps(days: npt.NDArray[np.datetime64]) -> dict[str, Values]:
    """Daily log returns of the three indexes, seeded."""
    chance = np.random.default_rng(404)
    return {name: chance.normal(mean, width, days.size) for name, (mean, width) in RATES.items()}


def ending_at(moves: Values, last: float) -> Values:
    """Levels that grow by the moves and end at ``last``."""
    level = np.exp(moves.cumsum())
    return level * (last / level[-1])


def levels(days: npt.NDArray[np.datetime64], moves: dict[str, Values]) -> Iterable[tuple[str, str, str]]:
    """Index levels that end just under those of the demonstration book's first day, 1000."""
    for name, own in moves.items():
        for day, value in zip(days, ending_at(own, 999.5), strict=True):
            yield str(day), name, f"{value:.4f}"


def histories(days: npt.NDArray[np.datetime64], moves: dict[str, Values]) -> Iterable[tuple[str, str, str, str]]:
    """Unit values that end at 10.000000, where the platform's first unit value carries on."""
    for (plan, model), (first, mix) in HISTORIES.items():
        own = sum((share * moves[name] for name, share in mix.items()), np.zeros(days.size)) - 0.0045 / 261
        since = days >= np.datetime64(first)
        for day, value in zip(days[since], ending_at(own[since], 10.0), strict=True):
            yield str(day), plan, model, f"{value:.6f}"


def fund_values(days: npt.NDArray[np.datetime64], moves: dict[str, Values]) -> Iterable[tuple[str, str, str]]:
    """Total-return values of the stand-alone fund, through the end of the demonstration quarter."""
    more = np.arange(PLATFORM, np.datetime64("2027-01-05"))
    more = more[np.is_busday(more)]
    chance = np.random.default_rng(405).normal(0.0004, 0.009, more.size)
    own = np.concatenate([moves["WIC-US"] - 0.0004 / 261, chance])
    for day, value in zip(np.concatenate([days, more]), ending_at(own, 100.0), strict=True):
        yield str(day), "HZQTX", f"{value:.4f}"


def profiles() -> Iterable[tuple[str, ...]]:
    """The words of every sleeve. Balanced models are measured against the world index: a blend is no primary."""
    for plan, models in PLANS.items():
        for model in models:
            heading = "Target-date models" if model.startswith("NMTD") else "Model portfolios"
            limit = "None"
            if model == "THGLEQ":
                limit = "Money moved out may not come back within 30 days."
            benchmark = "WIC-WORLD" if model == "BRBALN" else ""
            blend = "WIC-6040" if (plan, model) == ("HALVORSEN", "CDLMOD") else ""
            yield plan, model, "", heading, "", ISSUER, "", "None", limit, "", "N", benchmark, "", "", blend


def blend_weights() -> Iterable[tuple[str, ...]]:
    """The 60/40 blend, fixed anew at each year end: it came down from 64% of stocks half a point a year."""
    for place, year in enumerate(range(2014, 2026)):
        stocks = 6400 - 50 * min(place, 8)
        yield "WIC-6040", f"{year}-12-31", "WIC-WORLD", f"0.{stocks}", "STOCKS"
        yield "WIC-6040", f"{year}-12-31", "WIC-BOND", f"0.{10_000 - stocks}", "BONDS"


LINE_UP_COLUMNS = (
    "plan", "option", "kind", "name", "heading", "category", "issuer", "manager", "objective", "strategy", "risks",
    "web_address", "shareholder_fees", "restrictions", "affiliates", "benchmark", "benchmark_note", "inception",
    "expense_ratio_pct", "expenses_through", "turnover_pct", "rate_pct", "term", "may_change", "minimum_pct",
    "how_to_get_rate", "start", "end",
)  # fmt: skip
LINE_UP = (
    ("HALVORSEN", "HZQTX", "FUND", "Harrowgate Total US Stock Index Fund", "Funds", "Large blend", "Harrowgate Funds",
     "Harrowgate Advisers", "The return of the whole US stock market.", "Holds nearly every listed US company.",
     "Stock prices can fall sharply and stay low for years.", "", "None", "None", "", "WIC-US", "", "2014-12-31",
     "0.04", "2026-06-30", "4", "", "", "N", "", "", "", ""),
    ("HALVORSEN", "STABLE", "FIXED_RETURN", "Guaranteed Income Account", "Fixed return", "Guaranteed account",
     "Larkmoor Life", "Larkmoor Life", "Principal and a rate set each year.",
     "A claim on the general account of the insurer.", "The guarantee is as good as the insurer.", "",
     "Early withdrawal charge|on money moved within a year|1.00%",
     "Money moved out may not go to a competing option for 90 days.", "", "", "", "2010-01-04", "", "", "", "2.75",
     "Through December 31, 2027", "Y", "1", "Call 800-555-0134 or see the web address.", "", ""),
)  # fmt: skip
SENT = (
    ("HALVORSEN", "ANNUAL", "2025-11-20"), ("HALVORSEN", "QUARTERLY", "2026-11-30"),
    ("HALVORSEN", "DEFAULT", "2024-03-28"), ("HALVORSEN", "DEFAULT", "2025-11-24"),
    ("HALVORSEN", "DEFAULT", "2026-11-25"), ("TAMSINOAKE", "DEFAULT", "2026-09-21"),
    ("BRTPRAIRIE", "ANNUAL", "2025-10-15"),
    ("BRTPRAIRIE", "QUARTERLY", "2026-09-15"),
    *((plan, "ANNUAL", "2026-09-15") for plan in PLANS if plan not in ("HALVORSEN", "BRTPRAIRIE", "SABLECREEK")),
)  # fmt: skip
CHANGES = (
    ("HALVORSEN", "STABLE", "RESTRICTION", "2027-03-15", "", ""),
    ("BRTPRAIRIE", "CDLCON", "OPTION_MAPPED", "2027-02-01", "2026-12-20", ""),
)
CHARGES = (
    ("C0001", "2026-10-30", "HALVORSEN", "P-1001", "Recordkeeping", "TRELLIS", "N", "6.03"),
    ("C0002", "2026-11-30", "HALVORSEN", "P-1001", "Recordkeeping", "TRELLIS", "N", "6.13"),
    ("C0003", "2026-12-31", "HALVORSEN", "P-1001", "Recordkeeping", "TRELLIS", "N", "6.08"),
    ("C0004", "2026-12-15", "HALVORSEN", "P-1001", "Loan", "TRELLIS", "Y", "12.50"),
)


DEFAULT_COLUMNS = (
    "plan", "option", "kind", "managed_by", "employer_securities", "employer_exception", "transfer_months",
    "others_transfer_months", "exit_fees", "barriers_later", "first_investment", "withdrawal_permitted",
    "materials_passed", "chance_to_direct", "broad_range", "automatic_enrollment", "applies_when", "how_to_leave",
    "options_address",
)  # fmt: skip
WHEN = (
    "If you do not choose how your contributions are invested, the plan invests them for you in the default investment "
    "shown below. That happens from your first contribution on."
)
LEAVE = (
    "You may move any or all of your money to another option on any business day, by telephone or on the plan's site. "
    "In the first 90 days, and after them, moving costs you nothing beyond the default's ongoing operating expenses."
)
DEFAULTS = (
    ("HALVORSEN", "NMTD35", "", "INVESTMENT_MANAGER", "None", "", "0", "0", "None", "None", "2024-05-01", "N",
     "Y", "Y", "Y", "Y", WHEN, LEAVE, ""),
    ("TAMSINOAKE", "NMTD55", "", "DIRECTED_TRUSTEE", "None", "", "6", "0", "None", "None", "2026-10-12", "N",
     "Y", "Y", "Y", "N", WHEN, LEAVE, ""),
    ("SABLECREEK", "NMTD35", "", "NAMED_FIDUCIARY", "None", "", "0", "0", "None", "None", "2026-12-02", "N",
     "Y", "Y", "Y", "Y", WHEN, LEAVE, ""),
)  # fmt: skip


def signatures() -> Iterable[tuple[str, ...]]:
    """What only a person can say of HALVORSEN's default: the hash is of the answer that was read and signed."""
    answer = "6 funds, the largest HZQTX at 38.00%: diversified against large losses?"
    digest = sha256(f"HALVORSEN/NMTD35\nQ3\n{answer}".encode()).hexdigest()
    note = "Committee minutes of November 9, 2026, item 4."
    yield "HALVORSEN", "NMTD35", "3", digest, "R. Halvorsen", "2026-11-09", note


def contacts() -> Iterable[tuple[str, ...]]:
    """Whom to ask, and each plan's default option where it has one."""
    for at, (plan, models) in enumerate(PLANS.items()):
        default = next((f"{plan}/{model}/A" for model in models if model.startswith("NMTD")), "")
        phone = f"937-555-01{at:02d}"
        yield (
            plan,
            f"{plan.title()} benefits office",
            f"{100 + at} Foundry Road, Dayton, OH 45402",
            phone,
            default,
            "01-01",
        )


def write(out: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One file, lines ending with a line feed."""
    with (out / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
