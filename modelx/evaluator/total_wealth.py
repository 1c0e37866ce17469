"""The total-wealth proxy: an equity level from financial, human and pension capital (spec 2.2, built-in 2).

    E = clip((kappa(age) * (FC + HC + PB) - phi * HC) / FC, least, most)

FC is the account and outside savings, HC the present value of future salary, PB that of Social Security and pensions.
The investor wants the share kappa(age) of all wealth in equity; human capital already is equity to the share phi. It
is our assumption, not any vendor's formula: every number here is a setting, and every imputed field is counted.
"""

from dataclasses import dataclass, field

import numpy as np

from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.participants import Participants

OLDEST = 110.0


@dataclass(frozen=True, slots=True)
class TotalWealthSettings:
    """Assumptions of the proxy.

    Rates are real, per year. Survival is Gompertz: the age most deaths fall on and their spread, in years, for women
    and men (the mean of the two where gender is missing). ``social_security`` bends salary into a benefit: monthly
    bend points, their rates and the wage base of 2020 (Social Security Administration). ``kappa`` is read at
    ``kappa_ages`` and runs straight between them; the defaults were calibrated (:func:`calibrated_kappa`) on the
    reference population of 15,425 and the reference glide path.
    """

    phi: float = 0.30
    discount: float = 0.04
    salary_growth: float = 0.01
    benefit_discount: float = 0.02
    death_mode: tuple[float, float] = (90.0, 87.0)
    death_spread: tuple[float, float] = (9.5, 10.5)
    default_salary: float = 60_000.0
    bend_points: tuple[float, float] = (960.0, 5_785.0)
    bend_rates: tuple[float, float, float] = (0.90, 0.32, 0.15)
    wage_base: float = 137_700.0
    least: float = 0.10
    most: float = 0.95
    kappa_ages: tuple[float, ...] = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0)
    kappa: tuple[float, ...] = (0.2740, 0.2865, 0.3001, 0.2965, 0.2355, 0.1893)


@dataclass(frozen=True, slots=True)
class Wealth:
    """Dollars (N,) of each capital, and how often each field had to be imputed."""

    financial: FloatArray
    human: FloatArray
    pension: FloatArray
    imputed: dict[str, int] = field(default_factory=dict)


def wealth(people: Participants, settings: TotalWealthSettings) -> Wealth:
    """The three capitals of participants whose ages are known."""
    imputed: dict[str, int] = {}

    def known(name: str, otherwise: FloatArray | float) -> FloatArray:
        given = as_floats(getattr(people, name))
        missing = np.isnan(given)
        if missing.any():
            imputed[name] = int(missing.sum())
        return np.where(missing, otherwise, given)

    salary = known("salary", settings.default_salary)
    if (people.gender == "").any():
        imputed["gender"] = int((people.gender == "").sum())
    mode, spread = _gompertz(people, settings)
    benefit = known("social_security_annual", social_security_benefit(salary, settings)) + known("pension_annual", 0.0)
    financial = known("balance", 0.0) + known("outside_balance", 0.0)
    years = np.maximum(people.retirement_age - people.age, 0.0)
    human = salary * _annuity(
        people.age, np.zeros(len(people)), years, settings.discount, settings.salary_growth, mode, spread
    )
    pension = benefit * _annuity(
        people.age, years, np.maximum(OLDEST - people.age, 0.0), settings.benefit_discount, 0.0, mode, spread
    )
    return Wealth(financial, as_floats(human), as_floats(pension), imputed)


def equity_level(people: Participants, capital: Wealth, settings: TotalWealthSettings) -> FloatArray:
    """(N,) the proxy's equity level; without any financial capital, the cap."""
    kappa = np.interp(people.age, settings.kappa_ages, settings.kappa)
    return _level(kappa, capital, settings)


def social_security_benefit(salary: FloatArray, settings: TotalWealthSettings) -> FloatArray:
    """(N,) yearly benefit from a salary up to the wage base, taken as the career average."""
    monthly = np.clip(salary, 0.0, settings.wage_base) / 12
    first, second = settings.bend_points
    low, middle, high = settings.bend_rates
    benefit = low * np.minimum(monthly, first) + middle * np.clip(monthly - first, 0.0, second - first)
    return as_floats(12 * (benefit + high * np.maximum(monthly - second, 0.0)))


def calibrated_kappa(
    people: Participants,
    reference_ages: FloatArray,
    reference_equity: FloatArray,
    settings: TotalWealthSettings,
    band_years: float = 5.0,
) -> tuple[float, ...]:
    """Kappa at each of ``kappa_ages``, so that the median participant within the band has the reference equity level.

    Found by bisection to 1e-6: the level rises with kappa for everyone. Raises :class:`BadSetting` where a band is
    empty.
    """
    found = []
    for knot in settings.kappa_ages:
        near = people.take(np.flatnonzero(np.abs(people.age - knot) <= band_years))
        if len(near) == 0:
            raise BadSetting(f"Nobody is within {band_years:g} years of {knot:g}; kappa cannot be calibrated there.")
        capital = wealth(near, settings)
        wanted = float(np.interp(knot, reference_ages, reference_equity))
        low, high = 0.0, 2.0
        while high - low > 1e-6:
            middle = (low + high) / 2
            median = float(np.median(_level(np.full(len(near), middle), capital, settings)))
            low, high = (middle, high) if median < wanted else (low, middle)
        found.append((low + high) / 2)
    return tuple(found)


def _level(kappa: FloatArray, capital: Wealth, settings: TotalWealthSettings) -> FloatArray:
    total = capital.financial + capital.human + capital.pension
    has_money = capital.financial > 0
    wanted = kappa * total - settings.phi * capital.human
    share = np.where(has_money, wanted, 0.0) / np.where(has_money, capital.financial, 1.0)
    return as_floats(np.where(has_money, np.clip(share, settings.least, settings.most), settings.most))


def _gompertz(people: Participants, settings: TotalWealthSettings) -> tuple[FloatArray, FloatArray]:
    women, men = people.gender == "F", people.gender == "M"

    def chosen(pair: tuple[float, float]) -> FloatArray:
        return as_floats(np.select([women, men], [pair[0], pair[1]], default=sum(pair) / 2))

    return chosen(settings.death_mode), chosen(settings.death_spread)


def _annuity(
    age: FloatArray,
    start: FloatArray,
    end: FloatArray,
    discount: float,
    growth: float,
    mode: FloatArray,
    spread: FloatArray,
) -> FloatArray:
    """Value today of one dollar a year, growing, paid at the end of each year between ``start`` and ``end``.

    Weighted by the probability of being alive at the year's beginning; part years count in part.
    """
    value = np.zeros(len(age))
    for year in range(int(np.ceil(end.max(initial=0.0)))):
        share = np.clip(np.minimum(end, year + 1) - np.maximum(start, year), 0.0, 1.0)
        alive = np.exp(np.exp((age - mode) / spread) * (1 - np.exp(year / spread)))
        value += share * alive * (1 + growth) ** year / (1 + discount) ** (year + 1)
    return as_floats(value)
