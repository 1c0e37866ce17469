"""Losses and their split for a million participants at once: :mod:`decomposition` rearranged for speed.

Participants who hold the same portfolios (the same vintages of every option) form a bin. A bin's rows are laid out in
tiles of 512, one contiguous row of memory an asset class, so that every product is a small one on the processor's own
memory. With R the root of the covariance, each ideal is projected once, in three parts (real assets, other equities,
bonds): z = zr + zo + zb. Then, for an option whose projection is y,

    T  ~ |z - y|^2                                 never y'y - 2y'z + z'z, which cancels
    x - m = -(z - y) - da*zo - dc*zb               m scales the other equities by 1 + da and the bonds by 1 + dc

and the rest follows from six inner products of the parts. Rows for which that still cancels, or whose ideal lacks
a side, are done again by the definition itself. A row's result does not depend on how many threads or workers there
are: tiles are the same size always, and small enough that one product is never divided.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import BASIS_POINTS, BoolArray, FloatArray, IntArray, as_floats
from modelx.evaluator.decomposition import (
    LEVEL_TOLERANCE,
    DetailAversion,
    MatchedRule,
    SplitRules,
    SubMixSource,
    split_loss,
)
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.utility import capped

TILE_ROWS = 512
TILES_AT_ONCE = 8
REPEATED_AT_ONCE = 16_384
SMALL_LOSS_BP = 1e-6
CANCELLATION = 1e-5


@dataclass(frozen=True, slots=True)
class BulkSplit:
    """Annual basis points (K, N) by option and participant; ``variance`` and ``level`` (N,) of the ideals.

    A participant whose ideal has no variance has NaN losses; the caller reports and counts such rows.
    """

    total: FloatArray
    equity: FloatArray
    variance: FloatArray
    level: FloatArray

    @property
    def detail(self) -> FloatArray:
        """(K, N) what is left of the total."""
        return as_floats(self.total - self.equity)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all tiles share: class order by part, roots of the parts, and each bin's projections and equity levels."""

    order: IntArray
    parts: tuple[slice, slice, slice]
    roots: tuple[FloatArray, FloatArray, FloatArray]
    projected: FloatArray
    levels: FloatArray


@dataclass(frozen=True, slots=True)
class _Tiles:
    """|z - y|^2 of each option (tiles, K, 512); inner products of the parts and levels of the ideals (tiles, 1, 512).

    ``toward_others`` and ``toward_bonds`` (tiles, K, 512) are (z - y)'zo and (z - y)'zb of each option.
    """

    distance: FloatArray
    products: dict[str, FloatArray]
    toward_others: FloatArray
    toward_bonds: FloatArray
    level: FloatArray
    real: FloatArray


def bulk_split(
    ideal: FloatArray,
    bins: IntArray,
    held: FloatArray,
    markets: CapitalMarkets,
    premium: float,
    rules: SplitRules,
    *,
    age: FloatArray | None = None,
    detail: DetailMap | None = None,
    cap_bp: float | None = None,
    threads: int = 1,
) -> BulkSplit:
    """Loss and split of ideals (N, M) against the K portfolios (B, K, M) that each participant's bin holds.

    ``bins`` (N,) are 0 to B-1. Weights sum to one. The results equal :func:`decomposition.split_loss` to 1e-9
    relative. ``threads`` changes the time, never a digit.
    """
    count, options = len(ideal), held.shape[1]
    shape = (options, count)
    result = BulkSplit(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(count), np.zeros(count))
    if count == 0:
        return result
    again = np.zeros((options, count), dtype=np.bool_)
    tiled = rules.sub_mix is SubMixSource.OWN and rules.matched is not MatchedRule.DETAIL_MAP
    layout = _layout(held, markets, rules.matched)

    def work(batch: tuple[IntArray, IntArray]) -> None:
        _evaluate_tiles(ideal, batch, layout, premium, rules.detail_aversion, cap_bp, result, again)

    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        for _ in pool.map(work, _batches(bins, len(held))):
            pass
    if not tiled:
        again[:, result.variance > 0] = True
    for option in range(options):
        repeated = np.flatnonzero(again[option])
        for first in range(0, len(repeated), REPEATED_AT_ONCE):
            rows = repeated[first : first + REPEATED_AT_ONCE]
            split = split_loss(
                ideal[rows],
                held[bins[rows], option],
                markets,
                premium,
                rules,
                age=None if age is None else age[rows],
                detail=detail,
                cap_bp=cap_bp,
            )
            result.total[option, rows] = split.total
            result.equity[option, rows] = split.equity
    return result


