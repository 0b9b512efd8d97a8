"""Docking: the compiled model against a second, independent implementation (Axtell, Axelrod, Epstein and Cohen 1996).

The reference (``docking_reference``) is plain Mesa, one object for each agent. Both are put into the same state, are
fed the same draws, and must come out the same.
"""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import Any

import pytest
from docking_comparison import CompiledRun, all_people, countries_apart, differences, printed_apart
from docking_reference import ReferenceModel, copy_of, demography, people, politics, sources
from docking_reference.people import Citizen, EliteMember, PipelineMember

from spsim.config import Scenario, load, parameter_table
from spsim.config.parameters import Observation

HERE = Path(__file__).parent
IN_SINGLE_PRECISION = {"affect", "affect of pipeline members", "heritage", "sensitivity", "threshold", "own anchor"}
SINGLE_TOLERANCE, DOUBLE_TOLERANCE = 2e-7, 1e-9
"""So much may differ after one step; single precision resolves 6e-8 below one. Relative where values are above one."""
RUN_TOLERANCE = 1e-6
"""So much may differ at any date of a long run; measured: 3e-7 at most in 27 years."""
NOTICED = 1e-6
"""A difference beyond this counts as a difference between the models."""

SMALL: dict[str, Any] = {"citizens": 200, "elites": 10, "pipeline_agents": 2}

TURKEY: dict[str, Any] = {  # numbers without a meaning, so that everything that a further power can do is done
    "powers": ["CN", "RU", "TR"],
    "base.TR": {"KZ": 0.2, "KG": 0.3, "UZ": 0.1},
    "heritage_weight.TR": -0.1, "threat_weight.TR": 0.2, "gate_heritage.TR": 0.3, "gate_threat.TR": 0.5,
    "stance.TR": 0.6, "private_press_stance.TR": 0.2, "demonstration_strength.TR": 0.04, "budget_scale.TR": 0.8,
    "budget_trend.TR": 0.01, "reach_culture_urban.TR": 0.03, "reach_culture_rural.TR": 0.01,
    "study_years.TR": 4.0, "posts_per_bn.TR": 1000.0, "demand_rate.TR": {"KZ": 0.002, "KG": 0.003, "UZ": 0.001},
    "seat_ceiling.TR": {"KZ": 5, "KG": 1, "UZ": 5}, "initial_students.TR": {"KZ": 900, "KG": 700, "UZ": 500},
    "trade_exposure.TR": {"KZ": 0.02, "KG": 0.08, "UZ": 0.05}, "initial_foreign_labour.TR": {"KZ": 0.1, "UZ": 0.2},
    "threat_labour.TR": 0.3, "threat_opacity.TR": 0.2, "initial_alignment.TR": 0.2, "bow.TR": 0.2,
    "non_interference.TR": 0.05, "dislike_weight.TR": 0.1,
}

CASES: dict[str, tuple[str | Path, dict[str, Any], list[str]]] = {
    # the start, turns of the year, months in which events act
    "baseline": (
        "baseline", {**SMALL, "start": "2015-06", "end": "2022-12"},
        ["2015-06", "2015-12", "2016-05", "2017-12", "2018-01", "2020-03", "2021-08", "2021-12", "2022-02"],
    ),
    "everything on": (
        HERE / "everything-on.yaml", {},
        ["2019-06", "2019-11", "2019-12", "2020-02", "2020-08", "2021-12", "2022-06", "2022-12", "2023-07"],
    ),
    "a third power": (
        "baseline",
        {**SMALL, **TURKEY, "start": "2017-10", "end": "2019-12", "countries": ["KZ", "KG", "UZ"], "contagion": 1.5},
        ["2017-10", "2017-12", "2018-06"],
    ),
    "quarters": (HERE / "everything-on.yaml", {"step_months": 3}, ["2019-06", "2019-12", "2021-03"]),
}


def scenario_of(name: str) -> Scenario:
    source, settings, _ = CASES[name]
    return load(source, overrides=settings).scenario


