"""What a scenario must satisfy as a whole: known levers, dates inside the period, a stable step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spsim.config.ensemble import DEFAULTS, ENSEMBLE, is_there
from spsim.config.errors import Place, Problem, listed, nearest
from spsim.config.levers import LEVERS
from spsim.config.mechanisms import MECHANISMS
from spsim.config.parameters import parameter_table
from spsim.config.scenario import DataRow, Event, LeverSetting, RunSettings, Scenario, month_index
from spsim.config.sets import highest
from spsim.data import YEARS
from spsim.data.region import region
from spsim.ground.words import counted

FIRST_MONTH, LAST_MONTH = f"{YEARS[0]}-01", f"{YEARS[-1]}-12"


def lever_problems(setting: LeverSetting, run: RunSettings, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with one lever setting."""
    lever = LEVERS.get(setting.lever)
    key = f"levers.{setting.lever}"
    if lever is None:
        yield Problem(
            place,
            "levers.lever",
            f"unknown lever {setting.lever!r}",
            listed(LEVERS, 60),
            nearest(setting.lever, LEVERS),
        )
        return
    if not lever.low <= setting.to <= lever.high:
        yield Problem(place, f"{key}.to", f"got {setting.to:g}", lever.bounds_text)
    if lever.by_power and setting.power is None:
        yield Problem(place, f"{key}.power", "whose lever? the power is missing", listed(run.powers))
    elif lever.by_power and setting.power not in run.powers:
        yield Problem(place, f"{key}.power", f"unknown power {setting.power!r}", listed(run.powers))
    elif not lever.by_power and setting.power is not None:
        yield Problem(place, f"{key}.power", f"got {setting.power!r}", "no power: this lever belongs to no power")
    for country in setting.countries or ():
        if country in run.countries:
            continue
        yield Problem(place, f"{key}.countries", f"{country} is not simulated", listed(run.countries))
    if not run.start <= setting.from_ <= run.end:
        yield Problem(
            place, f"{key}.from", f"got {setting.from_}, outside the period", f"a month from {run.start} to {run.end}"
        )
    if setting.until is not None and setting.until <= setting.from_:
        yield Problem(place, f"{key}.until", f"got {setting.until}", f"a month after {setting.from_}")
    if lever.kind == "pin" and setting.ramp_years:
        yield Problem(
            place, f"{key}.ramp_years", f"got {setting.ramp_years:g}", "no ramp: a pin holds from its first month"
        )
    if lever.kind == "pin" and not setting.hold:
        yield Problem(
            place, f"{key}.hold", "this lever pins a state", "hold: true, and the result is labelled as forced"
        )
    if lever.kind != "pin" and setting.hold:
        yield Problem(place, f"{key}.hold", "this lever acts on an input and cannot be held", "no hold")


def mechanism_problem(name: str, option: object, place: Place) -> Problem | None:
    """Return what is wrong with the switch of a mechanism, or None."""
    known = MECHANISMS.get(name)
    if known is None:
        return Problem(
            place, f"mechanisms.{name}", "there is no such mechanism",
            "a name that `spsim parameters --mechanisms` lists", nearest(name, MECHANISMS),
        )
    if option in known.choices:
        return None
    suggestion = nearest(str(option), known.choices)
    return Problem(place, f"mechanisms.{name}", f"got {option!r}", listed(known.choices), suggestion)


