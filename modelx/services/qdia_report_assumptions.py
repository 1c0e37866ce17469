"""The report's page on what its figures rest on: every assumption, choice and datum, each labelled as what it is."""

from modelx.evaluator.engine import Origin, proxy_settings
from modelx.evaluator.option import Option
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_view import Cell, Row, Section, Table, bp, count, percent, usd, words

DATA, ASSUMPTION, CHOICE = "data", "assumption", "choice"


def assumption_section(outcome: Outcome, more: Extras, smallest_cohort: int) -> Section:
    """Every assumption, choice and datum that the figures rest on, each labelled, and the fees as given."""
    given = outcome.inputs
    settings = given.settings
    origins = {name: number for name, number in outcome.summary.origins.items() if number}
    engines = ", ".join(f"{name.lower().replace('_', ' ')} {number:,}" for name, number in origins.items())
    rows = [
        _row("Covariance of asset classes", f"{given.markets.name}, version {given.markets.version}", ASSUMPTION),
        _row("Its source", given.markets.source or "not stated", DATA),
        *(_row(f"Also tried: {one.name}", f"SHA-256 {one.sha256}", ASSUMPTION) for one in more.other_markets),
        _row("Premium of each participant's own ideal", percent(settings.premium, 1), ASSUMPTION),
        _row("Riskless rate (does not change any loss)", percent(settings.rf, 1), ASSUMPTION),
        _row("Ideal portfolios", f"{given.engine.name}: {engines}", ASSUMPTION),
        *_advice(outcome),
        _row("Detail below the equity level", given.detail.name, ASSUMPTION),
        _row("Vintage", f"{settings.vintage_rule.value}; year {settings.as_of:g} plus years to retirement", CHOICE),
        _row("Cap on a participant's loss", "none" if settings.cap_bp is None else bp(settings.cap_bp), CHOICE),
        _row("Split of a loss", f"{settings.split.sub_mix.value}, {settings.split.matched.value}", CHOICE),
        _row("Mean over", "dollars" if settings.by_balance else "participants", CHOICE),
        _row("Alpha", f"mode {settings.mode.value}; given by the plan or its consultant", ASSUMPTION),
        _row("Financial planning", _planning(outcome), ASSUMPTION),
        _row("Missing information", _information(outcome), ASSUMPTION),
        _row("Resampling", f"{more.draws} draws, 230 months", ASSUMPTION),
        _row("Smallest cohort shown", count(smallest_cohort), CHOICE),
        *(_row(f"{one.name}: weights", _source(one), DATA) for one in given.options if one.weights is not None),
    ]
    table = Table("assumptions", "What the figures rest on", "Item", ("Value", "Kind"), tuple(rows))
    options = Table(
        "options",
        "Fees and alphas as given, mean over vintages, basis points a year",
        "Option",
        ("Kind", "Funds", "Overlay", "Service", "Alpha", "Alpha is"),
        tuple(
            Row(
                one.name,
                (
                    words(one.kind.value.replace("_", " ")),
                    bp(float(one.fees.fund.mean())),
                    bp(float(one.fees.overlay.mean())),
                    bp(float(one.fees.service.mean())),
                    bp(float(one.alpha_bp.mean())),
                    words(one.alpha_basis.value.replace("_", " ")),
                ),
            )
            for one in given.options
        ),
    )
    return Section("assumptions", "Assumptions and data", (table, options))


def _advice(outcome: Outcome) -> list[Row]:
    """The total-wealth proxy's settings, where anybody's equity level came from it."""
    settings = proxy_settings(outcome.inputs.engine)
    if settings is None or not outcome.summary.origins.get(Origin.TOTAL_WEALTH.name):
        return []
    women, men = (
        f"{mode:g} \u00b1 {spread:g}" for mode, spread in zip(settings.death_mode, settings.death_spread, strict=True)
    )
    rates = ", ".join(percent(rate).text for rate in settings.bend_rates)
    base = usd(settings.wage_base).text
    points = " and ".join(usd(point).text for point in settings.bend_points)
    wanted = ", ".join(
        f"{percent(share, 1).text} at {age:g}" for age, share in zip(settings.kappa_ages, settings.kappa, strict=True)
    )
    told = {
        "share of all wealth wanted in equity": wanted,
        "equity in human capital": percent(settings.phi, 1).text,
        "discount of salary, real": percent(settings.discount, 1).text,
        "growth of salary, real": percent(settings.salary_growth, 1).text,
        "discount of benefits, real": percent(settings.benefit_discount, 1).text,
        "age most deaths fall on": f"{women} for women, {men} for men",
        "salary where it is missing": usd(settings.default_salary).text,
        "Social Security where it is missing": f"{rates} of monthly salary, bent at {points}, to {base} a year",
        "equity level": f"{percent(settings.least).text} at least, {percent(settings.most).text} at most",
    }
    return [_row(f"Total wealth: {name}", text, ASSUMPTION) for name, text in told.items()]


def _row(label: str, value: str | Cell, kind: str) -> Row:
    return Row(label, (words(value) if isinstance(value, str) else value, words(kind)))


def _planning(outcome: Outcome) -> str:
    schedule = outcome.inputs.settings.planning
    if schedule is None:
        return "off"
    cap = "no cap" if schedule.cap_bp is None else f"cap {schedule.cap_bp:g} bp"
    return f"on, an assumption and not evidence: {schedule.rule.value} between stages, {cap}"


def _information(outcome: Outcome) -> str:
    if outcome.inputs.default_engine is None:
        return "off: managed accounts are taken to know what the file knows"
    cap = outcome.inputs.settings.information_cap_bp
    return f"on, against {outcome.inputs.default_engine.name}; {'no cap' if cap is None else f'cap {cap:g} bp'}"


def _source(option: Option) -> str:
    found = option.source or "not stated"
    if option.as_of:
        found += f", as of {option.as_of}"
    if option.r2 is not None:
        known = option.r2[option.r2 == option.r2]
        found += f"; style analysis, R2 {100 * float(known.min()):.1f} to {100 * float(known.max()):.1f} %"
    return found
