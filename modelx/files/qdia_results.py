"""A folder of results: a Parquet part and a summary a block, and a manifest that says of which inputs.

A block's summary is written last and by rename, so a part without one is computed again. A folder made of other inputs
is refused, never mixed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from modelx.domain.errors import KeyReusedWithDifferentInput
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.evaluation import BlockResult
from modelx.evaluator.participants import Reason
from modelx.evaluator.summary_arrays import from_arrays, to_arrays
from modelx.services.qdia_evaluate import BlockSummary, ParticipantBlock, Rejection

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class ResultFolder:
    """The store of one evaluation; see :func:`open_results`. Small enough to be sent to a worker."""

    path: Path

    def finished(self, number: int) -> BlockSummary | None:
        """The stored summary of a block, or None."""
        file = self._summary(number)
        if not file.exists():
            return None
        with np.load(file, allow_pickle=False) as stored:
            flat = dict(stored)
        examples = json.loads(str(flat.pop("examples")))
        counts = json.loads(str(flat.pop("rejected")))
        others = int(flat.pop("other_plans"))
        return BlockSummary(number, from_arrays(flat), counts, tuple(Rejection(*one) for one in examples), others)

    def save(self, block: ParticipantBlock, result: BlockResult, finished: BlockSummary) -> None:
        """Write the block's participants, the rows that were not used, and then its summary."""
        pyarrow.parquet.write_table(
            _results(block, result), self._part(block.number), compression="zstd", use_dictionary=False
        )
        unused = _not_used(block, result)
        if unused.num_rows:
            pyarrow.parquet.write_table(unused, self.path / f"not_used-{block.number:05d}.parquet", compression="zstd")
        listed = [[one.line, one.participant, one.reason] for one in finished.examples]
        waiting = self.path / f"summary-{block.number:05d}.part.npz"
        np.savez_compressed(
            waiting,
            allow_pickle=False,
            examples=np.array(json.dumps(listed)),
            rejected=np.array(json.dumps(dict(finished.rejected))),
            other_plans=np.array(finished.other_plans),
            **to_arrays(finished.summary),
        )
        waiting.replace(self._summary(block.number))

    def losses(self, option: int) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Total losses of one option and the weights, part by part in the order of blocks."""
        for part in self.parts():
            names = pyarrow.parquet.read_schema(part).names
            name = [one for one in names if one.endswith(".total_bp")][option]
            table = pyarrow.parquet.read_table(part, columns=[name, "weight"])
            yield as_floats(table[name].to_numpy()), as_floats(table["weight"].to_numpy())

    def parts(self) -> list[Path]:
        """The Parquet parts whose summaries were written, in order."""
        numbers = sorted(int(file.stem.removeprefix("summary-")) for file in self.path.glob("summary-?????.npz"))
        return [self._part(number) for number in numbers]

    def _part(self, number: int) -> Path:
        return self.path / f"participants-{number:05d}.parquet"

    def _summary(self, number: int) -> Path:
        return self.path / f"summary-{number:05d}.npz"


def open_results(path: Path, manifest: Mapping[str, Any]) -> ResultFolder:
    """A folder for the results of these inputs: new, or the same evaluation being resumed.

    Raises :class:`KeyReusedWithDifferentInput` where the folder holds the results of others.
    """
    path.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    file = path / MANIFEST
    if not file.exists():
        file.write_text(wanted, encoding="utf-8")
    elif file.read_text(encoding="utf-8") != wanted:
        old = json.loads(file.read_text(encoding="utf-8"))
        moved = sorted(key for key in {*old, *manifest} if old.get(key) != json.loads(wanted).get(key))
        raise KeyReusedWithDifferentInput(
            f"{path} holds the results of other inputs (different: {', '.join(moved)}). Name a new folder."
        )
    return ResultFolder(path)


def _results(block: ParticipantBlock, result: BlockResult) -> pa.Table:
    columns: dict[str, Any] = {
        "line": block.lines[result.rows].astype(np.int64),
        "participant": pa.array(result.id.tolist(), pa.string()),
        "age": result.age,
        "balance": result.balance,
        "weight": result.weight,
        "ideal_equity": result.ideal_equity,
        "ideal_sd": result.ideal_sd,
    }
    for place, option in enumerate(result.options):
        columns |= {
            f"{option}.vintage": result.vintage[place].astype(np.int16),
            f"{option}.held_equity": result.held_equity[place],
            f"{option}.total_bp": result.total[place],
            f"{option}.equity_bp": result.stack.equity_loss[place],
            f"{option}.detail_bp": result.stack.detail_loss[place],
            f"{option}.planning_bp": result.stack.planning_gain[place],
            f"{option}.information_bp": result.stack.information_loss[place],
            f"{option}.gain_bp": result.stack.relative_gain[place],
        }
    return pa.table(columns)


def _not_used(block: ParticipantBlock, result: BlockResult) -> pa.Table:
    lines = [one.line for one in block.rejected]
    names = [one.participant for one in block.rejected]
    reasons = [one.reason for one in block.rejected]
    for row in np.flatnonzero(result.reason):
        lines.append(int(block.lines[row]))
        names.append(str(block.people.id[row]))
        reasons.append(Reason(int(result.reason[row])).name)
    return pa.table({"line": pa.array(lines, pa.int64()), "participant": names, "reason": reasons})
