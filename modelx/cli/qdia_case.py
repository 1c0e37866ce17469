"""What every `modelx qdia` command needs: the parameters of an evaluation, and its inputs read from files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from modelx.services.qdia_evaluate import Inputs, Outcome, ParticipantBlock
    from modelx.services.qdia_sample import Sample

Participants = Annotated[Path, Parameter(help="CSV or Parquet file of participants.")]
Options = Annotated[
    tuple[Path, ...],
    Parameter(name="--options", help="Folder with qdia_options.csv and its weights; name several to compare them."),
]
AsOf = Annotated[str, Parameter(name="--as-of", help="Date of the evaluation, YYYY-MM-DD.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Rules:
    """The assumptions and choices of an evaluation.

    Parameters
    ----------
    plan
        Only the rows of this plan.
    covariance
        CSV file of a covariance of the nineteen classes; left out, the shipped set horizon2017_blend.
    premium
        Yearly premium of each participant's own ideal portfolio, a fraction.
    vintage_rule
        Which vintage a target year between two vintages gets.
    cap_bp
        Largest loss a participant counts with; left out, no cap.
    mode
        strict subtracts alpha before fees; paper subtracts it as given.
    by_balance
        Weigh participants by balance.
    planning
        CSV file of a planning schedule. Off when left out: such gains are assumptions, not evidence.
    information_loss
        Charge managed accounts for what the record keeper's data do not say.
    ideal
        Where ideal portfolios come from: best takes what the file supplies and the total-wealth proxy for the rest.
    assumptions
        TOML file that changes the proxy's settings, the rules of the split, or the caps.
    """

    plan: str | None = None
    covariance: Path | None = None
    premium: float = 0.055
    vintage_rule: Literal["nearest", "floor", "ceil", "interpolate"] = "nearest"
    cap_bp: float | None = None
    mode: Literal["strict", "paper"] = "strict"
    by_balance: bool = False
    planning: Path | None = None
    information_loss: bool = False
    ideal: Literal["best", "supplied", "total_wealth"] = "best"
    assumptions: Path | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Run:
    """How the evaluation is run.

    Parameters
    ----------
    results
        Folder for the participants' results; the same command goes on from the blocks it has. Left out, a folder that
        is thrown away.
    engine
        local, or dask over a cluster of processes (an extra). The results are the same to the last bit.
    workers
        Processes of a local dask cluster.
    scheduler
        Address of a running dask scheduler, whose workers share the results folder.
    """

    results: Path | None = None
    engine: Literal["local", "dask"] = "local"
    workers: int = 2
    scheduler: str | None = None


@contextmanager
def refusals() -> Iterator[None]:
    """The evaluator's refusals as the command line's own: exit code 3 with the reason."""
    from modelx.domain.errors import InvalidInput
    from modelx.evaluator.errors import EvaluatorError

    try:
        yield
    except EvaluatorError as cause:
        raise InvalidInput(str(cause)) from cause


def parse_date(text: str) -> date:
    """The date of an ISO text. Raises :class:`InvalidInput`."""
    from modelx.cli.selection import parse_day
    from modelx.domain.days import date_of

    return date_of(parse_day(text))


def year_of(on: date) -> float:
    """A date as a year with a fraction: 1 January 2018 is 2018."""
    first, following = date(on.year, 1, 1), date(on.year + 1, 1, 1)
    return on.year + (on - first).days / (following - first).days


def read_inputs(participants: Path, options: tuple[Path, ...], on: date, rules: Rules, *, threads: int = 1) -> "Inputs":
    """Everything but the participants themselves, checked, with the hash of every file it was read from."""
    from modelx.evaluator.cost_stack import Mode
    from modelx.evaluator.decomposition import SplitRules, SubMixSource
    from modelx.evaluator.engine import Engine, RecordKeeperEngine, best_available
    from modelx.evaluator.evaluation import Settings
    from modelx.evaluator.shipped import default_detail_map, default_markets
    from modelx.evaluator.vintage_map import VintageRule
    from modelx.files.paper_facts import read_capital_markets, read_planning
    from modelx.files.participants import read_participants
    from modelx.files.qdia_assumptions import Assumptions, read_assumptions
    from modelx.files.qdia_options import OPTIONS, VINTAGES, WEIGHTS, read_options
    from modelx.files.qdia_second_views import BY_RETURNS, read_second_views
    from modelx.services.qdia_evaluate import Inputs, plan_mix

    with refusals():
        markets = default_markets() if rules.covariance is None else read_capital_markets(rules.covariance)
        detail = default_detail_map()
        assumed = Assumptions() if rules.assumptions is None else read_assumptions(rules.assumptions)
        best = best_available(detail, assumed.total_wealth)
        engines: dict[str, Engine] = {"best": best, "supplied": best.supplied, "total_wealth": best.proxy}
        engine = engines[rules.ideal]
        mix = None
        if assumed.sub_mix is SubMixSource.PLAN_AVERAGE:
            mix = plan_mix(read_participants(participants, on, rules.plan), engine, markets)
        settings = Settings(
            as_of=year_of(on),
            premium=rules.premium,
            vintage_rule=VintageRule(rules.vintage_rule),
            cap_bp=rules.cap_bp,
            information_cap_bp=assumed.information_cap_bp,
            mode=Mode(rules.mode),
            split=SplitRules(assumed.sub_mix, assumed.matched, assumed.detail_aversion, assumed.two_assets, mix),
            planning=None if rules.planning is None else read_planning(rules.planning),
            by_balance=rules.by_balance,
            threads=threads,
        )
        found = tuple(one for folder in options for one in read_options(folder, markets))
        views = tuple(one for folder in options for one in read_second_views(folder))
    files = (participants, rules.planning, rules.assumptions)
    hashes = {file.name: _digest(file) for file in files if file is not None and file.exists()}
    for folder in options:
        several = f"{folder.name}/" if len(options) > 1 else ""
        for file in (folder / name for name in (OPTIONS, WEIGHTS, VINTAGES, BY_RETURNS)):
            if file.exists():
                hashes[f"{several}{file.name}"] = _digest(file)
    hashes[f"covariance {markets.name}"] = markets.sha256
    default = RecordKeeperEngine(best.proxy) if rules.information_loss else None
    return Inputs(rules.plan or "", found, markets, detail, engine, settings, hashes, default, views)


def evaluate(participants: Path, on: date, given: "Inputs", rules: Rules, run: Run) -> "tuple[Outcome, Sample]":
    """Evaluate the plan with a progress bar; returns the outcome and a sample for further analyses."""
    from modelx.files.participants import read_participants
    from modelx.services.qdia_sample import Sample

    sample = Sample()
    blocks = sample.passing(read_participants(participants, on, rules.plan))
    return _evaluated(participants, on, given, blocks, run), sample


def _evaluated(
    participants: Path, on: date, given: "Inputs", blocks: "Iterator[ParticipantBlock]", run: Run
) -> "Outcome":
    from tempfile import TemporaryDirectory

    from modelx.cli.progress import counting_progress
    from modelx.files.participants import row_count
    from modelx.files.qdia_results import open_results
    from modelx.services.qdia_dask import dask_mapper
    from modelx.services.qdia_evaluate import evaluate_plan, one_after_another

    mapper = one_after_another if run.engine == "local" else dask_mapper(run.scheduler, run.workers)
    rows = row_count(participants) if participants.exists() else None
    with counting_progress("evaluating") as advance, refusals(), TemporaryDirectory() as scratch:
        store = open_results(run.results or Path(scratch), manifest(on, given))
        return evaluate_plan(
            given, blocks, store, mapper, lambda block, done: advance(done, max(rows or 0, done), "evaluating")
        )


def manifest(on: date, given: "Inputs") -> dict[str, object]:
    """What results depend on: input hashes and settings. Two runs with the same manifest have the same results."""
    settings = given.settings
    return {
        "as_of": on.isoformat(),
        "plan": given.plan,
        "inputs": dict(given.hashes),
        "engine": given.engine.name,
        "information_loss": given.default_engine is not None,
        "premium": settings.premium,
        "rf": settings.rf,
        "vintage_rule": settings.vintage_rule.value,
        "cap_bp": settings.cap_bp,
        "mode": settings.mode.value,
        "by_balance": settings.by_balance,
        "planning": settings.planning is not None,
    }


def _digest(path: Path) -> str:
    from hashlib import sha256

    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
