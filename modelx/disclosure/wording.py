"""The required statements and the approvals of their wording, frozen by hash.

A template is approved as it stands, by its SHA-256; changing a letter leaves it unapproved (DIA-040). The texts are our
own plain-English paraphrase (``spec/disclosure.md`` 6); a firm's counsel approves them, or its own, once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from urllib.parse import urlsplit

from modelx.domain.errors import InvalidInput

_NAMES = re.compile(r"\{([a-z_]+)\}")
REQUIRED_KEYS = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
FEE_EXAMPLE_ADDRESS = (
    "https://www.dol.gov/agencies/ebsa/about-ebsa/our-activities/resource-center/publications/a-look-at-401k-plan-fees"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A statement's template; ``{names}`` are filled in when it is printed. The hash is of the template."""

    key: str
    template: str

    @property
    def sha256(self) -> str:
        """The hash that an approval names."""
        return sha256(self.template.encode()).hexdigest()

    def filled(self, values: Mapping[str, str]) -> str:
        """The printed sentence. Raises :class:`InvalidInput` for a name that has no value, or a brace that names none.

        A template is a text of the book: only ``{name}`` means something in it.
        """
        unknown = [name for name in _NAMES.findall(self.template) if name not in values]
        if unknown:
            raise InvalidInput(f"statement {self.key} needs {unknown[0]!r}, which was not given")
        bare = _NAMES.sub("", self.template)
        if "{" in bare or "}" in bare:
            raise InvalidInput(f"statement {self.key}: braces stand around a name, as in {{plan_name}}, or nowhere")
        return _NAMES.sub(lambda found: values[found[1]], self.template)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which wording, and from when it may be used."""

    key: str
    sha256: str
    approved_by: str
    on: date


HOUSE_WORDING = (
    Wording("R1", "Past performance does not necessarily show how an option will perform in the future. "
                  "Your investment in any of these options could lose money."),
    Wording("R2", "Fees and expenses are only one of several things to consider when you decide how to invest."),
    Wording("R3", "Over time, the combined effect of fees and expenses can substantially reduce the growth of your "
                  "retirement savings. The Department of Labor shows an example of this long-term effect at "
                  "{fee_example}."),
    Wording("R4", "More information about each option, and more recent information, is available at the web address "
                  "shown for it."),
    Wording("R5", "You can have a free paper copy of the information on the website. Ask {contact_name}, "
                  "{contact_address}, {contact_phone}."),
    Wording("R6", "{plan_name}. This document is dated {document_date}."),
    Wording("R7", "The glossary at the end explains the investment words used here, to help you understand and compare "
                  "the options."),
    Wording("R8", "Some of the plan's administrative expenses were paid from the operating expenses of one or more of "
                  "the plan's options, for example through revenue sharing, 12b-1 fees or sub-transfer-agent fees."),
    Wording("R9", "An index is a yardstick. It cannot be bought, and its returns bear no fees or expenses."),
    Wording("R12", "If you do not choose how to invest, your contributions go to {default_option}. You may move to any "
                   "other option of the plan at any time the plan allows; the other options are at {options_address}."),
)  # fmt: skip

# In use from the first day of the simulated firm. A real firm replaces these rows with its counsel's.
HOUSE_APPROVALS = tuple(
    Approval(key, digest, "house text; counsel's approval is outstanding", date(2020, 1, 1))
    for key, digest in (
        ("R1", "0c90ef0da9b588c34de2b795621345f94cb6e7be15b0904ebb4057ccd3752f59"),
        ("R2", "ed5208a8fc318a96de9be67e18bc858af5133dcc57e031b7e436009e5542366e"),
        ("R3", "416d2cdfef322f867ead01a3165c3447ea45b53464be0a4498cd0558d6ed4e56"),
        ("R4", "079b607167f6b95aac15e66bc2727da662871ecaec6bed1205925956282c08d1"),
        ("R5", "b41f3ad59697e0efb6e6327cdfc313eb760fd0fa7286d10705614797a119405f"),
        ("R6", "6ebf8738b132786e7e891e20c70bcde8993e1860e0819ddefa705c28f2eb97f5"),
        ("R7", "a7dab4c3fcae3139933af2f54e0ff65eb1f188e3354330a5393144d86b2ca125"),
        ("R8", "f81c4f3042bdf3727856385246efdb765bf836349d84fc6aff6356d392d8e966"),
        ("R9", "7d652420a6f5b49a1116adc36179f22ee5fffd9561e90d5c1d84afacae4b9507"),
        ("R12", "86be2da1730ea4055f38e9bfd0f433feb1519b79913d740269f22bf2066a9d72"),
    )
)


def unapproved(wording: Iterable[Wording], approvals: Iterable[Approval], on: date) -> tuple[str, ...]:
    """Why the statements may not be printed on ``on``: missing keys or unapproved text."""
    texts = {one.key: one for one in wording}
    granted = {(approval.key, approval.sha256) for approval in approvals if approval.on <= on}
    reasons = [f"{key} is missing" for key in REQUIRED_KEYS if key not in texts]
    reasons += [
        f"{one.key}: this wording (hash {one.sha256[:12]}) was not approved by {on}"
        for one in texts.values()
        if (one.key, one.sha256) not in granted
    ]
    return tuple(reasons)


def is_fee_example_address(address: str) -> bool:
    """True for an https address at dol.gov, where R3's example must be."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == "dol.gov" or host.endswith(".dol.gov"))
