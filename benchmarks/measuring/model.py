"""The model itself: citizen-steps a second, the building of a population, and one step of the page.

A citizen-step is one citizen's affect towards all powers moved by one month, with everything that a month of the
shipped baseline brings: all channels, elites, protest, demography, recording. Whole years are measured, so that each
has its turn of the year, in which generations and seats of the elite change. Members of the education pipeline move,
too, and are not counted. What a year takes hardly depends on which year it is.
"""

from __future__ import annotations

from functools import cache

from measuring.rounds import Beside, Case, Clock, Take
from spsim.config import Scenario, load
from spsim.model import threads
from spsim.model.simulation import Simulation

COUNTRIES = 5
MONTHS = 12
SIZES = {"1k": 1_000, "10k": 10_000, "20k": 20_000, "100k": 100_000, "1M": 1_000_000}
YEARS = {"1k": 5, "10k": 3, "20k": 3}
"""Years of one measurement where one alone would be over too soon."""

ROUNDS = {"1M": 3}

BYTES_A_STEP = 111
"""Bytes that a citizen-step has to move, from which follows what memory allows."""


def baseline(citizens: int) -> Scenario:
    """Return the shipped baseline with so many citizens in all five countries together."""
    return load("baseline", overrides={"citizens": citizens // COUNTRIES}).scenario


class Years:
    """A simulation of the baseline that is run year by year, and begins again at its end."""

    def __init__(self, citizens: int) -> None:
        self.citizens = citizens
        self._scenario = baseline(citizens)
        self._simulation = Simulation(self._scenario)

    def run(self, years: int, clock: Clock) -> float:
        """Run some years and return how long that took on a clock; a new start is not counted."""
        months = MONTHS * years
        if self._simulation.step_number + months > self._simulation.world.clock.steps:
            self._simulation = Simulation(self._scenario)
        begun = clock()
        self._simulation.run(until=self._simulation.step_number + months)
        return clock() - begun

    def rate(self, years: int, clock: Clock) -> float:
        """Run some years and return citizen-steps a second."""
        return MONTHS * years * self.citizens / self.run(years, clock)


@cache
def years_of(citizens: int) -> Years:
    """Return the one simulation that all cases of a size run on; measured are steps, whichever years they fall in."""
    return Years(citizens)


def _steps(size: str, count: int, clock: Clock) -> Take:
    simulated, years = years_of(SIZES[size]), YEARS.get(size, 1)

    def take() -> float:
        with threads.use(count):
            return simulated.rate(years, clock)

    take()  # compiled, and all memory touched
    return take


def _build(citizens: int, clock: Clock) -> Take:
    scenario = baseline(citizens)
    Simulation(baseline(1000))

    def take() -> float:
        begun = clock()
        Simulation(scenario)
        return clock() - begun

    return take


def _page_step(citizens: int, clock: Clock) -> Take:
    """Return what measures one month of a session: the step, and the numbers that the page's first tab reads."""
    from spsim.app.session import Session

    session = Session(baseline(citizens))

    def month() -> None:
        session.step()
        now = session.view.snapshot
        for power in now.powers:
            for outcome in ("approval", "elite_approval", "divergence"):
                now.outcome(outcome, "CA5", power)
            for country in now.countries:
                now.outcome("approval", country, power)
        now.moved("CA5")

    def take() -> float:
        if session.view.snapshot.step + MONTHS > session.view.snapshot.clock.steps:
            session.reset()
        begun = clock()
        for _ in range(MONTHS):
            month()
        return 1e3 * (clock() - begun) / MONTHS

    take()
    return take


def _page_draw(clock: Clock) -> Take:
    """Return what measures the four charts of the page's first tab, as text."""
    from spsim.app.session import Session
    from spsim.viz.svg import channels, opinion, world

    session = Session(baseline(1000))
    session.step(20 * MONTHS)

    def take() -> float:
        session.step()  # a snapshot keeps what was read of it once
        now = session.view.snapshot
        begun = clock()
        world.difference_map(now, "CA5", width=460)
        opinion.approval_chart(now, "CA5", None, width=480, height=350)
        channels.moved_chart(now, "CA5", width=460)
        opinion.gap_chart(now, "CA5", None, width=480, height=380)
        return 1e3 * (clock() - begun)

    take()
    return take


def cases(counts: tuple[int, ...], clock: Clock) -> list[Case]:
    """Return the cases of this module."""
    found = []
    for size, citizens in SIZES.items():
        for n in counts:
            on = "one thread" if n == 1 else f"{n} threads"
            beside = [
                Beside("peer/mesa", "times plain Mesa"),
                Beside(f"machine/copy/{n}", "of what memory allows", 1e9 / BYTES_A_STEP),
                Beside("machine/score", "in 1,000 turns of the CPU score", 1e3),
            ]
            if n > 1:
                beside.insert(0, Beside(f"steps/{size}/1", "times one thread"))
            found.append(Case(
                f"steps/{size}/{n}", f"baseline, {citizens:,} citizens, {on}", "citizen-steps/s",
                lambda size=size, n=n: _steps(size, n, clock), tuple(beside), ROUNDS.get(size, 5), quick=size != "1M",
            ))
    for size in ("10k", "100k"):
        found.append(Case(
            f"page/{size}", f"one step of the page, {SIZES[size]:,} citizens", "ms",
            lambda size=size: _page_step(SIZES[size], clock), (Beside("page/draw", "times the charts"),),
        ))
    found.append(Case("page/draw", "the four charts of the page's first tab", "ms", lambda: _page_draw(clock),
                      (Beside("page/10k", "times a step at 10,000"),)))
    found.append(Case("build/100k", "population built, 100,000 citizens", "s", lambda: _build(100_000, clock)))
    found.append(Case("build/1M", "population built, 1,000,000 citizens", "s", lambda: _build(1_000_000, clock),
                      (Beside("build/100k", "times 100,000 citizens"),), rounds=3, quick=False))
    return found
