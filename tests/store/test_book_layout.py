"""The declared files, the layouts that store them and the tables agree, column for column."""

import pytest

from modelx.files.book_files import BOOK
from modelx.files.book_format import TEXT_KINDS
from modelx.store.book_layout import BY_FILE, LAYOUTS
from modelx.store.load_records import HASHED_TABLES
from modelx.store.tables import dated_inputs, disclosure_inputs, family_inputs, inputs, metadata, trading
from modelx.store.versions import table_named, text_columns

OWN_COLUMNS = {"load_id", "line"}
GIVEN_BY_THE_INTAKE = {"rk_order": {"id", "priced_on_earliest"}}


def test_every_file_has_a_layout_and_they_come_in_the_same_order():
    assert [file.name for file in BOOK] == [layout.file for layout in LAYOUTS]


@pytest.mark.parametrize("file", BOOK, ids=lambda file: file.name)
def test_every_column_of_a_file_is_stored_and_every_stored_column_comes_from_one(file):
    layout = BY_FILE[file.name]
    table = table_named(layout.table)
    sleeve = layout.sleeve or ()
    named = {one.column: one.stored for one in layout.named}
    stored = {named.get(c.name, layout.stored_name(c.name)): c for c in file.columns if c.name not in sleeve}
    expected = set(stored) | ({"sleeve_id"} if sleeve else set()) | OWN_COLUMNS
    assert {column.name for column in table.columns} == expected | GIVEN_BY_THE_INTAKE.get(layout.table, set())
    for name, column in stored.items():
        assert layout.file_name(name) == column.name or column.name in named
        is_text = column.kind in TEXT_KINDS and column.name not in named
        assert (name in text_columns(table)) == is_text, name
    assert set(layout.file_key) <= set(file.names)
    assert {*layout.key, "load_id"} == {column.name for column in table.primary_key} or layout.table == "rk_order"


def test_every_input_table_is_append_only_and_hashed_into_its_load():
    ours = {
        table.name
        for module in (inputs, dated_inputs, disclosure_inputs, family_inputs)
        for table in vars(module).values()
        if getattr(table, "metadata", None) is metadata
    }
    ours |= {trading.fill.name, trading.trade_decision.name}  # the night writes the other tables beside them
    assert ours - {"load"} == set(HASHED_TABLES)
    assert all(metadata.tables[name].info["append_only"] for name in ours)
