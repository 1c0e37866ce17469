"""Statements that forge rows of the audited book's ledger: where its next ids are, and what they look like."""

PLAN_A_CASH = "(SELECT id FROM account WHERE owner_id = 1 AND chart = 1000)"
PLAN_A_UNITS = "(SELECT id FROM account WHERE owner_id = 1 AND chart = 6000)"
PLAN_B_CASH = "(SELECT id FROM account WHERE owner_id = 2 AND chart = 1000)"
PLAN_B_UNITS = "(SELECT id FROM account WHERE owner_id = 2 AND chart = 6000)"
NEXT_TRANSFER = "(SELECT max(id) + 1 FROM transfer)"
NEXT_JOURNAL = "(SELECT max(id) + 1 FROM journal)"
NEXT_BATCH = "(SELECT max(id) + 1 FROM batch)"
LAST_BATCH = "(SELECT max(id) FROM batch)"
LAST_STEP = "(SELECT max(id) FROM step_run)"
A_STRIKE = "business_date = 20782 AND sleeve_id = 1"  # plan A on 25 November


def transfer(debit: str, credit: str, amount: str, commodity: str = "1", journal: str = "1") -> str:
    return f"INSERT INTO transfer SELECT {NEXT_TRANSFER}, {journal}, {debit}, {credit}, {commodity}, {amount}"


def journal(n_transfer: str = "1", reverses: str = "NULL", after: int = 0) -> str:
    return (
        f"INSERT INTO journal SELECT {NEXT_JOURNAL} + {after}, {LAST_BATCH}, 1, 20788, 20788, 0, {NEXT_TRANSFER}, "
        f"{n_transfer}, {reverses}"
    )


def batch(prev_hash: str, new_hash: str = "{hash}") -> str:
    return f"INSERT INTO batch SELECT {NEXT_BATCH}, {prev_hash}, {new_hash}, {NEXT_JOURNAL}, 0, {NEXT_TRANSFER}, 0, 5"


def release(level: str, checker: str = "Carl") -> str:
    first = f"(SELECT min(id) FROM finding WHERE level = '{level}')"
    return f"INSERT INTO release SELECT max(id) + 1, {first}, 'because', 'Ana', '{checker}', 5 FROM release"