@pytest.mark.parametrize("case", CASES)
def test_one_step_from_the_same_state(case: str) -> None:
    """Whatever the state, both models make the same of it. What was measured is shown by ``pytest -rP``."""
    run, worst = CompiledRun(scenario_of(case)), {}
    for month in CASES[case][2]:
        run.run_to(month)
        reference, before = copy_of(run.world, run.number), copy_of(run.world, run.number)
        assert max(differences(run.world, reference).values()) == 0, "the copy is not exact"
        reference.step()
        report = run.step()
        found = {**differences(run.world, reference), **printed_apart(before, report)}
        for name, size in found.items():
            allowed = SINGLE_TOLERANCE if name in IN_SINGLE_PRECISION else DOUBLE_TOLERANCE
            assert size <= allowed, f"{case}, step from {month}: {name} differs by {size:.2g}"
            worst[name] = max(worst.get(name, 0.0), size)
    print_largest(worst)


def print_largest(found: dict[str, float]) -> None:
    """Print the differences that are not rounding of the last digit, largest first."""
    for name, size in sorted(found.items(), key=lambda item: -item[1]):
        if size > 1e-14:
            print(f"{name}: {size:.1e}")


def test_the_start_is_at_rest() -> None:
    """Without noise nobody would move from where the compiled model starts, if the reference is right."""
    run = CompiledRun(load("baseline", overrides={**SMALL, "noise": 0.0}).scenario)
    reference = copy_of(run.world, run.number)
    reference.take_stock(reference.months(0))
    for person in all_people(reference):
        for power in reference.powers:
            if abs(person.affect[power]) < 1:  # the others would go on if they could
                assert abs(person.drift(power)) < 5e-6
    for country in reference.countries:
        for power in reference.powers:
            stays = politics.next_threat(country, power, reference.dt) - country.threat[power]
            assert abs(stays) < 1e-12


def test_both_find_two_equilibria() -> None:
    """Under strong contagion a quiet country and one in the street are both at rest; both models say so."""
    run = CompiledRun(scenario_of("a third power"))
    run.run_to("2018-06")
    before = copy_of(run.world, run.number)
    report = run.step()
    assert (report.unrest.upper_share > report.unrest.share + 0.5).any()
    assert max(printed_apart(before, report).values()) <= DOUBLE_TOLERANCE


AT_STAKE = {
    "joining": {"protest_share", "protest_events", "pressure"},
    "events": {"protest_events"},
    "moratorium": {"moratorium_until"},
    "turnover": {"elite rent", "elite birth_year", "elite generation", "orientation", "alma mater"},
    "alma mater": {"orientation", "alma mater"},
    "rest": {"affect", "public_mean"},
}
"""What can come out differently at once if a decision that hangs by a thread falls the other way."""


def dock(scenario: Scenario, steps: int) -> tuple[list[Any], list[Any]]:
    """Run both models side by side; return the close calls (date, what, country) and the partings (date, where).

    Where something hangs on a threshold by less than ``docking_reference.model.CLOSE``, the models may part. Such a
    parting is counted, and the reference is put back beside the compiled model; any other parting is an error.
    """
    run = CompiledRun(scenario)
    reference = copy_of(run.world, run.number)
    close, parted, drift = [], [], {}
    for _ in range(steps):
        reference.step()
        run.step()
        date = run.world.clock.text(run.number)
        excused: dict[str, set[str]] = {code: set() for code in run.world.countries}
        for _, what, country in reference.close_calls:
            close.append((date, what, country))
            excused[country] |= AT_STAKE[what]
        reference.close_calls.clear()
        apart = countries_apart(run.world, reference, RUN_TOLERANCE)
        unexplained = {country: rest for country, names in apart.items() if (rest := names - excused[country])}
        assert not unexplained, f"{date}: the models part without a close call: {unexplained}"
        if apart:
            parted.append((date, apart))
            reference = copy_of(run.world, run.number)
        for name, size in differences(run.world, reference).items():
            drift[name] = max(drift.get(name, 0.0), size)
    print(f"close calls: {close}\npartings: {parted}")
    print_largest(drift)
    return close, parted


