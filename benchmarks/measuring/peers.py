"""What else could do a month of opinion: plain Mesa, agentpy, and numpy with a sparse matrix.

The plain Mesa reference of ``tests/docking`` does everything that the compiled model does. The other two do the update
of opinion only (ties, anchor, sources, noise; the equation of ``docs/odd.md``), so they have less to do than
spsim in the same month. All start from the same state of the baseline and count citizens, not members of the pipeline.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from measuring.model import MONTHS, baseline
from measuring.rounds import Beside, Case, Clock, Missing, Take
from spsim.model.simulation import Simulation

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "docking"))

if TYPE_CHECKING:
    from collections.abc import Callable

    import agentpy
    from docking_reference import ReferenceModel
    from docking_reference.country import Country

Floats = NDArray[np.float64]

MESA, AGENTPY, NUMPY = 10_000, 5_000, 10_000
"""Citizens of each; objects take as long for each of them at any size."""

MESA_ONCE = (Beside("peer/mesa", "times plain Mesa"),)


@dataclass(frozen=True)
class Public:
    """All that moves opinion in one month; N citizens, C countries, P powers, K sources."""

    country: NDArray[np.int64]  # [N]
    affect: Floats  # [N, P]
    ties: list[list[int]]  # of each citizen
    own: Floats  # [N, P] own anchor
    heritage: Floats  # [N]
    sensitivity: Floats  # [N]
    reached: Floats  # [N, K] strength times reach
    stance: Floats  # [C, K, P] nan = silent
    gate: Floats  # [C, K, P, 3] constant, per heritage, per sensitivity
    level: Floats  # [C, P] anchor of a citizen without traits
    threat: Floats  # [C, P] threat times its weight
    scare: Floats  # [C, P] fall at once, for a sensitivity of one
    fall: Floats  # [C, P] fall at once, for everybody
    shared: Floats  # [C, P] the shock that all of a country share
    heritage_weight: Floats  # [P]
    rules: Any  # of the first country; those read here are the same in all
    dt: float

    @classmethod
    def of(cls, model: ReferenceModel) -> Public:
        """Read everything off the reference model at the beginning of a step."""
        model.take_stock(model.months(model.number))
        model.deal_shocks()
        rules, powers, dt = model.countries[0].rules, model.powers, model.dt
        assert rules.confidence_bound >= 2, "the peers have no bound of confidence"
        people = [(c, citizen) for c, country in enumerate(model.countries) for citizen in country.citizens]
        index = {citizen: i for i, (_, citizen) in enumerate(people)}
        shape = (len(model.countries), len(model.countries[0].sources), len(powers))
        stance, gate = np.full(shape, np.nan), np.zeros((*shape, 3))
        for c, country in enumerate(model.countries):
            for k, source in enumerate(country.sources):
                gate[c, k, :, 0] = rules.gate_base - rules.state_source_discount * source.belongs_to_a_state
                for p, power in enumerate(powers):
                    stance[c, k, p] = source.stance.get(power, np.nan)
                    if source.owner == power:
                        gate[c, k, p, 0] += rules.gate_adaptation * country.month.adaptation[power]
                        gate[c, k, p, 1] = rules.gate_heritage[power]
                        gate[c, k, p, 2] = -rules.gate_threat[power] * country.threat[power]

        def table(read: Callable[[Country, str], float]) -> Floats:
            return np.array([[read(country, power) for power in powers] for country in model.countries])

        def levels(country: Country, power: str) -> float:
            return float(country.level[power] + country.memory[power] + country.project_cycle[power]
                         + country.month.event_anchor[power])

        return cls(
            country=np.array([c for c, _ in people]),
            affect=np.array([[citizen.affect[power] for power in powers] for _, citizen in people]),
            ties=[[index[other] for other in citizen.ties] for _, citizen in people],
            own=np.array([[citizen.own_anchor[power] for power in powers] for _, citizen in people]),
            heritage=np.array([citizen.heritage for _, citizen in people]),
            sensitivity=np.array([citizen.sensitivity for _, citizen in people]),
            reached=np.array([
                [source.strength * source.reach(citizen) for source in citizen.country.sources] for _, citizen in people
            ]),
            stance=stance, gate=gate, level=table(levels),
            threat=table(lambda country, power: rules.threat_weight[power] * country.threat[power]),
            scare=table(lambda country, power: rules.jump_share * rules.threat_weight[power] * dt
                        * country.month.threat_impulse[power]),
            fall=table(lambda country, power: rules.jump_share * country.month.memory_impulse[power]),
            shared=table(lambda country, power: country.common_shock[power]),
            heritage_weight=np.array([rules.heritage_weight[power] for power in powers]), rules=rules, dt=dt,
        )


@cache
def reference(citizens: int) -> ReferenceModel:
    """Return the plain Mesa model after a year of the baseline."""
    from docking_reference import copy_of

    simulation = Simulation(baseline(citizens))
    simulation.run(MONTHS)
    return copy_of(simulation.world, simulation.step_number)


class InNumpy:
    """The update of opinion in numpy, with the ties as a sparse matrix."""

    def __init__(self, public: Public) -> None:
        self.public, self.affect = public, public.affect
        counts = np.array([len(own) for own in public.ties])
        ends, columns = np.concatenate([[0], np.cumsum(counts)]), np.concatenate(public.ties).astype(np.int64)
        self.ties = sparse.csr_array((np.repeat(1 / counts, counts), columns, ends), shape=(counts.size, counts.size))
        self.draws = np.random.default_rng(1)

    def step(self, *, noise: bool = True) -> None:
        """Move all citizens by a month."""
        has, x, rules, c = self.public, self.affect, self.public.rules, self.public.country
        wary = has.sensitivity[:, None]
        anchor = has.level[c] + has.own + has.heritage_weight * has.heritage[:, None] - has.threat[c] * wary
        rate = rules.social_rate * (self.ties @ x - x) + rules.anchor_rate * (anchor - x)
        for k in range(has.reached.shape[1]):
            stance, gate = has.stance[c, k], has.gate[c, k]
            logit = gate[..., 0] + rules.gate_opinion * stance * x + gate[..., 1] * has.heritage[:, None]
            accepted = (1 + rules.backlash) / (1 + np.exp(-logit - gate[..., 2] * wary)) - rules.backlash
            rate += np.nan_to_num(has.reached[:, k, None] * accepted * (stance - x))
        moved = x + rate * has.dt - has.scare[c] * wary - has.fall[c] + has.shared[c]
        if noise:
            moved += rules.noise * math.sqrt(has.dt) * self.draws.standard_normal(x.shape)
        self.affect = np.clip(moved, -1, 1)


def in_agentpy(public: Public, *, noise: bool = True) -> agentpy.Model:
    """Return the update of opinion as an agentpy model, one object for each citizen; ``sim_step`` moves it by a month.

    Raises:
        Missing: agentpy is not installed.
    """
    try:
        import agentpy
    except ImportError as error:
        raise Missing(f"agentpy is not installed ({error})") from error

    rules, dt, powers = public.rules, public.dt, range(public.affect.shape[1])
    spread = rules.noise * math.sqrt(dt) if noise else 0.0

    class Citizen(agentpy.Agent):  # type: ignore[misc]
        def begin(self, i: int, everybody: list[Any]) -> None:
            c = public.country[i]
            self.affect = public.affect[i].tolist()
            self.intended = list(self.affect)
            self.ties = [everybody[j] for j in public.ties[i]]
            self.heritage, self.wary = float(public.heritage[i]), float(public.sensitivity[i])
            self.own = public.own[i].tolist()
            self.here = [part[c].tolist() for part in (public.level, public.threat, public.scare, public.fall,
                                                       public.shared)]
            self.sources = [
                [(float(public.reached[i, k]), float(public.stance[c, k, p]), public.gate[c, k, p].tolist())
                 for k in np.flatnonzero((public.reached[i] > 0) & ~np.isnan(public.stance[c, :, p]))]
                for p in powers
            ]

        def decide(self) -> None:
            level, threat, scare, fall, shared = self.here
            for p in powers:
                x = self.affect[p]
                others = sum(other.affect[p] for other in self.ties) / len(self.ties) - x
                anchor = level[p] + self.own[p] + weights[p] * self.heritage - threat[p] * self.wary
                rate = rules.social_rate * others + rules.anchor_rate * (anchor - x)
                for reached, stance, gate in self.sources[p]:
                    logit = gate[0] + rules.gate_opinion * stance * x + gate[1] * self.heritage + gate[2] * self.wary
                    accepted = (1 + rules.backlash) / (1 + math.exp(-logit)) - rules.backlash
                    rate += reached * accepted * (stance - x)
                chance = spread * random.gauss(0, 1)
                moved = x + rate * dt - scare[p] * self.wary - fall[p] + shared[p] + chance
                self.intended[p] = min(1.0, max(-1.0, moved))

        def change(self) -> None:
            self.affect = list(self.intended)

    class Opinion(agentpy.Model):  # type: ignore[misc]
        def setup(self) -> None:
            self.citizens = agentpy.AgentList(self, len(public.ties), Citizen)
            everybody = list(self.citizens)
            for i, citizen in enumerate(everybody):
                citizen.begin(i, everybody)

        def step(self) -> None:
            self.citizens.decide()
            self.citizens.change()

    weights = public.heritage_weight.tolist()
    model = Opinion()
    model.sim_setup()
    return model


def _rate(step: Callable[[], object], citizens: int, months: int, clock: Clock) -> Take:
    def take() -> float:
        begun = clock()
        for _ in range(months):
            step()
        return citizens * months / (clock() - begun)

    step()
    return take


def cases(clock: Clock) -> list[Case]:
    """Return the cases of this module."""
    unit = "citizen-steps/s"
    return [
        Case("peer/mesa", f"plain Mesa reference, everything on, {MESA:,} citizens", unit,
             lambda: _rate(reference(MESA).step, MESA, MONTHS, clock)),
        Case("peer/agentpy", f"agentpy, update of opinion alone, {AGENTPY:,} citizens", unit,
             lambda: _rate(in_agentpy(Public.of(reference(AGENTPY))).sim_step, AGENTPY, 3, clock), MESA_ONCE),
        Case("peer/numpy", f"numpy and scipy.sparse, update of opinion alone, {NUMPY:,} citizens", unit,
             lambda: _rate(InNumpy(Public.of(reference(NUMPY))).step, NUMPY, MONTHS, clock), MESA_ONCE),
    ]
