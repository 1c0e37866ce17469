"""Checks of what stands behind the returns: unit values, periods, benchmark and blend (DIA-002 to DIA-015).

Each function returns findings and changes nothing; an empty tuple is a clean bill.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from modelx.disclosure.benchmark import Benchmark, BlendWeights, IndexKind, resets_without_levels, weights_in_force
from modelx.disclosure.codes import finding
from modelx.disclosure.figures import RATE, percent
from modelx.disclosure.option import Measured
from modelx.disclosure.performance import COLUMN_YEARS, Performance, ValueSeries
from modelx.disclosure.periods import add_months, last_year_end
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.returns_shown import PERIOD_LABELS, ReturnsShown
from modelx.domain.days import date_of
from modelx.domain.finding import Finding, Level


def check_as_of(about: str, document_date: date, as_of: date) -> tuple[Finding, ...]:
    """DIA-002: the chart is as of 31 December of the last completed year."""
    due = last_year_end(document_date)
    if as_of == due:
        return ()
    return (finding("DIA-002", about, f"as of {as_of}, document dated {document_date} needs {due}"),)


def check_series(
    about: str, series: ValueSeries, needed: Sequence[date], rules: Rulebook, on: date
) -> tuple[Finding, ...]:
    """DIA-003: every value positive, dates ascending, no gap wider than the rule, a value near each needed date.

    Business days are Mondays to Fridays; the width (5) leaves room for holidays.
    """
    days, values = series.days, series.values
    if not days.size:
        return (finding("DIA-003", about, "there are no unit values at all"),)
    width = rules.value("unit_value_gap_business_days", on)
    found = [
        finding("DIA-003", about, f"the value of {date_of(int(days[at]))} is {int(values[at])} millionths")
        for at in np.flatnonzero(values <= 0)
    ]
    steps = np.diff(days)
    found += [
        finding("DIA-003", about, f"{date_of(int(days[at + 1]))} repeats or goes back in time")
        for at in np.flatnonzero(steps <= 0)
    ]
    if found:
        return tuple(found)
    sessions = days.astype("datetime64[D]")
    gaps = np.busday_count(sessions[:-1], sessions[1:])
    found += [
        finding("DIA-003", about, f"no value from {sessions[at]} to {sessions[at + 1]}, {int(gaps[at])} business days")
        for at in np.flatnonzero(gaps > width)
    ]
    for want in needed:
        have = series.on_or_before(want)
        if have is None or np.busday_count(have[0], want) > width:
            last = f"the last is of {have[0]}" if have else f"the first is of {sessions[0]}"
            found.append(finding("DIA-003", about, f"no value within {width} business days before {want}; {last}"))
    return tuple(found)


def check_periods(about: str, shown: ReturnsShown, recomputed: Performance) -> tuple[Finding, ...]:
    """DIA-004 to DIA-007: no return older than the option, none annualized too soon, none missing, none different."""
    found: list[Finding] = []
    for place, years in enumerate(COLUMN_YEARS):
        opens = add_months(shown.as_of, -12 * years)
        if shown.bps[place] is not None and shown.inception > opens:
            detail = f"{PERIOD_LABELS[place]} from {opens}, the option began on {shown.inception}"
            found.append(finding("DIA-004", about, detail))
    life_span = shown.spans[3]
    if life_span is not None and life_span[0] < shown.inception:
        found.append(finding("DIA-004", about, f"since inception from {life_span[0]}, it began on {shown.inception}"))
    if shown.life_annualized and shown.life_years < 1:
        detail = f"{percent(shown.bps[3]).text} a year over {float(shown.life_years):.4f} years"
        found.append(finding("DIA-005", about, detail))
    lived = recomputed.since_inception is not None
    if lived and shown.life_years < COLUMN_YEARS[-1] and shown.bps[3] is None:
        found.append(finding("DIA-006", about, f"it began on {shown.inception}"))
    for place, column in enumerate(recomputed.columns):
        printed, exact = shown.bps[place], column.return_bps if column else None
        if printed is not None and exact is not None and printed != exact:
            detail = f"{PERIOD_LABELS[place]} shows {percent(printed).text}, recomputed {percent(exact).text}"
            found.append(finding("DIA-007", about, detail))
    return tuple(found)


def check_primary(
    about: str, benchmark: Benchmark | None, affiliates: frozenset[str], rules: Rulebook, on: date
) -> tuple[Finding, ...]:
    """DIA-010 and DIA-011: a broad total-return index, administered by nobody of the house."""
    if benchmark is None:
        return (finding("DIA-010", about, "none is named"),)
    found: list[Finding] = []
    blend_allowed = bool(rules.value("allow_blend_as_primary", on))
    if benchmark.kind is not IndexKind.BROAD and not (benchmark.kind is IndexKind.BLEND and blend_allowed):
        kind = benchmark.kind.value.lower().replace("_", " ")
        found.append(finding("DIA-010", about, f"{benchmark.name} is a {kind}, and the rule of {on} does not take it"))
    if benchmark.administrator in affiliates and not benchmark.widely_recognized:
        found.append(finding("DIA-011", about, f"{benchmark.name} is administered by {benchmark.administrator}"))
    return tuple(found)


def check_benchmark_dates(about: str, own: ReturnsShown, index: ReturnsShown) -> tuple[Finding, ...]:
    """DIA-012: the index is over the same dates. An index younger than the option prints N/A, which is a warning."""
    found: list[Finding] = []
    for place, (mine, theirs) in enumerate(zip(own.spans, index.spans, strict=True)):
        if mine is None or mine == theirs:
            continue
        if theirs is None:
            detail = f"{PERIOD_LABELS[place]} prints N/A: the index has no level on or before {mine[0]}"
            found.append(finding("DIA-012", about, detail, Level.WARN))
        else:
            detail = f"{PERIOD_LABELS[place]} is {mine[0]} to {mine[1]}, the index {theirs[0]} to {theirs[1]}"
            found.append(finding("DIA-012", about, detail))
    return tuple(found)


def check_benchmark_change(about: str, previous: str, measured: Measured) -> tuple[Finding, ...]:
    """DIA-013: an index other than that of the last document needs its reason and date, and the old one beside it."""
    if not previous or previous == measured.benchmark.key:
        return ()
    lacks = [] if measured.change_note else ["a reason and date"]
    if measured.replaced is None or measured.replaced.benchmark.key != previous:
        lacks.append("the returns of the old index")
    if not lacks:
        return ()
    return (finding("DIA-013", about, f"{previous} became {measured.benchmark.key} without {' and '.join(lacks)}"),)


def check_blend(
    about: str, schedule: Sequence[BlendWeights], period_starts: Sequence[date], rules: Rulebook, on: date
) -> tuple[Finding, ...]:
    """DIA-014: weights sum to one, were fixed before each period, and not more than 12 months before it."""
    months = rules.value("blend_reset_months", on)
    if not schedule:
        return (finding("DIA-014", about, "the blend has no dated weights at all"),)
    found = [
        finding("DIA-014", about, f"the weights of {row.since} sum to {row.total / RATE:.6f}, not 1")
        for row in schedule
        if row.total != RATE
    ]
    for opens in period_starts:
        row = weights_in_force(schedule, opens)
        if row is None:
            found.append(finding("DIA-014", about, f"no weights were fixed before {opens}"))
        elif add_months(row.since, months) < opens:
            found.append(finding("DIA-014", about, f"the weights of {row.since} are too old for {opens}"))
    return tuple(found)


def check_blend_levels(
    about: str,
    name: str,
    components: Mapping[str, ValueSeries],
    schedule: Sequence[BlendWeights],
    spans: Sequence[tuple[date, date] | None],
    months: int,
) -> tuple[Finding, ...]:
    """DIA-012, a warning: a column of the blend that prints N/A because a component has no level when it opens."""
    found = []
    for label, span in zip(PERIOD_LABELS, spans, strict=True):
        missing = resets_without_levels(components, schedule, *span, months) if span else ()
        if missing:
            detail = f"{label} of {name} prints N/A: {missing[0][1]} has no level on or before {missing[0][0]}"
            found.append(finding("DIA-012", about, detail, Level.WARN))
    return tuple(found)


def check_blend_mix(
    about: str, weights: BlendWeights, mix_bps: Mapping[str, int], rules: Rulebook, on: date
) -> tuple[Finding, ...]:
    """DIA-015: no component weight more than 5 points from the option's own mix (hundredths of a percent by key)."""
    tolerance = rules.value("blend_mix_tolerance_bps", on)
    blend = {key: weight * 10_000 // RATE for key, weight in weights.weights}
    return tuple(
        finding(
            "DIA-015", about, f"{key} is {percent(blend.get(key, 0)).text}, the mix {percent(mix_bps.get(key, 0)).text}"
        )
        for key in sorted(blend.keys() | mix_bps.keys())
        if abs(blend.get(key, 0) - mix_bps.get(key, 0)) > tolerance
    )


def needed_dates(shown_as_of: date, inception: date) -> tuple[date, ...]:
    """The dates whose values the required columns use: the as-of date, each opening reached, and inception."""
    opens = [add_months(shown_as_of, -12 * years) for years in COLUMN_YEARS]
    reached = [on for on in opens if on >= inception]
    return tuple(sorted({shown_as_of, inception, *reached}))
