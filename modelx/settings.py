"""Settings from the environment (``MODELX_...``). Secrets and tolerances live there, never in the code."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from modelx.domain.finding import Level
from modelx.domain.night_policy import AFTER_PUBLICATION, ALWAYS_STOPS, DEFAULT_LEVELS, RATE, NightPolicy


class Settings(BaseSettings):
    """What an installation may set. Every field is an environment variable with the prefix ``MODELX_``.

    ``levels`` changes how severe a check is, as ``C-UVMOVE=HOLD,C-LADDER=INFO``. Tolerances are fractions.
    ``night_time`` and ``early_close_time`` are New York times, ``HH:MM``, at which `modelx schedule run` runs a
    session's night (before noon: the next morning); ``schedule_store`` is the file in which it keeps its alarms.
    """

    model_config = SettingsConfigDict(env_prefix="MODELX_", extra="ignore")

    migration_url: str | None = None
    price_tolerance: Decimal | None = Field(default=None, ge=0, le=1)
    stale_sessions: int | None = Field(default=None, ge=0, le=250)
    source_tolerance: Decimal | None = Field(default=None, ge=0, le=1)
    order_share: Decimal | None = Field(default=None, ge=0, le=1)
    unit_value_move: Decimal | None = Field(default=None, ge=0, le=1)
    fee_rate_max: Decimal | None = Field(default=None, ge=0, le=1)
    slippage: Decimal | None = Field(default=None, ge=0, le=Decimal("0.1"))
    trade_approval: Literal["STANDING", "MANUAL"] = "STANDING"
    levels: str = ""
    night_time: str = "18:30"
    early_close_time: str = "15:30"
    schedule_store: Path | None = None

    @field_validator("levels")
    @classmethod
    def _known_levels(cls, value: str) -> str:
        for part in filter(None, value.split(",")):
            code, _, level = part.partition("=")
            if code not in DEFAULT_LEVELS or level not in Level.__members__ or level == Level.REFUSE.value:
                raise ValueError(
                    f"{part!r} is not CODE=LEVEL with a code of {', '.join(DEFAULT_LEVELS)} and a level of "
                    "INFO, WARN, HOLD, BLOCK"
                )
            stops = Level(level) in {Level.HOLD, Level.BLOCK}
            if code in ALWAYS_STOPS and not stops:
                raise ValueError(f"{code} always stops a sleeve: its level is HOLD or BLOCK")
            if code in AFTER_PUBLICATION and stops:
                raise ValueError(f"{code} is judged after publication: its level is INFO or WARN")
        return value

    def policy(self) -> NightPolicy:
        """The night's policy under these settings."""
        levels = dict(DEFAULT_LEVELS)
        for part in filter(None, self.levels.split(",")):
            code, _, level = part.partition("=")
            levels[code] = Level(level)
        fractions = {
            name: int(value * RATE)
            for name in (
                "price_tolerance",
                "source_tolerance",
                "order_share",
                "unit_value_move",
                "fee_rate_max",
                "slippage",
            )
            if (value := getattr(self, name)) is not None
        }
        manual = self.trade_approval == "MANUAL"
        return NightPolicy(levels=levels, stale_sessions=self.stale_sessions, manual_trading=manual, **fractions)
