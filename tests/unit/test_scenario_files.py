"""The shipped scenario files: each loads, says what it asks, and changes that and nothing else."""

from functools import cache

import pytest

from spsim.config import LEVERS, Parameters, RunSettings, Scenario, load, parameter_table, shipped_scenarios
from spsim.ground.reading import read_yaml

FROM = "2026-01"

PULLED: dict[str, dict[tuple[str, str | None], float]] = {
    "double-scholarships": {("scholarships", "CN"): 2},
    "double-scholarships-with-jobs": {("scholarships", "CN"): 2, ("graduate_posts", "CN"): 2},
    "double-all-seats": {("seats", "CN"): 2, ("demand_support", "CN"): 2},
    "local-hiring-90": {("local_hiring_floor", None): 0.9},
    "publish-contracts": {("contract_transparency", None): 0.7},
    "heritage-fades-faster": {("heritage_fade", None): 0.03, ("heritage_transmission", None): 0},
    "russia-halves-budget": {("budget", "RU"): 0.5},
    "russia-doubles-budget": {("budget", "RU"): 2},
    "confucius-institutes-closed": {("institutes_open", "CN"): 0},
    "adapted-programmes": {("adaptation", "CN"): 0.8},
    "borders-closed": {("border_open", None): 0},
    "double-capital": {("investment", "CN"): 2},
    "uzbekistan-opens": {("openness", None): 0.5},
    "no-chinese-media-in-russian": {("source_chinese_media_in_russian", None): 0},
}
OTHERS = {"longer-memory", "shorter-memory", "heritage-to-2050", "no-ukraine-war"}
NAMES = sorted(shipped_scenarios())
VARIANTS = [name for name in NAMES if name != "baseline"]


@cache
def scenario(name: str) -> Scenario:
    return load(shipped_scenarios()[name]).scenario


def test_one_file_for_each_question() -> None:
    assert set(NAMES) == {"baseline", *PULLED, *OTHERS}
    for facet in ("title", "question", "changes"):
        assert len({getattr(scenario(name), facet) for name in NAMES}) == len(NAMES), facet


@pytest.mark.parametrize("name", NAMES)
def test_says_what_it_asks(name: str) -> None:
    one = scenario(name)
    assert one.name == name
    assert one.title
    assert one.question.endswith("?")
    assert one.changes.endswith(".")


@pytest.mark.parametrize("name", VARIANTS)
def test_starts_from_the_baseline(name: str) -> None:
    assert scenario(name).lineage == ["baseline", name]
    content = read_yaml(shipped_scenarios()[name]).content
    assert content["schema"] == 1
    parts = [key for key in ("levers", "events", "parameters", "run") if content.get(key)]
    assert len(parts) == 1, "one kind of change in one file"


def test_the_baseline_changes_nothing() -> None:
    baseline = scenario("baseline")
    assert baseline.levers == []
    assert baseline.parameters == Parameters()
    assert baseline.run == RunSettings()


@pytest.mark.parametrize("name", PULLED)
def test_lever_files_pull_their_levers_and_nothing_else(name: str) -> None:
    one, baseline = scenario(name), scenario("baseline")
    assert {(setting.lever, setting.power): setting.to for setting in one.levers} == PULLED[name]
    assert len(one.levers) == len(PULLED[name])
    assert [setting.from_ for setting in one.levers] == [FROM] * len(one.levers)
    assert one.parameters == baseline.parameters
    assert one.events == baseline.events
    assert one.run == baseline.run
    assert one.forced == []


@pytest.mark.parametrize("name", PULLED)
def test_levers_are_moved_away_from_where_they_stand(name: str) -> None:
    for setting in scenario(name).levers:
        base = LEVERS[setting.lever].base
        if base.startswith("parameter "):
            value = getattr(scenario("baseline").parameters, base.removeprefix("parameter "))
            assert setting.to != (value[setting.power] if isinstance(value, dict) else value)
        elif base.isdigit():
            assert setting.to != float(base)


def test_only_one_file_is_about_one_country() -> None:
    places = {name: {tuple(setting.countries or ()) for setting in scenario(name).levers} for name in PULLED}
    everywhere = {(), ("KZ", "KG", "TJ", "TM", "UZ")}
    assert {name for name, found in places.items() if found - everywhere} == {"uzbekistan-opens"}
    assert places["uzbekistan-opens"] == {("UZ",)}


def test_ramps_and_ends() -> None:
    settings = {(name, setting.lever): setting for name in PULLED for setting in scenario(name).levers}
    ramps = {key[0]: setting.ramp_years for key, setting in settings.items() if setting.ramp_years}
    assert ramps == {"local-hiring-90": 2, "uzbekistan-opens": 5}
    ends = {key[0]: setting.until for key, setting in settings.items() if setting.until}
    assert ends == {"borders-closed": "2029-01"}


@pytest.mark.parametrize(("name", "factor"), [("longer-memory", 0.5), ("shorter-memory", 2)])
def test_memory_is_halved_and_doubled(name: str, factor: float) -> None:
    one, baseline = scenario(name), scenario("baseline")
    before, after = baseline.parameters.model_dump(), one.parameters.model_dump()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"threat_decay", "memory_decay"}
    for key in changed:
        assert after[key] == pytest.approx(factor * before[key])
        default, facts = parameter_table()[key][2:]
        low, high = facts.prior.interval(default)
        assert low <= after[key] <= high
    assert (one.levers, one.events, one.run) == ([], baseline.events, baseline.run)


def test_no_war_takes_out_one_event() -> None:
    one, baseline = scenario("no-ukraine-war"), scenario("baseline")
    gone = {event.name for event in baseline.acting_events} - {event.name for event in one.acting_events}
    assert gone == {"ukraine-war"}
    assert [event.model_copy(update={"active": True}) for event in one.events if event.name in gone] == [
        event for event in baseline.events if event.name in gone
    ]
    assert [event for event in one.events if event.name not in gone] == [
        event for event in baseline.events if event.name not in gone
    ]
    assert (one.levers, one.parameters, one.run) == ([], baseline.parameters, baseline.run)


def test_to_2050_is_the_baseline_for_longer() -> None:
    one, baseline = scenario("heritage-to-2050"), scenario("baseline")
    assert one.run == baseline.run.model_copy(update={"end": "2050-12"})
    assert (one.levers, one.events, one.parameters) == ([], baseline.events, baseline.parameters)
