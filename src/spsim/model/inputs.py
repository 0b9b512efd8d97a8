"""What drives the model from outside, month by month: data, budgets, levers and events, as plain arrays.

Here a scenario becomes numbers. The mechanism reads one row a step and knows nothing of files, levers or dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spsim.config import LEVERS, MEDIA_SOURCES, LeverSetting, Scenario, month_index
from spsim.data import YEARS, load_pack
from spsim.data.region import region
from spsim.model import events
from spsim.model.clock import Clock

Floats = NDArray[np.float64]
CHANNELS_WITH_BUDGET = ("media", "culture", "education")
AIDDATA_POWER = "CN"
"""The power whose commitments are recorded."""


@dataclass(frozen=True)
class Inputs:
    """Rows of inputs; the first axis is the step (``at`` takes one row and drops it).

    Axes: C countries, P powers, B channels with a budget, M media sources.
    """

    step: NDArray[np.int64]  # [] its number
    decimal_year: Floats  # []
    gdp: Floats  # [C] bn USD of 2015
    openness: Floats  # [C] 0-1
    internet: Floats  # [C] 0-1
    youth: Floats  # [C] persons of 15-24
    commitments: Floats  # [C, P] bn USD of 2021 a year
    trade: Floats  # [C, P] trade over GDP that stands for exposure
    projected: Floats  # [C] 1 where commitments are not on record
    membership: Floats  # [C, P] 0-1
    budget: Floats  # [C, P, B] index, 1 = full
    adaptive: Floats  # [C, P] share of media and culture budget that follows need
    adaptation: Floats  # [C, P] 0-1
    source_reach: Floats  # [C, M] factor
    scholarships: Floats  # [C, P] factor
    seats: Floats  # [C, P] factor
    demand_support: Floats  # [C, P] factor
    graduate_posts: Floats  # [C, P] factor
    diplomacy: Floats  # [C, P] factor
    hiring_floor: Floats  # [C] share
    transparency: Floats  # [C] share
    border_open: Floats  # [C] share
    heritage_fade: Floats  # [C] per year
    transmission: Floats  # [C] share
    opacity_pin: Floats  # [C], nan = free
    labour_pin: Floats  # [C, P], nan = free
    threat_impulse: Floats  # [C, P] threat per year
    memory_impulse: Floats  # [C, P] affect in this step
    closure: Floats  # [C, P] share closed
    event_anchor: Floats  # [C, P] affect
    security_impulse: Floats  # [C, P] alignment in this step

    def at(self, step: int) -> Inputs:
        """Return the row of one step."""
        row = object.__new__(Inputs)  # without the thirty checks of a frozen class, as it is asked for every month
        vars(row).update({name: rows[step] for name, rows in vars(self).items()})
        return row


def build(scenario: Scenario, clock: Clock) -> Inputs:
    """Return the inputs of every step of a scenario (one row more than steps, for the final date)."""
    return _Builder(scenario, clock).build()


def lever_values(scenario: Scenario, clock: Clock, names: Iterable[str]) -> dict[str, Floats]:
    """Return levers at every date of a scenario, each [steps + 1, C, P]; nan where a pin is free."""
    builder = _Builder(scenario, clock)
    return {name: builder.lever(name) for name in names}


def own_points(scenario: Scenario, variable: str) -> dict[tuple[str, str], dict[int, float]]:
    """Return (power, country) -> year -> value of one variable in the scenario's own data.

    A row without a country holds for every country that has no row of that year itself.
    """
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in sorted(scenario.data, key=lambda row: row.country is not None):  # a country's own rows come last
        if row.variable == variable:
            for country in scenario.run.countries if row.country is None else [row.country]:
                if country in scenario.run.countries:
                    found.setdefault((row.power, country), {})[row.year] = row.value
    return found


def recorded_commitments(scenario: Scenario, years: Iterable[int]) -> Floats:
    """Return commitments on record or filled by the data pack, bn USD of 2021 a year, [years, C, P]."""
    wanted = [int(year) for year in years]
    countries, powers = tuple[str, ...](scenario.run.countries), tuple(scenario.run.powers)
    out = np.zeros((len(wanted), len(countries), len(powers)))
    if AIDDATA_POWER in powers:
        series = load_pack().series["commitments"]
        out[:, :, powers.index(AIDDATA_POWER)] = series.select(countries, wanted)
    for (power, country), points in own_points(scenario, "commitments").items():
        out[:, countries.index(country), powers.index(power)] = [points.get(year, 0.0) for year in wanted]
    return out


class _Builder:
    """Lays levers over data; every method returns arrays with the step first."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self.scenario, self.p = scenario, scenario.parameters
        self.countries, self.powers = tuple(scenario.run.countries), tuple(scenario.run.powers)
        steps = range(clock.steps + 1)
        self.clock = clock
        self.months = np.array([clock.month(step) for step in steps])
        self.years = np.array([clock.year(step) for step in steps])
        self.time = np.array([clock.decimal_year(step) for step in steps])

    def build(self) -> Inputs:
        shocks = events.impulses(self.scenario, self.clock)
        budget, adaptation = self._budget(), self.lever("adaptation")
        budget[..., :2] *= (1 - self.p.adaptation_cost * adaptation)[..., None]  # media and culture are what is adapted
        return Inputs(
            step=np.arange(self.time.size), decimal_year=self.time,
            gdp=self._smooth("gdp"), internet=self._smooth("internet"),
            openness=self.lever("openness")[:, :, 0],
            youth=self._youth(), commitments=self._commitments(), trade=self._trade(), projected=self._projected(),
            membership=self._membership(), budget=budget, adaptive=self.lever("adaptive_allocation"),
            adaptation=adaptation, source_reach=self._source_reach(),
            scholarships=self.lever("scholarships"), seats=self.lever("seats"),
            demand_support=self.lever("demand_support"), graduate_posts=self.lever("graduate_posts"),
            diplomacy=self.lever("diplomacy"), border_open=self.lever("border_open")[:, :, 0],
            hiring_floor=self.lever("local_hiring_floor")[:, :, 0],
            transparency=self.lever("contract_transparency")[:, :, 0],
            heritage_fade=self.lever("heritage_fade")[:, :, 0],
            transmission=self.lever("heritage_transmission")[:, :, 0],
            opacity_pin=self.lever("opacity")[:, :, 0],
            labour_pin=self.lever("foreign_labour_share"),
            threat_impulse=shocks.threat, memory_impulse=shocks.memory, closure=shocks.closure,
            event_anchor=shocks.anchor, security_impulse=shocks.security,
        )

    # levers -----------------------------------------------------------------------------------------------------

    def lever(self, name: str) -> Floats:
        """Return a lever's base with every setting of it laid over; shape [steps, C, P], nan where a pin is free."""
        value = np.broadcast_to(self._base(name), (self.time.size, len(self.countries), len(self.powers))).copy()
        for setting in self.scenario.levers:
            if setting.lever == name:
                self._pull(value, setting)
        return value

    def _base(self, name: str) -> Floats:
        """Return what a lever is where nobody pulls it; it can be broadcast to [steps, C, P]."""
        lever = LEVERS[name]
        if name == "openness":
            return self._series("openness")[:, :, None]
        if name == "adaptation":
            return self.p.over("initial_adaptation", self.powers)[None, None, :]
        if name == "heritage_transmission":
            return self._constant(self.p.transmission)
        if lever.kind == "pin":
            return self._constant(np.nan)
        return self._constant(1.0 if lever.kind == "factor" or lever.base == "1" else 0.0)

    def _pull(self, value: Floats, setting: LeverSetting) -> None:
        """Move the values towards the setting, in a straight line over its ramp."""
        since = (self.months - month_index(setting.from_)) / 12
        on = since >= 0
        if setting.until is not None:
            on &= self.months < month_index(setting.until)
        progress = np.clip(since / setting.ramp_years, 0, 1) if setting.ramp_years else np.ones_like(since)
        share = np.where(on, progress, 0.0)[:, None, None]
        where = np.zeros(value.shape[1:], dtype=bool)
        rows = [self.countries.index(c) for c in setting.countries or self.countries]
        columns = [self.powers.index(setting.power)] if setting.power else range(len(self.powers))
        where[np.ix_(rows, list(columns))] = True
        moved = np.where(share >= 1, setting.to, value + share * (setting.to - value))
        pinned = np.where(share > 0, setting.to, value)  # a pin has no ramp: there is nothing to start from
        target = pinned if LEVERS[setting.lever].kind == "pin" else moved
        value[:, where] = target[:, where]

    # data -------------------------------------------------------------------------------------------------------

    def _constant(self, value: float) -> Floats:
        return np.full((1, 1, 1), value)

    def _series(self, name: str) -> Floats:
        """Return a yearly series, each year's value holding for its months; shape [steps, C]."""
        return load_pack().series[name].select(self.countries, self.years.tolist())

    def _smooth(self, name: str) -> Floats:
        """Return a yearly series read as mid-year values with straight lines between them; shape [steps, C].

        For what grows all the time: a jump of GDP each January would make firms hire in January.
        """
        years = list(YEARS)
        values = load_pack().series[name].select(self.countries, years)
        middle = np.array(years) + 0.5
        return np.stack([np.interp(self.time, middle, column) for column in values.T], axis=1)

    def _youth(self) -> Floats:
        return load_pack().youth(self.countries, self.years.tolist())

    def _commitments(self) -> Floats:
        out = recorded_commitments(self.scenario, self.years)
        if AIDDATA_POWER in self.powers:
            after = np.where(self._projected() > 0, self.p.commitments_after_record, 1.0)
            out[:, :, self.powers.index(AIDDATA_POWER)] *= after
        stopped = self.lever("moratorium")
        return np.asarray(out * self.lever("investment") * (1 - stopped))

    def _trade(self) -> Floats:
        """Return trade over GDP where it stands for a power's exposure; the investment lever scales it."""
        return np.asarray(self.p.over("trade_exposure", self.powers, self.countries) * self.lever("investment"))

    def _projected(self) -> Floats:
        """Return 1 for the years after the last record of commitments; shape [steps, C]."""
        series = load_pack().series["commitments"]
        last = int(series.years[~series.filled.all(axis=1)].max())
        return np.repeat((self.years > last)[:, None], len(self.countries), axis=1).astype(np.float64)

    def _membership(self) -> Floats:
        """Return membership in a power's organisations: the mean over those that the region names.

        A power's without one is what the scenario's own data say: from the year of a row on, 0 before the first.
        """
        out = np.zeros((self.time.size, len(self.countries), len(self.powers)))
        for index, power in enumerate(self.powers):
            if names := [each.id for each in region().organisations if each.power == power]:
                out[:, :, index] = np.mean([self._series(name) for name in names], axis=0)
        for (power, country), points in own_points(self.scenario, "membership").items():
            known = sorted(points)
            last = np.searchsorted(known, self.years, side="right") - 1
            held = np.where(last >= 0, np.array([points[year] for year in known])[last], 0.0)
            out[:, self.countries.index(country), self.powers.index(power)] = held
        return out

    def _budget(self) -> Floats:
        """Return the budget index with all budget levers, before allocation; shape [steps, C, P, B]."""
        knots = load_pack().budget_knots()
        scale, trend = self.p.over("budget_scale", self.powers), self.p.over("budget_trend", self.powers)
        out = np.ones((self.time.size, len(self.countries), len(self.powers), len(CHANNELS_WITH_BUDGET)))
        for i, power in enumerate(self.powers):
            own = scale[i] * (1 + trend[i]) ** (self.time - 2004)
            for b, channel in enumerate(CHANNELS_WITH_BUDGET):
                points = knots.get((power, channel), [(2004.0, 1.0)])
                index = np.interp(self.time, [year for year, _ in points], [value for _, value in points])
                out[:, :, i, b] = (own * index)[:, None]
                for (whose, country), rows in own_points(self.scenario, f"budget_{channel}").items():
                    if whose == power:
                        index = np.interp(self.time, sorted(rows), [rows[year] for year in sorted(rows)])
                        out[:, self.countries.index(country), i, b] = own * index
        out *= self.lever("budget")[..., None]
        out[..., 0] *= self.lever("media_budget")
        out[..., 1] *= self.lever("culture_budget") * self.lever("institutes_open")
        return out

    def _source_reach(self) -> Floats:
        """Return the factor on the reach of each media source; shape [steps, C, M]."""
        return np.stack([self.lever(f"source_{name}")[:, :, 0] for name in MEDIA_SOURCES], axis=-1)
