"""The same random history through SQLite, PostgreSQL and a dictionary-and-Decimal model: every answer agrees.

A history is a chain of operators' acts, each followed by some nights. After every night the unit values, components,
holds, orders, trial balances and positions of the two databases are those of the oracle, their hash chains are equal,
and lists under random combined filters are the whole lists filtered. At the end both databases replay and check out.

``MODELX_HISTORIES`` sets how many histories are drawn (the default fits a minute or two), ``MODELX_HISTORY_ACTS`` how
many acts each may have. A failure prints the acts, the rows they sent, and a blob that repeats it; with
``MODELX_HISTORY_SHRINK=1`` it is first made as short as can be, which takes some minutes.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from modelx.domain.days import day_of
from modelx.services.cycle_verify import verify_nights
from modelx.store.engine import open_engine
from tests.product import fresh_sqlite, with_sessions
from tests.stateful import agreement, desk
from tests.stateful.history import History
from tests.stateful.three_books import ThreeBooks

HISTORIES = int(os.environ.get("MODELX_HISTORIES", "6"))
ACTS = int(os.environ.get("MODELX_HISTORY_ACTS", "25"))
PROFILE = settings(
    max_examples=HISTORIES,
    stateful_step_count=ACTS,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if "MODELX_HISTORY_SHRINK" in os.environ else [])],
)
GENERATORS = st.randoms(use_true_random=False)
NIGHTS = st.sampled_from([1, 1, 0, 2])

Act = Callable[[History, random.Random], None]


class RandomHistory(RuleBasedStateMachine):
    """The acts. Each is followed by ``nights`` nights, so that whichever are drawn, time goes on."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self.databases = databases
        self.folder = Path(tempfile.mkdtemp(prefix="modelx-history-"))
        self.three = ThreeBooks(self.folder / "books", databases.pair(self.folder))
        self.history = History(self.three)
        self.over = False

    @initialize(rng=GENERATORS)
    def begin(self, rng: random.Random) -> None:
        self.history.begin(rng)
        self.pass_night(rng)

    def do(self, act: Act, rng: random.Random, nights: int) -> None:
        """The act, then the nights; and one question at random. Nothing more once a unit value has gone astray."""
        if self.over:
            return
        act(self.history, rng)
        for _ in range(nights):
            if not self.over:
                self.pass_night(rng)
        agreement.ask_at_random(self.three, rng)

    def pass_night(self, rng: random.Random) -> None:
        self.history.run_night(rng)
        agreement.require_agreement(self.three)
        self.over = not agreement.is_sound(self.three.oracle)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def order(self, rng: random.Random, nights: int) -> None:
        self.do(History.send_order, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def order_with_company(self, rng: random.Random, nights: int) -> None:
        for _ in range(2):
            self.do(History.send_order, rng, 0)
        self.do(History.send_trade, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def cancellation(self, rng: random.Random, nights: int) -> None:
        self.do(History.cancel_order, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def order_sent_again(self, rng: random.Random, nights: int) -> None:
        self.do(History.send_order_again, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def trade(self, rng: random.Random, nights: int) -> None:
        self.do(History.send_trade, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def changed_trade(self, rng: random.Random, nights: int) -> None:
        self.do(History.change_trade, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def distribution(self, rng: random.Random, nights: int) -> None:
        self.do(History.announce_distribution, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def changed_distribution(self, rng: random.Random, nights: int) -> None:
        if self.history.sent.get("distributions"):
            self.do(History.change_distribution, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def split(self, rng: random.Random, nights: int) -> None:
        self.do(History.announce_split, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def fees(self, rng: random.Random, nights: int) -> None:
        self.do(desk.change_fees, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def new_sleeve(self, rng: random.Random, nights: int) -> None:
        self.do(desk.start_sleeve, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def ended_sleeve(self, rng: random.Random, nights: int) -> None:
        self.do(desk.end_sleeve, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def closure(self, rng: random.Random, nights: int) -> None:
        self.do(desk.declare_closure, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def price(self, rng: random.Random, nights: int) -> None:
        self.do(desk.correct_price, rng, nights)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def folder_again(self, rng: random.Random, nights: int) -> None:
        self.do(desk.load_again, rng, nights)

    @rule(rng=GENERATORS)
    def bad_folder(self, rng: random.Random) -> None:
        self.do(desk.send_bad_folder, rng, 0)

    @rule(rng=GENERATORS, nights=NIGHTS)
    def release(self, rng: random.Random, nights: int) -> None:
        self.do(desk.release_one, rng, nights)

    @rule(rng=GENERATORS)
    def finished_night_again(self, rng: random.Random) -> None:
        self.three.run_finished_night_again()

    def teardown(self) -> None:
        nights = self.history.nights
        self.databases.tally.update(agreement.what_happened(self.three.oracle))
        try:
            for engine in self.three.engines if nights else ():
                verified = list(verify_nights(engine, day_of(nights[0]), day_of(nights[-1])))
                assert [run for run in verified if run.difference] == []
                assert {run.business_date for run in verified} == {day_of(night) for night in nights}
            if nights:
                agreement.require_sound_databases(self.three)
        finally:
            self.databases.drop(self.three.engines)
            shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Databases:
    """Makes fresh pairs of databases, fast because they need not survive a power cut, and drops them."""

    server: URL
    template: str
    tally: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, server: str) -> Databases:
        databases = cls(make_url(server).set(drivername="postgresql+psycopg"), f"histories_{uuid4().hex}")
        databases.do(f"CREATE DATABASE {databases.template} TEMPLATE modelx_template")
        with_sessions(databases.open_postgresql(databases.template)).dispose()
        return databases

    def do(self, sql: str) -> None:
        owner = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.exec_driver_sql(sql)
        owner.dispose()

    def open_postgresql(self, name: str) -> Engine:
        return open_engine(self.server.set(database=name, username="modelx_app").render_as_string(hide_password=False))

    def pair(self, folder: Path) -> tuple[Engine, Engine]:
        sqlite = fresh_sqlite(folder)
        event.listen(sqlite, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        name = f"history_{uuid4().hex}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        self.do(f"ALTER DATABASE {name} SET synchronous_commit = off")
        return sqlite, self.open_postgresql(name)

    def drop(self, engines: tuple[Engine, Engine]) -> None:
        for engine in engines:
            engine.dispose()
        self.do(f"DROP DATABASE {engines[1].url.database} WITH (FORCE)")


def test_random_histories_agree_on_both_databases_and_the_oracle(postgresql_server: str) -> None:
    databases = Databases.of(postgresql_server)
    run_state_machine_as_test(lambda: RandomHistory(databases), settings=PROFILE)
    for happened, histories in sorted(databases.tally.items()):
        print(f"{histories:6} histories with {happened}")  # pytest -s shows it