@pytest.mark.parametrize("case", ["baseline", "everything on"])
def test_five_years_side_by_side(case: str) -> None:
    """Over 60 steps, five New Years among them, persons, stocks, protests and counts stay equal."""
    close, parted = dock(scenario_of(case), 60)
    assert len(close) <= 12, close  # 60,000 thresholds of citizens alone, 2e-5 wide each
    assert len(parted) <= 1, parted


@pytest.mark.slow
def test_the_baseline_side_by_side() -> None:
    """The whole baseline, 2004 to 2030, with a thousand citizens in each country."""
    scenario = load("baseline", overrides={"citizens": 1000}).scenario
    close, parted = dock(scenario, 323)
    assert len(close) <= 60, close
    assert len(parted) <= 3, parted


# can the comparison fail? -------------------------------------------------------------------------------------------

ONLY_AT_THE_START = {
    "mean_ties", "homophily", "russian_speakers", "language_heritage_link", "chinese_speakers",
    "titular_among_russian_speakers", "initial_students", "initial_capital", "initial_foreign_labour",
    "initial_alignment",
}
"""Parameters that make the first state and act no more; the reference starts from a copy of it."""

ONLY_IN_ANSWERS = {"job_belief_cycle"}
"""Parameters that turn a state into answers, beside those of the section on observation."""

BIG_CHANGES = {
    "alumni_recruitment": 2.0, "threshold_closed": 1.5, "contagion": 1.5, "background_protest": 50.0,
    "protest_scale": 1.5, "adults_exponent": 1.5, "event_shape": 3.0, "concession_hazard": 10.0,
    "labour_floor": 0.9,
}
"""What acts through whole persons, events or decisions, which one per cent does not change in a single step.

The floor is lowered: it holds a share that falls, but raises none.
"""


def with_parameter(scenario: Scenario, name: str, factor: float) -> Scenario:
    """Return a scenario in which one parameter is multiplied by a factor, in all countries and for all powers."""

    def scaled(value: Any) -> Any:
        return {key: scaled(inner) for key, inner in value.items()} if isinstance(value, dict) else value * factor

    changed = {name: scaled(getattr(scenario.parameters, name))}
    return scenario.model_copy(update={"parameters": scenario.parameters.model_copy(update=changed)})


class Before:
    """A compiled world before a step and after it."""

    def __init__(self, run: CompiledRun) -> None:
        self.world, self.number = copy.deepcopy(run.world), run.number
        run.step()
        self.after = copy.deepcopy(run.world)

    def apart(self, reference: ReferenceModel) -> float:
        """Return the largest difference after one step of a reference."""
        reference.step()
        return max(differences(self.after, reference).values())


@pytest.fixture(scope="module")
def states() -> list[Before]:
    """A turn of the year after the record of commitments, and months with events and concessions."""
    run, out = CompiledRun(scenario_of("everything on")), []
    for month in ("2019-11", "2020-01", "2020-02", "2022-12"):
        run.run_to(month)
        out.append(Before(run))
    return out[::-1]  # the turn of the year, at which most parameters act, comes first


def test_a_small_change_of_any_parameter_is_noticed(states: list[Before]) -> None:
    """One per cent more of any parameter that the mechanism reads, and the models part."""
    unnoticed = []
    for name, (section, _, _, _) in parameter_table().items():
        if section is Observation or name in ONLY_AT_THE_START | ONLY_IN_ANSWERS:
            continue
        factor = BIG_CHANGES.get(name, 1.01)
        changed = with_parameter(states[0].world.scenario, name, factor)
        if not any(before.apart(copy_of(before.world, before.number, changed)) > NOTICED for before in states):
            unnoticed.append(name)
    assert not unnoticed


@pytest.mark.parametrize("name", ["heritage_weight", "bow", "membership_security"])
def test_a_wrong_sign_is_noticed(states: list[Before], name: str) -> None:
    before = states[0]
    assert before.apart(copy_of(before.world, before.number)) <= SINGLE_TOLERANCE
    wrong = with_parameter(before.world.scenario, name, -1)
    assert before.apart(copy_of(before.world, before.number, wrong)) > 100 * NOTICED


def _mean_over_ties_within_the_bound(self: people.Person, power: str) -> float:
    mine, bound = self.affect[power], self.country.rules.confidence_bound
    near = [other.affect[power] - mine for other in self.ties if abs(other.affect[power] - mine) <= bound]
    return sum(near) / len(near) if near else 0.0


