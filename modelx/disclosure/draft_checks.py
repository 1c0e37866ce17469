"""Every check of a draft in one place: what an option and its plan must pass before anybody may publish.

The evidence behind each figure is given beside it: the series, the exact returns, the ledger's accruals, the class in
force. Blocks stop a publication; warnings are listed with their figures. Source: ``spec/disclosure.md`` 11.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from modelx.disclosure import checks_document as words
from modelx.disclosure import checks_expenses as costs
from modelx.disclosure import checks_performance as returns
from modelx.disclosure.benchmark import BlendWeights, reset_dates, weights_in_force
from modelx.disclosure.option import Footnote, OptionFacts, PlanFacts, ReturnType
from modelx.disclosure.option_facts import OptionValues
from modelx.disclosure.performance import performance
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.wording import Approval, Wording
from modelx.domain.finding import Finding, Level


@dataclass(frozen=True, slots=True)
class OptionEvidence:
    """What stands behind a variable option's figures.

    ``accrued`` are the ledger's gross in-unit accruals of the fiscal year and ``average_net_assets`` their base
    (millionths); ``None`` where no fiscal year is complete. ``funds_held`` are the tickers held in it. ``changes`` are
    the dated changes of strategy, manager and mix known to the book. ``own_address`` is the site's page, if it is ours.
    ``mix_bps`` is the option's mix by the parts that ``blend_parts`` says the components of its blend stand for.
    """

    values: OptionValues
    class_in_force: str
    fees: tuple[costs.FeeTold, ...]
    funds_held: frozenset[str]
    accrued: int | None
    average_net_assets: Fraction | None
    sweep_in_turnover: bool = False
    changes: tuple[Footnote, ...] = ()
    previous_benchmark: str = ""
    own_address: str = ""
    mix_bps: Mapping[str, int] = field(default_factory=dict)
    blend_parts: Mapping[str, str] = field(default_factory=dict)


def check_option(facts: OptionFacts, evidence: OptionEvidence | None, rules: Rulebook, on: date) -> tuple[Finding, ...]:
    """All checks of one option as of the document date ``on``. A fixed-return option needs no evidence."""
    profile = facts.profile
    found = [
        *words.check_stated(profile),
        *words.check_kind_of_return(facts),
        *words.check_page_items(facts),
        *words.check_address(profile, evidence.own_address if evidence else ""),
    ]
    if profile.return_type is ReturnType.VARIABLE and evidence is not None and facts.returns is not None:
        found += _performance(facts, evidence, rules, on)
        found += _costs(facts, evidence, rules, on)
        found += words.check_class(profile.key, evidence.class_in_force, profile.key)
        first, last = min(span[0] for span in facts.returns.spans if span) if any(facts.returns.spans) else on, on
        found += words.check_footnotes(profile.key, evidence.changes, facts.footnotes, first, last)
    return tuple(found)


def _performance(facts: OptionFacts, evidence: OptionEvidence, rules: Rulebook, on: date) -> list[Finding]:
    about, values, shown = facts.profile.key, evidence.values, facts.returns
    assert shown is not None  # the caller looked
    needed = returns.needed_dates(shown.as_of, values.inception) if values.inception <= shown.as_of else ()
    found = list(returns.check_series(about, values.unit_values, needed, rules, on))
    if any(one.level is Level.BLOCK for one in found):
        return found
    found += returns.check_periods(about, shown, performance(values.unit_values, values.inception, shown.as_of))
    measured = facts.measured
    benchmark = measured.benchmark if measured else None
    found += returns.check_primary(about, benchmark, facts.profile.affiliates, rules, on)
    if measured is None:
        return found
    found += returns.check_benchmark_dates(about, shown, measured.returns)
    found += returns.check_benchmark_change(about, evidence.previous_benchmark, measured)
    if values.blend is not None:
        starts = {
            reset for span in shown.spans if span for reset in reset_dates(span[0], span[1], values.blend.months)[:-1]
        }
        blend = values.blend
        found += returns.check_blend(about, blend.schedule, sorted(starts), rules, on)
        found += returns.check_blend_levels(
            about, blend.name, blend.components, blend.schedule, shown.spans, blend.months
        )  # fmt: skip
        latest = weights_in_force(blend.schedule, on)
        if evidence.mix_bps and latest is not None:
            found += returns.check_blend_mix(about, _by_part(latest, evidence.blend_parts), evidence.mix_bps, rules, on)
    return found


def _by_part(weights: BlendWeights, parts: Mapping[str, str]) -> BlendWeights:
    """The weights summed by what their components stand for; a component without a part stands for itself."""
    total: dict[str, int] = {}
    for key, weight in weights.weights:
        part = parts.get(key, key)
        total[part] = total.get(part, 0) + weight
    return BlendWeights(weights.since, tuple(total.items()))


def _costs(facts: OptionFacts, evidence: OptionEvidence, rules: Rulebook, on: date) -> list[Finding]:
    about, expenses = facts.profile.key, facts.expenses
    printed = expenses.percent_bps if expenses else None
    found = list(costs.check_total(about, expenses, printed, on))
    found += costs.check_told_once(about, evidence.fees)
    if expenses is None:
        return found
    found += costs.check_per_thousand(about, expenses.percent_bps, expenses.per_thousand_cents)
    found += costs.check_underlying(about, expenses, evidence.funds_held, evidence.fees)
    found += costs.check_current_rate(about, expenses, rules, on)
    found += costs.check_waivers(about, expenses)
    if evidence.accrued is not None and evidence.average_net_assets is not None:
        found += costs.check_against_ledger(about, expenses, evidence.accrued, evidence.average_net_assets, rules, on)
    part_year = facts.turnover is not None and not facts.turnover.whole_year  # the page labels it by itself
    found += costs.check_turnover(about, facts.turnover, part_year, evidence.sweep_in_turnover)
    return found


def check_plan(
    plan: PlanFacts,
    offered: Iterable[str],
    held: Iterable[str],
    wording: Iterable[Wording],
    approvals: Iterable[Approval],
    fee_example: str,
) -> tuple[Finding, ...]:
    """The checks of a plan's chart as a whole: dates, names, contact, completeness, wording, one page an option."""
    on = plan.document_date
    addresses = [one.profile.web_address for one in plan.options]
    repeated = {address for address in addresses if addresses.count(address) > 1}
    found = [
        *returns.check_as_of(plan.plan, on, plan.as_of),
        *words.check_names(plan.plan, (one.profile for one in plan.options)),
        *words.check_contact(plan.plan, plan.contact, on),
        *words.check_all_options(plan, offered, held),
        *words.check_wording(plan.plan, wording, approvals, fee_example, on),
    ]
    for one in plan.options:
        if one.profile.web_address in repeated:
            found += words.check_address(one.profile, others=[one.profile.web_address])
    return tuple(found)


def may_be_published(findings: Iterable[Finding]) -> bool:
    """True when no finding blocks."""
    return all(one.level is not Level.BLOCK for one in findings)
