"""Edits past every guard, which is back in place afterwards: only the data can tell."""

from tests.store.attacks import FINE, POSTGRESQL, SQLITE, Attack
from tests.store.forged_rows import A_STRIKE, LAST_BATCH, PLAN_A_CASH, PLAN_B_CASH


def quiet(name: str, *statements: str, outcome: str, dialects: tuple[str, ...] = SQLITE + POSTGRESQL) -> Attack:
    return Attack(f"quietly: {name}", "quietly", statements, outcome, dialects)


WHAT_ONLY_THE_DATA_CAN_TELL = (
    quiet("an amount", "UPDATE transfer SET amount = amount + 1 WHERE id = 5", outcome="hash-chain"),
    quiet(
        "the last amount",
        "UPDATE transfer SET amount = amount + 1 WHERE id = (SELECT max(id) FROM transfer)",
        outcome="hash-chain",
    ),
    quiet(
        "a transfer turned round",
        "UPDATE transfer SET debit_id = credit_id, credit_id = debit_id WHERE id = 5",
        outcome="hash-chain",
    ),
    quiet(
        "a transfer's commodity",
        "UPDATE transfer SET commodity_id = (SELECT max(id) FROM commodity) WHERE id = 1",
        outcome="transfers",
    ),
    quiet(
        "money from one sleeve to another",
        f"UPDATE transfer SET debit_id = {PLAN_B_CASH} WHERE debit_id = {PLAN_A_CASH}",
        outcome="transfers",
    ),
    quiet("a transfer gone", "DELETE FROM transfer WHERE id = 5", outcome="journals"),
    quiet(
        "a whole journal gone",
        "DELETE FROM transfer WHERE journal_id = 4",
        "DELETE FROM journal WHERE id = 4",
        outcome="hash-chain",
    ),
    quiet(
        "the last journal gone",
        "DELETE FROM transfer WHERE journal_id = (SELECT max(id) FROM journal)",
        "DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)",
        outcome="hash-chain",
    ),
    quiet(
        "two transfers swapped",
        "UPDATE transfer SET id = -5 WHERE id = 5",
        "UPDATE transfer SET id = 5 WHERE id = 6",
        "UPDATE transfer SET id = 6 WHERE id = -5",
        outcome="hash-chain",
    ),
    quiet(
        "two journals swapped",
        "UPDATE journal SET id = -4 WHERE id = 4",
        "UPDATE journal SET id = 4 WHERE id = 5",
        "UPDATE journal SET id = 5 WHERE id = -4",
        outcome="hash-chain",
    ),
    quiet("a journal's kind", "UPDATE journal SET kind = 7 WHERE id = 4", outcome="hash-chain"),
    quiet(
        "a journal's date", "UPDATE journal SET business_date = business_date - 1 WHERE id = 4", outcome="hash-chain"
    ),
    quiet(
        "a journal's settlement", "UPDATE journal SET settles_on = settles_on + 1 WHERE id = 4", outcome="hash-chain"
    ),
    quiet("a journal's source", "UPDATE journal SET source_id = source_id + 1 WHERE id = 4", outcome="hash-chain"),
    quiet(
        "a journal that claims one transfer more",
        "UPDATE journal SET n_transfer = n_transfer + 1 WHERE id = 4",
        outcome="journals",
    ),
    quiet(
        "a journal that begins elsewhere",
        "UPDATE journal SET first_transfer = first_transfer + 1 WHERE id = 4",
        outcome="journals",
    ),
    quiet("a journal in another batch", "UPDATE journal SET batch_id = batch_id + 1 WHERE id = 4", outcome="journals"),
    quiet("a journal made a reversal", "UPDATE journal SET reverses_id = 1 WHERE id = 4", outcome="journals"),
    quiet("a batch's hash", "UPDATE batch SET hash = {hash} WHERE id = 5", outcome="hash-chain"),
    quiet("the last batch's hash", f"UPDATE batch SET hash = {{hash}} WHERE id = {LAST_BATCH}", outcome="hash-chain"),
    quiet("a batch's link", "UPDATE batch SET prev_hash = {hash} WHERE id = 5", outcome="batches"),
    quiet("a batch's count", "UPDATE batch SET n_journal = n_journal + 1 WHERE id = 5", outcome="hash-chain"),
    quiet("a batch's instant", "UPDATE batch SET recorded_at = recorded_at + 1 WHERE id = 5", outcome="instants"),
    quiet("the genesis instant", "UPDATE batch SET recorded_at = recorded_at + 1 WHERE id = 0", outcome="instants"),
    quiet(
        "a batch gone with all that is in it",
        "DELETE FROM transfer WHERE journal_id IN (SELECT id FROM journal WHERE batch_id = 5)",
        "DELETE FROM journal WHERE batch_id = 5",
        "DELETE FROM idempotency WHERE batch_id = 5",
        "DELETE FROM batch WHERE id = 5",
        outcome="batches",
    ),
    quiet(
        "an account's day",
        "UPDATE account SET opened_on = opened_on + 1 WHERE owner_id = 1 AND chart = 1000",
        outcome="accounts",
    ),
    quiet(
        "an account's commodity",
        "UPDATE account SET commodity_id = (SELECT max(id) FROM commodity) WHERE owner_id = 1 AND chart = 1000",
        outcome="accounts",
    ),
    quiet("an account gone", "DELETE FROM account WHERE owner_id = 1 AND chart = 1000", outcome="transfers"),
    quiet("a key", "UPDATE idempotency SET key = 'other' WHERE batch_id = 3", outcome="idempotency"),
    quiet("a key's request", "UPDATE idempotency SET request_hash = {hash} WHERE batch_id = 3", outcome="idempotency"),
    quiet("a key gone", "DELETE FROM idempotency WHERE batch_id = 3", outcome="idempotency"),
    quiet("a step's hash", "UPDATE step_run SET hash = {hash} WHERE id = 20", outcome="steps"),
    quiet("a step's input", "UPDATE step_run SET input_hash = {hash} WHERE id = 20", outcome="steps"),
    quiet("a step's output", "UPDATE step_run SET output_hash = {hash} WHERE id = 20", outcome="steps"),
    quiet("a step's name", "UPDATE step_run SET name = 'publish' WHERE id = 20", outcome="steps"),
    quiet("a step's batch", "UPDATE step_run SET batch_id = NULL WHERE batch_id = 5", outcome="steps"),
    quiet("a step's instant", "UPDATE step_run SET recorded_at = recorded_at + 1 WHERE id = 20", outcome="instants"),
    quiet("a step gone", "DELETE FROM step_run WHERE id = 20", outcome="steps"),
    quiet(
        "a run's instant",
        "UPDATE cycle_run SET started_at = started_at + 1 WHERE business_date = 20782",
        outcome="instants",
    ),
    quiet(
        "a run's policy", "UPDATE cycle_run SET policy = policy || ' ' WHERE business_date = 20782", outcome="outputs"
    ),
    quiet("a run that saw less", "UPDATE cycle_run SET load_horizon = 1 WHERE business_date = 20788", outcome="runs"),
    quiet("a run gone", "DELETE FROM cycle_run WHERE business_date = 20782", outcome="steps"),
    quiet("a run that saw more", "UPDATE cycle_run SET load_horizon = 9 WHERE business_date = 20782", outcome="runs"),
    quiet("a session gone", "DELETE FROM market_session WHERE business_date = 20782", outcome="runs"),
    quiet("a session more", "INSERT INTO market_session VALUES (20783, 960)", outcome="runs"),
    *(
        quiet(
            f"a strike's {name}", f"UPDATE unit_value SET {name} = {name} + 1 WHERE {A_STRIKE}", outcome="unit-values"
        )
        for name in (
            *("unit_value", "net_assets", "units", "market_value", "cash", "receivables", "payables"),
            *("accrued_fees", "opening_net_assets", "version", "run"),
        )
    ),
    quiet(
        "a strike that foots",
        f"UPDATE unit_value SET market_value = market_value + 2583405780, net_assets = net_assets + 2583405780, "
        f"unit_value = unit_value + 100000 WHERE {A_STRIKE}",
        outcome="unit-values",
    ),
    quiet("a strike gone", f"DELETE FROM unit_value WHERE {A_STRIKE}", outcome="unit-values"),
    quiet(
        "the last strike gone",
        "DELETE FROM unit_value WHERE business_date = 20788 AND sleeve_id = 1",
        outcome="closings",
    ),
    quiet("a hold made a warning", "UPDATE finding SET level = 'WARN' WHERE level = 'HOLD'", outcome="outputs"),
    quiet("a finding's words", "UPDATE finding SET detail = 'nothing to see' WHERE id = 1", outcome="outputs"),
    quiet("a finding gone", "DELETE FROM finding WHERE id = 1", outcome="findings"),
    quiet("the last finding gone", "DELETE FROM finding WHERE id = (SELECT max(id) FROM finding)", outcome="outputs"),
    quiet("a checker under another spelling", "UPDATE release SET checker = upper(maker)", outcome="releases"),
    quiet("a release's reason", "UPDATE release SET reason = 'another'", outcome="runs"),
    quiet("a release's maker", "UPDATE release SET maker = 'Somebody Else'", outcome="runs"),
    quiet("a release gone", "DELETE FROM release", outcome="runs"),
    *(
        quiet(
            f"a priced order's {name}",
            f"UPDATE order_outcome SET {name} = {name} + 1 WHERE order_id = 2",
            outcome="outcomes",
        )
        for name in ("units", "amount", "unit_value", "settles_on", "run")
    ),
    quiet(
        "a priced order rejected", "UPDATE order_outcome SET status = 'REJECTED' WHERE order_id = 2", outcome="outcomes"
    ),
    quiet(
        "a rejected order priced", "UPDATE order_outcome SET status = 'PRICED' WHERE order_id = 6", outcome="outcomes"
    ),
    quiet(
        "a rejection's reason", "UPDATE order_outcome SET reason_code = 'CLOS' WHERE order_id = 6", outcome="outputs"
    ),
    quiet(
        "a rejected order waiting",
        "UPDATE order_outcome SET status = 'AS_OF_PENDING' WHERE order_id = 6",
        outcome="outputs",
    ),
    quiet("a rejection gone", "DELETE FROM order_outcome WHERE order_id = 6", outcome="outputs"),
    quiet("an outcome gone", "DELETE FROM order_outcome WHERE order_id = 2", outcome="outcomes"),
    quiet(
        "a price", "UPDATE price SET price = price + 1 WHERE business_date = 20782 AND security_id = 1", outcome="loads"
    ),
    quiet("a price gone", "DELETE FROM price WHERE business_date = 20782 AND security_id = 1", outcome="loads"),
    quiet("an order", "UPDATE rk_order SET qty = qty + 1 WHERE id = 2", outcome="loads"),
    quiet("a proposed trade's shares", "UPDATE proposed_trade SET shares = shares + 1", outcome="outputs"),
    quiet("a proposed trade turned round", "UPDATE proposed_trade SET side = 1 - side", outcome="outputs"),
    quiet("a proposed trade's sleeve", "UPDATE proposed_trade SET sleeve_id = 1", outcome="outputs"),
    quiet("a proposed trade gone", "DELETE FROM proposed_trade WHERE security_id = 4", outcome="outputs"),
    quiet("a proposal's cash", "UPDATE proposal SET cash_after = cash_after + 1", outcome="outputs"),
    quiet("a proposal's trigger", "UPDATE proposal SET triggers = 1", outcome="outputs"),
    quiet("a proposal gone", "DELETE FROM proposal", outcome="outputs"),
    quiet("what was left undone", "UPDATE untraded SET reason = 5", outcome="outputs"),
    quiet("what was left undone gone", "DELETE FROM untraded", outcome="outputs"),
    quiet("a fill's price", "UPDATE fill SET price = price + 1", outcome="loads"),
    quiet("a fill gone", "DELETE FROM fill", outcome="loads"),
    quiet("a decision's checker", "UPDATE trade_decision SET checker = 'Somebody Else'", outcome="loads"),
    quiet("a decision about another plan", "UPDATE trade_decision SET plan_id = 1", outcome="loads"),
    quiet("a decision gone", "DELETE FROM trade_decision", outcome="loads"),
    quiet("a merger's ratio", "UPDATE corporate_event SET ratio = ratio * 10", outcome="loads"),
    quiet("a merger into another", "UPDATE corporate_event SET to_security_id = 1", outcome="loads"),
    quiet("a merger gone", "DELETE FROM corporate_event", outcome="loads"),
    quiet("an in-kind transfer's shares", "UPDATE in_kind_transfer SET shares = shares + 1", outcome="loads"),
    quiet("an in-kind transfer of another sleeve", "UPDATE in_kind_transfer SET sleeve_id = 1", outcome="loads"),
    quiet("an in-kind transfer of nothing known", "UPDATE in_kind_transfer SET security_id = 99", outcome="orphans"),
    quiet("a load's hash", "UPDATE load SET hash = {hash} WHERE id = 1", outcome="loads"),
    quiet(
        "the last load gone",
        "DELETE FROM price WHERE load_id = 2",
        "DELETE FROM load_file WHERE load_id = 2",
        "DELETE FROM load WHERE id = 2",
        outcome="runs",
    ),
    quiet("a ticker", "UPDATE security SET ticker = 'OTHER' WHERE id = 1", outcome="loads"),
    quiet("a closing", "UPDATE closing SET columns = {hash} WHERE business_date = 20788", outcome="closings"),
    quiet(
        "an older closing in the place of the newest",
        "UPDATE closing SET columns = (SELECT columns FROM closing WHERE business_date = 20784) "
        "WHERE business_date = 20788",
        outcome="closings",
    ),
    quiet(
        "a closing of no step", "UPDATE closing SET step_run_id = 9999 WHERE business_date = 20788", outcome="orphans"
    ),
    quiet("the newest closing removed", "DELETE FROM closing WHERE business_date = 20788", outcome=FINE),
    quiet("every closing removed", "DELETE FROM closing", outcome=FINE),
)