def _those_who_need_nobody(crowd: list[tuple[float, float]], contagion: float) -> float:
    """Return the share of those who protest whatever others do."""
    return sum(persons for reluctance, persons in crowd if reluctance <= 0) / sum(persons for _, persons in crowd)


def _as_planned(model: ReferenceModel) -> None:
    for country in model.countries:
        country.budget = {power: dict(country.month.budget[power]) for power in model.powers}


WRONG: dict[str, tuple[Any, str, Any]] = {
    "budgets without falling returns": (sources, "bought", lambda budget: budget),
    "protest without contagion": (politics, "participation", _those_who_need_nobody),
    "a mean over agreeable ties only": (people.Person, "pull_of_others", _mean_over_ties_within_the_bound),
    "alumni as wary as others": (PipelineMember, "felt_threat", lambda self, _: self.sensitivity),
    "no jumps": (people.Person, "jump", lambda *_: 0.0),
    "newcomers not at rest": (demography, "come_to_rest", lambda *_: None),
    "newcomers without spread": (demography, "spread_out", lambda *_: None),
    "homes for ever": (demography, "find_homes", lambda *_: None),
    "seats for life": (demography, "replace_elite", lambda *_: None),
    "budgets everywhere alike": (ReferenceModel, "allocate_budgets", _as_planned),
}


@pytest.mark.parametrize("error", WRONG)
def test_an_error_in_a_mechanism_is_noticed(
    states: list[Before], error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*WRONG[error])
    assert any(before.apart(copy_of(before.world, before.number)) > NOTICED for before in states)


def test_a_parting_without_a_close_call_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politics, "events_counted", lambda draw, mean, shape: (round(mean), 1.0))
    with pytest.raises(AssertionError, match="part without a close call"):
        dock(scenario_of("everything on"), 12)


def test_a_parting_by_a_close_call_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event more in the first country and month, by a draw on the edge: noted, and both go on together."""
    right, calls = politics.events_counted, []

    def wrong_at_first(draw: float, mean: float, shape: float) -> tuple[int, float]:
        calls.append(draw)
        count, closest = right(draw, mean, shape)
        return (count + 1, 0.0) if len(calls) == 1 else (count, closest)

    monkeypatch.setattr(politics, "events_counted", wrong_at_first)
    close, parted = dock(scenario_of("baseline"), 3)
    assert ("2015-07", "events", "KZ") in close
    assert parted == [("2015-07", {"KZ": {"protest_events"}})]


# is the reference what it says? -------------------------------------------------------------------------------------

ALLOWED = ("spsim.config", "spsim.data", "spsim.model.inputs", "spsim.model.clock", "spsim.model.randomness",
           "spsim.model.start", "spsim.model.state")
"""Scenario, data, inputs, calendar, keyed draws, and the state that is copied: none of them a mechanism under test."""


def imports_of(path: Path) -> set[str]:
    """Return everything that a module imports, with full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "importlib", "exec", "eval"}, path.name
    return found


def test_the_reference_is_independent() -> None:
    modules = sorted((HERE / "docking_reference").glob("*.py"))
    assert len(modules) >= 8
    for path in modules:
        for name in imports_of(path):
            root = name.split(".")[0]
            assert root != "spsim" or name.startswith(tuple(f"{allowed}." for allowed in ALLOWED)) or name in ALLOWED, (
                f"{path.name} imports {name}"
            )
            assert root not in {"numba", "scipy", "pandas"}, f"{path.name} imports {name}"
            assert root != "numpy" or path.name == "outside.py", f"{path.name} computes with arrays"


def test_everybody_is_an_agent() -> None:
    run = CompiledRun(scenario_of("baseline"))
    model, state = copy_of(run.world, 0), run.world.state
    assert len(model.agents_by_type[Citizen]) == state.citizens.slots
    assert len(model.agents_by_type[PipelineMember]) == state.agents.count
    assert len(model.agents_by_type[EliteMember]) == state.elites.rent.size
    assert len(all_people(model)) == state.affect.shape[0]
