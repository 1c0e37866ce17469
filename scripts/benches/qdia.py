"""The evaluator at scale: a million participants against five options, 5,000 style analyses, ten million streamed.

Losses are compared with products of W (1M x 19) and a 19 x 19 matrix, timed in the same run, of equal floating-point
work. Two counts of that work are given: of the textbook form, one product for each variance that Appendix 1 asks for
(the ideal's, and by option T, L1, L2 and the matched ideal's: 1 + 4 x 5 = 21), which is the target's; and of the
operations that the rearranged form still does. Style analysis is compared with quadprog in a loop, and with cvxpy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from modelx.evaluator.bulk_losses import bulk_split
from modelx.evaluator.decomposition import SplitRules
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.evaluator.style import style_fit
from modelx.files.qdia_options import read_options

CLASSES, OPTIONS, PREMIUM = 19, 5, 0.055
RATIO_MAX, STYLE_RATIO_MAX, CVXPY_LEAST, GROWTH_MAX, MEMORY_GROWTH_MAX = 5.0, 1.0, 50.0, 1.3, 1.25
TEXTBOOK_PRODUCTS = 1 + 4 * OPTIONS
PLAN = Path(__file__).resolve().parents[2] / "fixtures" / "paper_plan"
_REPEATS = 5


def run(scale: str) -> dict[str, Any]:
    """Return figures, targets and whether they are met; ``scale``: ``full``, or ``quick`` (a fifth, and no cluster)."""
    full = scale == "full"
    figures = losses(1_000_000 if full else 200_000)
    figures |= styles(5_000 if full else 1_000, 40 if full else 10)
    figures |= streams((10_000, 100_000, 1_000_000, 10_000_000) if full else (10_000, 100_000, 300_000))
    targets = {
        "ratio_to_equal_products": RATIO_MAX,
        "style_ratio_to_quadprog": STYLE_RATIO_MAX,
        "style_times_faster_than_cvxpy": CVXPY_LEAST,
        "stream_time_growth": GROWTH_MAX,
        "stream_memory_growth": MEMORY_GROWTH_MAX,
    }
    met = all(
        figures[name] >= limit if name == "style_times_faster_than_cvxpy" else figures[name] <= limit
        for name, limit in targets.items()
    )
    return {"name": "qdia", "figures": figures, "targets": targets, "met": met}


def losses(count: int) -> dict[str, Any]:
    """Seconds of the losses with their split, and of the products, turn and turn about."""
    ideal, bins, held, age = population(count)
    markets, detail, out = default_markets(), default_detail_map(), np.empty_like(ideal)
    threads = os.cpu_count() or 1

    def work() -> object:
        rules = SplitRules()
        return bulk_split(ideal, bins, held, markets, PREMIUM, rules, age=age, detail=detail, threads=threads)

    def product() -> object:
        return np.matmul(ideal, markets.covariance, out=out)

    ours, one = best_of(work, product)
    tracemalloc.start()
    result = bulk_split(ideal, bins, held, markets, PREMIUM, SplitRules(), age=age, detail=detail)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {
        "participants": count,
        "options": OPTIONS,
        "losses_seconds": round(ours, 3),
        "losses_peak_mb_beside_the_weights": round(peak),
        "weights_mb": round(ideal.nbytes / 2**20),
        "one_product_seconds": round(one, 4),
        "ratio_to_equal_products": round(ours / (TEXTBOOK_PRODUCTS * one), 2),
        "ratio_to_products_of_the_operations_done": round(ours / (operations_done() * one), 2),
        "share_of_losses_below_1_bp": round(float((result.total < 1).mean()), 4),
    }


def operations_done() -> float:
    """Floating-point operations a participant of the rearranged form, in products of 2 x 19 x 19."""
    projections, inner_products = 2 * CLASSES**2, 6 * 2 * CLASSES
    by_option = CLASSES + 2 * CLASSES + 2 * 2 * CLASSES + 45
    return (projections + inner_products + 4 * CLASSES + 40 + OPTIONS * by_option) / (2 * CLASSES**2)


def population(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ideals of a made-up plan, the four series of the paper's plan by vintage, and one that fits it: small losses."""
    source = np.random.default_rng(20_180_131)
    age = source.integers(20, 76, count).astype(np.float64)
    level = np.clip(np.interp(age, [20, 75], [0.93, 0.35]) + source.normal(0, 0.1, count), 0.05, 0.99)
    series = [one for one in read_options(PLAN, default_markets()) if one.weights is not None]
    portfolios = [one.weights for one in series if one.weights is not None]
    middle = 2083.0 - np.arange(2010, 2060, 5)
    fitted = default_detail_map().weights(middle, np.interp(middle, [20, 75], [0.93, 0.35]))
    held = np.stack([*portfolios, fitted], axis=1)
    bins = np.clip((5 * np.floor((2083 - age) / 5 + 0.5) - 2010) / 5, 0, 9).astype(np.int64)
    return default_detail_map().weights(age, level), bins, held, age


