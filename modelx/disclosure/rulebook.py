"""The rows of the house rulebook: ``spec/disclosure.md`` sections 1, 3, 4, 8, 9 and 10, with their evidence tags.

To change a rule, end its row and add one with a new ``since``. A row whose ``source`` names only secondary pages or
memory is configuration: it decides dates and tolerances, and its citation is never printed.
"""

from datetime import date

from modelx.disclosure.requirements import Evidence, Requirement, Rulebook, Status

P, S, M, D, C = Evidence.PRIMARY, Evidence.SECONDARY, Evidence.MEMORY, Evidence.DESIGN, Evidence.COUNSEL
FORCE, PROPOSED, FLAG = Status.IN_FORCE, Status.PROPOSED, Status.FLAG
NOT_IN_AMENDMENT = "The 14-month wording was seen quoted; that the direct final rule was not withdrawn is from memory."

NOTICE_DATES = (
    Requirement("annual_months", 12, FORCE, M, "29 CFR 2550.404a-5(h)(1)", "1", until=date(2015, 6, 16)),
    Requirement("annual_months", 14, FORCE, P, "80 FR 14301", "P8, S8a", date(2015, 6, 17), note=NOT_IN_AMENDMENT),
    Requirement("annual_alert_months", 12, FORCE, D, "", "8", note="Warn two months before the limit."),
    Requirement("quarterly_months", 3, FORCE, M, "29 CFR 2550.404a-5(h)(2)", "8"),
    Requirement("change_notice_earliest_days", 90, FORCE, M, "29 CFR 2550.404a-5(c)(1)(ii)", "8"),
    Requirement("change_notice_latest_days", 30, FORCE, S, "29 CFR 2550.404a-5(c)(1)(ii)", "S4"),
    Requirement("mapping_earliest_days", 60, FORCE, P, "29 U.S.C. 1104(c)(4)(C)", "P35"),
    Requirement("mapping_latest_days", 30, FORCE, P, "29 U.S.C. 1104(c)(4)(C)", "P35"),
    Requirement("web_performance_months", 3, FORCE, S, "29 CFR 2550.404a-5(d)(1)(v)(E)", "S2"),
    Requirement("web_lag_days", 30, FORCE, D, "", "15e", note="Time to refresh the page after a quarter ends."),
    Requirement("web_archive_months", 12, FORCE, M, "29 CFR 2520.104b-31", "8", note="Or until superseded."),
    Requirement("blackout_business_days", 3, FORCE, M, "29 U.S.C. 1021(i)", "5a"),
    Requirement("paper_statement_yearly", 1, PROPOSED, S, "SECURE 2.0 section 338", "S30c", date(2026, 2, 25)),
)

FIGURES = (
    Requirement("percent_decimals", 2, FORCE, P, "Form N-1A, General Instructions (older edition)", "P20"),
    Requirement("annualize_minimum_years", 1, FORCE, D, "", "C5", note="GIPS bars annualising below a year (S24)."),
    Requirement("unit_value_gap_business_days", 5, FORCE, D, "", "DIA-003"),
    Requirement("broad_index_overall_market", 1, FORCE, P, "SEC staff, Tailored Shareholder Reports FAQ", "P23",
                date(2024, 7, 24), note="Binds registered funds; we follow the same reading for unit classes."),
    Requirement("allow_blend_as_primary", 0, FLAG, P, "RIN 1210-AC26, Fall 2024 agenda", "P14",
                note="SECURE 2.0 section 318 tells the Department to amend its rule; no issued rule was found."),
    Requirement("blend_reset_months", 12, FLAG, P, "RIN 1210-AC26, Fall 2024 agenda", "P14"),
    Requirement("blend_mix_tolerance_bps", 500, FORCE, D, "", "DIA-015"),
    Requirement("recompute_tolerance_tenth_bps", 5, FORCE, D, "", "DIA-007"),
    Requirement("fee_change_footnote_bps", 5, FORCE, D, "", "DIA-024"),
    Requirement("ledger_tolerance_bps", 1, FORCE, D, "", "DIA-025"),
    Requirement("fund_ratio_gross", 1, FORCE, C, "", "5", note="Gross prospectus ratio of underlying funds."),
    Requirement("class_carries_history", 0, FORCE, C, "", "14.3", note="A class born of an override starts afresh."),
    Requirement("target_date_block", 0, PROPOSED, P, "RIN 1210-AB38 (2010)", "P32", note="Never finalised, we think."),
    Requirement("selection_memo_section", 0, PROPOSED, S, "91 FR 16088, RIN 1210-AC38", "S31", date(2026, 3, 31),
                note="Six factors: performance, fees, liquidity, valuation, benchmark, complexity."),
)  # fmt: skip

DEFAULT_OPTION = (
    Requirement("qdia_notice_days", 30, FORCE, M, "29 CFR 2550.404c-5(c)(3)", "Q10"),
    Requirement("qdia_fee_free_days", 90, FORCE, S, "29 CFR 2550.404c-5(c)(5)", "S18"),
    Requirement("qdia_preservation_days", 120, FORCE, S, "29 CFR 2550.404c-5(e)(4)(iv)", "S19, S18b"),
    Requirement("qdia_transfer_months", 3, FORCE, S, "29 CFR 2550.404c-5(c)(5)(i)", "S18"),
    Requirement("qdia_sponsor_liability", 1, FORCE, P, "Field Assistance Bulletin 2008-03, Q1", "P16"),
)

PROVIDERS = (
    Requirement("provider_threshold_dollars", 1_000, FORCE, S, "29 CFR 2550.408b-2(c)(1)", "S26b"),
    Requirement("provider_change_days", 60, FORCE, M, "29 CFR 2550.408b-2(c)(1)", "8"),
    Requirement("schedule_c_threshold_dollars", 5_000, FORCE, S, "Form 5500 Schedule C", "S26b, S27c"),
    Requirement("schedule_c_separate_account_eligible", 1, FORCE, P, "Schedule C FAQ, question 3", "P27"),
)

HOUSE_RULES = Rulebook((*NOTICE_DATES, *FIGURES, *DEFAULT_OPTION, *PROVIDERS))
