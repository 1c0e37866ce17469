"""Participants to Parquet, in the columns that :mod:`modelx.files.participants` reads."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from modelx.evaluator.participants import Participants
from modelx.files.participants import NUMBERS, TEXTS


def write_participants(path: Path, plan: str, blocks: Iterable[Participants]) -> None:
    """Write blocks one after another; missing numbers are nulls, missing texts empty."""
    writer: pyarrow.parquet.ParquetWriter | None = None
    try:
        for people in blocks:
            table = _table(plan, people)
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _table(plan: str, people: Participants) -> pa.Table:
    numbers = {}
    for name in NUMBERS:
        column = getattr(people, name)
        numbers[name] = pa.array(column, pa.float64(), mask=np.isnan(column))
    texts = {name: pa.array(getattr(people, name).tolist(), pa.string()) for name in TEXTS}
    ids = pa.array(people.id.tolist(), pa.string())
    return pa.table({"plan": pa.array([plan] * len(people), pa.string()), "participant": ids, **numbers, **texts})
