"""Where a plan's chart, its options' pages and its default notice stand on the public site: stable, one each.

An edition that was superseded stays beside the current one, its number behind a dot: ``acme/grow-a`` and
``acme/grow-a.1``. The same depth for both keeps every relative link of a published file right in either place.
"""

import re
from urllib.parse import urlsplit

from modelx.domain.errors import InvalidInput

DEFAULT_NOTICE = "default-option"
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """``text`` as a part of an address: small letters, digits and hyphens. Raises when nothing is left."""
    found = _NOT_PLAIN.sub("-", text.lower()).strip("-")
    if not found:
        raise InvalidInput(f"{text!r} has no letter or digit to make an address of")
    return found


def chart_place(plan: str) -> str:
    """The folder of a plan's chart."""
    return slug(plan)


def option_place(plan: str, option: str) -> str:
    """The folder of an option's page: its model and class letter, or its ticker."""
    return f"{slug(plan)}/{slug(option.removeprefix(f'{plan}/'))}"


def default_place(plan: str) -> str:
    """The folder of a plan's default notice."""
    return f"{slug(plan)}/{DEFAULT_NOTICE}"


def edition_place(place: str, version: int) -> str:
    """The folder where edition ``version`` stays for good."""
    return f"{place}.{version}"


def address(base: str, place: str) -> str:
    """The web address of a place. ``base`` is https and ends with a slash, else :class:`InvalidInput`."""
    parts = urlsplit(base)
    if parts.scheme != "https" or not parts.hostname or not base.endswith("/"):
        raise InvalidInput(f"the site's base address must be https and end with a slash, not {base!r}")
    return f"{base}{place}/"
