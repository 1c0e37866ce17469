"""Failures of the helpers here say what was compared, as those of tests do."""

import pytest

pytest.register_assert_rewrite("tests.stateful.agreement", "tests.stateful.three_books")
