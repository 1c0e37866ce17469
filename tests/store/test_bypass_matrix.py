"""The bypass matrix (``spec/ledger.md`` 3.4, tests 6 and 7): every attack is refused, or found by ``modelx db check``.

There is no third outcome: an attack that goes through and leaves every check content fails here.
"""

import pytest

from tests.store.attacks import FINE, REFUSED, Attack
from tests.store.conftest import MakeTarget
from tests.store.matrix_application import WHAT_THE_APPLICATION_MAY_NOT_WRITE
from tests.store.matrix_changes import WHAT_NOBODY_MAY_WRITE_OF_CHANGES
from tests.store.matrix_edits import WHAT_ONLY_THE_DATA_CAN_TELL
from tests.store.matrix_stranger import WHAT_A_STRANGER_TRIES

MATRIX = (
    *WHAT_THE_APPLICATION_MAY_NOT_WRITE,
    *WHAT_NOBODY_MAY_WRITE_OF_CHANGES,
    *WHAT_A_STRANGER_TRIES,
    *WHAT_ONLY_THE_DATA_CAN_TELL,
)


@pytest.mark.parametrize(
    ("attack", "dialect"),
    [
        pytest.param(attack, dialect, id=f"{attack.name.strip()}-{dialect}")
        for attack in MATRIX
        for dialect in attack.dialects
    ],
)
def test_an_attack_is_refused_or_found(attack: Attack, dialect: str, make_target: MakeTarget) -> None:
    outcome = attack.run(make_target(dialect))
    if attack.outcome in {REFUSED, FINE}:
        assert outcome == attack.outcome
    else:
        assert attack.outcome in outcome.split(), f"expected {attack.outcome}, the outcome was: {outcome}"
