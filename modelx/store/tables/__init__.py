"""Every table of the schema. Importing this package registers them all on the shared metadata."""

from modelx.store.tables import (
    change,
    dated_inputs,
    disclosure,
    disclosure_inputs,
    family_inputs,
    inputs,
    ledger,
    night,
    trading,
)
from modelx.store.tables.metadata import metadata

__all__ = [
    "change",
    "dated_inputs",
    "disclosure",
    "disclosure_inputs",
    "family_inputs",
    "inputs",
    "ledger",
    "metadata",
    "night",
    "trading",
]