def event_problems(event: Event, run: RunSettings, place: Place, names: Iterable[str] = ()) -> Iterator[Problem]:
    """Yield what is wrong with one event; ``names`` are those of all events, one of which may have been meant."""
    key = f"events.{event.name}"
    needed = {"kind": event.kind, "powers": event.powers, "size": event.size, "from": event.from_, "to": event.to}
    missing = [name for name, value in needed.items() if value is None or value == []]
    if event.active and missing:
        others = [name for name in names if name != event.name]
        yield Problem(
            place, key, f"an event that acts needs {', '.join(missing)}", suggestion=nearest(event.name, others)
        )
    for power in event.powers:
        if power in {*run.powers, "CN", "RU"}:
            continue
        yield Problem(place, f"{key}.powers", f"unknown power {power!r}", listed(run.powers))
    for month in filter(None, (event.from_, event.to)):
        if not FIRST_MONTH <= month <= LAST_MONTH:
            yield Problem(place, key, f"got {month}, outside the period", f"a month from {FIRST_MONTH} to {LAST_MONTH}")
    if event.from_ and event.to and event.to < event.from_:
        yield Problem(place, f"{key}.to", f"got {event.to}", f"a month not before {event.from_}")
    for name in ("size", "weights"):
        value = getattr(event, name)
        if not isinstance(value, str):
            continue
        shape, what = ("one", "a number") if name == "size" else ("country", "numbers by country")
        if value not in parameter_table():
            yield Problem(
                place,
                f"{key}.{name}",
                f"there is no parameter {value!r}",
                f"{what} or the name of a parameter",
                nearest(value, parameter_table()),
            )
        elif parameter_table()[value][3].shape != shape:
            yield Problem(
                place,
                f"{key}.{name}",
                f"parameter {value!r} does not fit here",
                f"{what} or the name of a parameter that holds this",
            )


def data_problems(row: DataRow, run: RunSettings, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with one row of a scenario's own data."""
    if row.power not in run.powers:
        yield Problem(place, "data.power", f"{row.power} is not simulated", listed(run.powers))
    elif row.power in {"CN", "RU"}:
        yield Problem(place, "data.power", f"the package has its own data for {row.power}", "another power; levers "
                      "change what China and Russia do")
    if row.variable == "membership" and row.value > 1:
        yield Problem(place, "data.value", f"got {row.value:g}", "a share from 0 to 1")


def run_problems(run: RunSettings, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with the run settings."""
    if not run.start >= FIRST_MONTH or not run.end <= LAST_MONTH:
        yield Problem(
            place,
            "run",
            f"got {run.start} to {run.end}, outside the period",
            f"months from {FIRST_MONTH} to {LAST_MONTH}",
        )
    if run.parameters == ENSEMBLE and not is_there():
        said = f"got {ENSEMBLE!r}: the model was not calibrated to the polls of {region().name}"
        yield Problem(place, "run.parameters", said, DEFAULTS)
    if month_index(run.end) - month_index(run.start) < run.step_months:
        yield Problem(place, "run.end", f"got {run.end}", f"at least one step after {run.start}")
    for name in ("countries", "powers"):
        names = getattr(run, name)
        if len(set(names)) < len(names):
            yield Problem(place, f"run.{name}", f"got {', '.join(names)}", "each once")


def stability_problems(scenario: Scenario, place: Place) -> Iterator[Problem]:
    """Yield the rates that an explicit Euler step cannot follow: no stock may be emptied more than once in a step.

    Education takes shorter steps of its own, which every allowed rate passes.
    """
    p, step = scenario.parameters, scenario.run.years_per_step
    rates = {
        # the worst case: five media that speak of one power, all at full reach
        "anchor_rate + social_rate + sources": p.anchor_rate
        + p.social_rate
        + 5 * p.media_strength
        + p.culture_strength
        + max(p.demonstration_strength.values()),
        "1 / works_lag": 1 / p.works_lag,
        "1 / announcement_years": 1 / p.announcement_years,
        "1 / disappointment_years": 1 / p.disappointment_years,
        **{
            name: highest(scenario, name, float(getattr(p, name)))
            for name in (
                "threat_decay",
                "memory_decay",
                "security_decay",
                "opacity_rate",
                "elite_rate",
                "press_rate",
            )
        },
    }
    for name, rate in rates.items():
        if rate * step > 1 + 1e-9:
            months = [m for m in (1, 2, 3, 4, 6) if rate * m / 12 <= 1 + 1e-9]
            shorter = f"a step of {counted(months[-1], 'month')}" if months else ""
            allowed = f"{shorter} at this rate" if shorter else "a rate of at most 12 a year"
            yield Problem(
                place, name,
                f"{rate:.3g} per year is too fast for a step of {counted(scenario.run.step_months, 'month')}", allowed,
            )
