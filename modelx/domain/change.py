"""A change of models or overrides: what a person proposes, another approves, and a load then brings to the book.

It may touch many models and plans at once (a fund replaced everywhere is one change, with one preview), and is told as
one canonical text, so that what was drafted, previewed and approved is the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.model_portfolio import TargetVersion
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule


class ChangeKind(Enum):
    """What a change is about."""

    MODEL = "MODEL"  # a version of one model
    REPLACE = "REPLACE"  # one security for another, everywhere
    REVERT = "REVERT"  # the weights of an older version again
    CANCEL = "CANCEL"  # a scheduled version does not come
    OVERRIDE = "OVERRIDE"  # a plan's departure from its model
    OVERRIDE_END = "OVERRIDE_END"


class ChangeState(Enum):
    """How far a change has come."""

    DRAFT = "DRAFT"
    PREVIEWED = "PREVIEWED"
    APPROVED = "APPROVED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Change:
    """Target versions and override rules to come; a version without weights cancels the one of its date.

    ``first_day`` is the first day on which anything of it is felt.
    """

    kind: ChangeKind
    title: str
    first_day: date
    versions: tuple[TargetVersion, ...] = ()
    rules: tuple[OverrideRule, ...] = ()

    def to_text(self) -> str:
        """The change as canonical JSON: the same change is the same text."""
        content = {
            "kind": self.kind.value,
            "title": self.title,
            "first_day": self.first_day.isoformat(),
            "versions": [_version_out(one) for one in sorted(self.versions, key=lambda v: (v.model, v.effective))],
            "rules": [_rule_out(one) for one in sorted(self.rules, key=lambda r: (str(r), r.last_day()))],
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Change:
        """The change a text tells."""
        content = json.loads(text)
        versions = tuple(_version_in(one) for one in content["versions"])
        rules = tuple(_rule_in(one) for one in content["rules"])
        first_day = date.fromisoformat(content["first_day"])
        return cls(ChangeKind(content["kind"]), content["title"], first_day, versions, rules)


def content_hash(text: str) -> str:
    """SHA-256 (hex) of a change's canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _version_out(version: TargetVersion) -> dict[str, Any]:
    return {
        "model": version.model,
        "number": version.number,
        "effective": version.effective.isoformat(),
        "weights": [[ticker, weight] for ticker, weight in version.weights],
        "memo": version.memo,
    }


def _version_in(content: Mapping[str, Any]) -> TargetVersion:
    weights = tuple((ticker, weight) for ticker, weight in content["weights"])
    effective = date.fromisoformat(content["effective"])
    return TargetVersion(content["model"], content["number"], effective, weights, memo=content["memo"])


def _rule_out(rule: OverrideRule) -> dict[str, Any]:
    return {
        "plan": rule.plan,
        "model": rule.model,
        "kind": rule.kind.name,
        "ticker": rule.ticker,
        "start": rule.start.isoformat(),
        "end": None if rule.end is None else rule.end.isoformat(),
        "to_ticker": rule.to_ticker,
        "weight": rule.weight,
        "exclude_to": rule.exclude_to.name,
        "on_expiry": rule.on_expiry.name,
        "reason": rule.reason,
        "reviewed": rule.reviewed,
    }


def _rule_in(content: Mapping[str, Any]) -> OverrideRule:
    return OverrideRule(
        plan=content["plan"],
        model=content["model"],
        kind=OverrideKind[content["kind"]],
        ticker=content["ticker"],
        start=date.fromisoformat(content["start"]),
        end=None if content["end"] is None else date.fromisoformat(content["end"]),
        to_ticker=content["to_ticker"],
        weight=content["weight"],
        exclude_to=ExcludeTo[content["exclude_to"]],
        on_expiry=OnExpiry[content["on_expiry"]],
        reason=content["reason"],
        reviewed=content["reviewed"],
    )