def _layout(held: FloatArray, markets: CapitalMarkets, matched: MatchedRule) -> _Layout:
    kept = markets.kept if matched is not MatchedRule.PRO_RATA else np.zeros_like(markets.kept)
    parts = [np.flatnonzero(kept), np.flatnonzero(markets.equity & ~kept), np.flatnonzero(~markets.equity)]
    ends = np.cumsum([len(part) for part in parts])
    return _Layout(
        np.concatenate(parts),
        (slice(0, ends[0]), slice(ends[0], ends[1]), slice(ends[1], ends[2])),
        (markets.root[parts[0]].T.copy(), markets.root[parts[1]].T.copy(), markets.root[parts[2]].T.copy()),
        as_floats(held @ markets.root),
        as_floats(held @ markets.equity),
    )


def _batches(bins: IntArray, bin_count: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Row numbers (tiles * 512) and the bin of each tile, a few tiles at a time; a bin's last tile repeats its row."""
    narrow = np.int16 if bin_count < 2**15 else np.int32  # numpy sorts 16-bit keys by radix
    sorted_rows = np.argsort(bins.astype(narrow), kind="stable")
    sizes = np.bincount(bins, minlength=bin_count)
    tiles = -(-sizes // TILE_ROWS)
    tile_bin = np.repeat(np.arange(bin_count), tiles)
    place = (np.arange(len(tile_bin)) - np.repeat(np.cumsum(tiles) - tiles, tiles)) * TILE_ROWS
    first_row, last_row = (np.cumsum(sizes) - sizes)[tile_bin], sizes[tile_bin] - 1
    within = np.arange(TILE_ROWS)
    for first in range(0, len(tile_bin), TILES_AT_ONCE):
        some = slice(first, first + TILES_AT_ONCE)
        position = np.minimum(place[some, None] + within, last_row[some, None]) + first_row[some, None]
        yield sorted_rows.take(position.ravel()), tile_bin[some]


def _evaluate_tiles(
    ideal: FloatArray,
    batch: tuple[IntArray, IntArray],
    layout: _Layout,
    premium: float,
    aversion: DetailAversion,
    cap_bp: float | None,
    result: BulkSplit,
    again: BoolArray,
) -> None:
    """All options of a few tiles at once; arrays are (tiles, K, 512), or (tiles, 1, 512) where options share them."""
    rows, of_tile = batch
    tiles = _projected(ideal, rows, layout.projected[of_tile], layout)
    products, level, real = tiles.products, tiles.level, tiles.real
    variance = _variance(products, 1.0, 1.0)
    usable = variance > 0
    result.variance[rows] = variance.ravel()
    result.level[rows] = level.ravel()
    factor = BASIS_POINTS * premium / 2
    per_variance = factor / np.where(usable, variance, np.nan)
    sided = (level > LEVEL_TOLERANCE) & (level < 1 - LEVEL_TOLERANCE) & (level - real > LEVEL_TOLERANCE)
    held_level = layout.levels[of_tile][:, :, None]
    possible = sided & (held_level > real)
    others = (held_level - real) / np.where(sided, level - real, np.nan)
    bonds = (1 - held_level) / np.where(sided, 1 - level, np.nan)
    to_level = np.square(held_level - level) * _spread(products, level, sided)
    to_matched, cancels = _to_matched(tiles, variance, others - 1, bonds - 1, to_level)
    against = _variance(products, others, bonds) if aversion is DetailAversion.MATCHED else variance
    total = capped(per_variance * tiles.distance, cap_bp)
    first = to_level * per_variance
    first /= first + factor * to_matched / against
    first *= total
    repeat = usable & (~possible | cancels | (total < SMALL_LOSS_BP) | ~np.isfinite(first))
    for option in range(total.shape[1]):
        result.total[option, rows] = total[:, option].ravel()
        result.equity[option, rows] = first[:, option].ravel()
    for option in np.flatnonzero(repeat.any(axis=(0, 2))).tolist():
        again[option, rows] = repeat[:, option].ravel()


def _projected(ideal: FloatArray, rows: IntArray, held: FloatArray, layout: _Layout) -> _Tiles:
    taken = ideal.take(rows, axis=0, mode="clip").reshape(len(held), TILE_ROWS, -1)
    weights = np.empty((len(held), taken.shape[2], TILE_ROWS))
    for place, column in enumerate(layout.order):
        weights[:, place] = taken[:, :, column]
    real, others, bonds = (
        np.matmul(root, weights[:, part]) for root, part in zip(layout.roots, layout.parts, strict=True)
    )
    products = {
        "rr": _inner(real, real),
        "ro": _inner(real, others),
        "rb": _inner(real, bonds),
        "oo": _inner(others, others),
        "ob": _inner(others, bonds),
        "bb": _inner(bonds, bonds),
    }
    toward_others = products["ro"] + products["oo"] + products["ob"] - np.matmul(held, others)
    toward_bonds = products["rb"] + products["ob"] + products["bb"] - np.matmul(held, bonds)
    in_real = weights[:, layout.parts[0]].sum(axis=1)[:, None]
    in_others = weights[:, layout.parts[1]].sum(axis=1)[:, None]
    real += others
    real += bonds
    distance = np.empty((len(held), held.shape[1], TILE_ROWS))
    for option in range(held.shape[1]):
        np.subtract(real, held[:, option][:, :, None], out=others)
        np.einsum("tjn,tjn->tn", others, others, out=distance[:, option])
    return _Tiles(distance, products, toward_others, toward_bonds, in_real + in_others, in_real)


def _inner(left: FloatArray, right: FloatArray) -> FloatArray:
    return as_floats(np.einsum("tjn,tjn->tn", left, right)[:, None])


def _variance(products: dict[str, FloatArray], others: FloatArray | float, bonds: FloatArray | float) -> FloatArray:
    """Variance of real assets as they are, other equities and bonds scaled."""
    of_others = others * (others * products["oo"] + 2 * products["ro"])
    of_bonds = bonds * (bonds * products["bb"] + 2 * products["rb"] + (2 * others) * products["ob"])
    return as_floats(products["rr"] + of_others + of_bonds)


def _spread(products: dict[str, FloatArray], level: FloatArray, sided: BoolArray) -> FloatArray:
    """Variance of the ideal's own stocks less its own bonds; NaN where it has only one side."""
    stocks = np.where(sided, level, np.nan)
    bonds = 1 - stocks
    of_stocks = products["rr"] + 2 * products["ro"] + products["oo"]
    between = products["rb"] + products["ob"]
    return as_floats(of_stocks / stocks**2 - 2 * between / (stocks * bonds) + products["bb"] / bonds**2)


def _to_matched(
    tiles: _Tiles, variance: FloatArray, others: FloatArray, bonds: FloatArray, to_level: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Variance of the held portfolio less the matched ideal, and where the split is lost in its rounding.

    Rounding is some 1e-15 of ``variance + step``. It matters where both parts, that of the level (``to_level``) and
    this one, are as small as that; a small part beside a large one is known to 1e-12 basis points all the same.
    """
    step = others**2 * tiles.products["oo"] + bonds**2 * tiles.products["bb"]
    cross = others * tiles.toward_others + bonds * (tiles.toward_bonds + others * tiles.products["ob"])
    squared = np.maximum(tiles.distance + step + 2 * cross, 0.0)
    return as_floats(squared), np.asarray(squared + to_level < CANCELLATION * (variance + step), dtype=np.bool_)