def styles(funds: int, by_cvxpy: int) -> dict[str, Any]:
    """Seconds of the batch, of quadprog called in a loop on the same matrices, and of a few by cvxpy."""
    import cvxpy  # a test extra
    import quadprog  # a test extra

    source = np.random.default_rng(1)
    factors = source.normal(size=(60, CLASSES)) @ default_markets().root.T / np.sqrt(12)
    mixes = source.dirichlet(np.full(CLASSES, 0.3), size=funds)
    returns = mixes @ factors.T + 0.002 * source.normal(size=(funds, 60))
    centred = factors - factors.mean(axis=0)
    scale = float(np.square(centred).sum() / CLASSES)
    gram, cross = centred.T @ centred / scale, (returns - returns.mean(axis=1, keepdims=True)) @ centred / scale
    limits, bounds = np.vstack([np.ones(CLASSES), np.eye(CLASSES)]).T.copy(), np.append(1.0, np.zeros(CLASSES))

    def loop() -> object:
        return [quadprog.solve_qp(gram, linear, limits, bounds, 1)[0] for linear in cross]

    ours, theirs = best_of(lambda: style_fit(returns, factors), loop)
    start = time.perf_counter()
    for fund in returns[:by_cvxpy]:
        weights = cvxpy.Variable(CLASSES, nonneg=True)
        misfit = cvxpy.sum_squares((fund - fund.mean()) - centred @ weights)
        cvxpy.Problem(cvxpy.Minimize(misfit), [cvxpy.sum(weights) == 1]).solve()
    slow = (time.perf_counter() - start) / by_cvxpy * funds
    return {
        "style_funds": funds,
        "style_seconds": round(ours, 4),
        "style_ratio_to_quadprog": round(ours / theirs, 2),
        "style_times_faster_than_cvxpy": round(slow / ours, 0),
        "style_worst_kkt_residual": float(f"{style_fit(returns, factors).kkt.max():.1e}"),
    }


def streams(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Whole evaluations to Parquet, each in a process of its own: seconds by a million, and peak memory."""
    measured = {size: _stream(size) for size in sizes}
    before, last = sizes[-2], sizes[-1]
    figures: dict[str, Any] = {}
    for size, (seconds, megabytes) in measured.items():
        figures[f"stream_{size}_seconds"] = round(seconds, 2)
        figures[f"stream_{size}_peak_mb"] = round(megabytes)
    by_one = {size: seconds / size for size, (seconds, _) in measured.items()}
    figures["stream_time_growth"] = round(by_one[last] / by_one[before], 2)
    figures["stream_memory_growth"] = round(measured[last][1] / measured[before][1], 2)
    return figures


def best_of(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """The fewest seconds of each, run in turn so that both see the same machine."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(_REPEATS):
        for place, work in enumerate((one, other)):
            start = time.perf_counter()
            work()
            seconds[place].append(time.perf_counter() - start)
    return min(seconds[0]), min(seconds[1])


def _stream(size: int) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-m", __name__, str(size)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return float(found["seconds"]), float(found["megabytes"])


def _evaluate_stream(size: int) -> None:
    """Evaluate a made-up plan in this process and print seconds and peak memory."""
    from modelx.evaluator.engine import best_available
    from modelx.evaluator.evaluation import Settings
    from modelx.evaluator.reference_population import reference_population
    from modelx.files.qdia_results import open_results
    from modelx.services.qdia_evaluate import BLOCK_ROWS, Inputs, ParticipantBlock, evaluate_plan

    markets, detail = default_markets(), default_detail_map()
    options = tuple(read_options(PLAN, markets))[:OPTIONS]
    settings = Settings(as_of=2018.0, threads=os.cpu_count() or 1)
    inputs = Inputs("BENCH", options, markets, detail, best_available(detail), settings)
    rows = [min(BLOCK_ROWS, size - first) for first in range(0, size, BLOCK_ROWS)]
    blocks = (
        ParticipantBlock(number, reference_population(count, 5, number), np.arange(count, dtype=np.float64))
        for number, count in enumerate(rows)
    )
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        evaluate_plan(inputs, blocks, open_results(Path(folder), {}))
        seconds = time.perf_counter() - start
    # The kernel's own high-water mark of this process: ru_maxrss would remember the parent's.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(json.dumps({"seconds": seconds, "megabytes": int(status["VmHWM"].split()[0]) / 1024}))


if __name__ == "__main__":
    _evaluate_stream(int(sys.argv[1]))
