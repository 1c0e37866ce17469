"""The files of families of models (series, glide paths, tactical rules), of their managers, and of plans' own lists.

``manager`` is the name that models.csv gives, ``payee`` that of its fee in fees.csv. A plan that stands in
``eligibility.csv`` may hold what it lists with Y, and nothing else; one that does not sets no limit.
"""

from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.files.book_format import FileFormat, choice, code, day, flag, text, weight, whole_number

MONTHS_MOST = 1_200

FAMILY_FILES = (
    FileFormat(
        "series.csv",
        (
            text("series", optional=False),
            choice("kind", codes.SeriesKind),
            choice("holds", codes.SeriesHolds, blank=int(codes.SeriesHolds.MIXED)),
            code("glide_path", optional=True),
            text("roll_months"),
            code("tactical_rule", optional=True),
            text("notes"),
        ),
    ),
    FileFormat(
        "glide_paths.csv",
        (code("glide_path"), whole_number("months", MONTHS_MOST, low=-MONTHS_MOST), code("ticker"), weight("weight")),
    ),
    FileFormat(
        "tactical_rules.csv",
        (
            code("tactical_rule"),
            whole_number("window_sessions", 1_000, low=2),
            weight("fall_max"),
            weight("rise_max"),
            weight("move_min", blank=0),
            code("defensive_path"),
        ),
    ),
    FileFormat("tactical_equity.csv", (code("tactical_rule"), code("ticker"))),
    FileFormat(
        "managers.csv",
        (
            text("manager", optional=False),
            choice("kind", codes.ManagerKind),
            text("style"),
            code("payee", optional=True),
            day("reviewed_on", blank=MISSING),
            text("reviewed_by"),
            day("next_review", blank=MISSING),
            text("notes"),
        ),
    ),
    FileFormat("eligibility.csv", (code("plan"), code("ticker"), flag("allowed", blank=1))),
)
