"""What the application's own connection may not write of changes, approvals and rule-made versions."""

from tests.store.attacks import POSTGRESQL, REFUSED, SQLITE, Attack

A_DRAFT = "INSERT INTO change_draft VALUES (1, 'MODEL', 'a title', '{}', 'a hash', '', 'Ana', 5)"
A_PREVIEW = "INSERT INTO change_preview VALUES (1, 1, 'a hash', '{}', 1, 1, 5)"


def inserts(name: str, *statements: str, outcome: str) -> Attack:
    return Attack(f"the application: {name}", "as_application", statements, outcome, SQLITE + POSTGRESQL)


WHAT_NOBODY_MAY_WRITE_OF_CHANGES = (
    inserts(
        "an approval by its maker",
        A_DRAFT,
        A_PREVIEW,
        "INSERT INTO change_approval VALUES (1, 1, 'a hash', 'Ana', 'ANA', '', 1, 5)",
        outcome=REFUSED,
    ),
    inserts(
        "an approval of no draft",
        "INSERT INTO change_approval VALUES (7, 7, 'a hash', 'Ana', 'Carl', '', 1, 5)",
        outcome=REFUSED,
    ),
    inserts(
        "an approval for a load that is something else",
        A_DRAFT,
        A_PREVIEW,
        "INSERT INTO change_approval VALUES (1, 1, 'a hash', 'Ana', 'Carl', '', 1, 5)",
        outcome="changes",
    ),
    inserts("a draft that is not what was hashed", A_DRAFT, outcome="changes"),
    inserts("a draft of nobody", A_DRAFT.replace("'Ana'", "''"), outcome=REFUSED),
    inserts(
        "a cancellation without a reason",
        A_DRAFT,
        "INSERT INTO change_cancellation VALUES (1, 'Ana', '', 5)",
        outcome=REFUSED,
    ),
    inserts(
        "a decision of a series that is not there",
        "INSERT INTO series_decision VALUES (20790, 1, 'Nowhere', 20789, 1, "
        '\'{"decision":null,"model":"GRW60","weights":[]}\', \'\', 1, 5)',
        outcome="series",
    ),
    inserts("a glide path under an old load", "INSERT INTO glide_path VALUES ('P', 1, 1, 1, 5, 999)", outcome="loads"),
    inserts(
        "a series under an old load", "INSERT INTO series VALUES ('S', 1, 0, 0, '', '', '', '', 999)", outcome="loads"
    ),
    inserts(
        "a tactical rule under an old load",
        "INSERT INTO tactical_rule VALUES ('R', 1, 5, 0, 0, 0, 'P', 999)",
        outcome="loads",
    ),
    inserts(
        "a rule's equity under an old load", "INSERT INTO tactical_equity VALUES ('R', 1, 1, 999)", outcome="loads"
    ),
    inserts(
        "a manager under an old load",
        "INSERT INTO manager VALUES ('M', 1, 0, '', '', '', '', NULL, NULL, 999)",
        outcome="loads",
    ),
    inserts("a plan's list under an old load", "INSERT INTO eligibility VALUES (1, 1, 1, 1, 999)", outcome="loads"),
)
