"""What a scenario says: levers, events, parameters and run settings, as one frozen tree."""

# ruff: noqa: ANN401 - what a user writes can be anything until it is checked
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from spsim.config.ensemble import DEFAULTS, ENSEMBLE, calibrated, is_there
from spsim.config.parameters import Parameters, leaves
from spsim.data import COUNTRIES, YEARS

MONTH = re.compile(r"^(\d{4})(?:-(0[1-9]|1[0-2]))?$")
NAME_PATTERN = re.compile(r"^[a-z0-9][a-z0-9-]*$")
SCHEMA_VERSION: Literal[1] = 1


def parse_month(value: Any) -> Any:
    """Return a month as ``YYYY-MM``; a bare year means its January, a date its month."""
    if isinstance(value, dt.date):
        return f"{value.year:04d}-{value.month:02d}"
    match = MONTH.match(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if not match:
        raise ValueError(f"got {value!r}; allowed: a month such as 2026-01 or a year such as 2026")
    return f"{match[1]}-{match[2] or '01'}"


def parse_last_month(value: Any) -> Any:
    """Return the last month of a span as ``YYYY-MM``; a bare year means its December."""
    bare = (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdigit())
    return parse_month(f"{value}-12" if bare else value)


Month = Annotated[str, BeforeValidator(parse_month)]
LastMonth = Annotated[str, BeforeValidator(parse_last_month)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
if TYPE_CHECKING:
    Country = str
else:
    Country = Literal[COUNTRIES]  # those of the region


def _all_countries() -> list[Country]:
    return list(COUNTRIES)


def month_index(month: str) -> int:
    """Return the number of months since year 0."""
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def month_text(index: int) -> str:
    """Return the inverse of :func:`month_index`."""
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


class Frozen(BaseModel):
    """Closed and immutable; nothing is converted silently."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        validate_by_alias=True,
        validate_by_name=True,
    )


class LeverSetting(Frozen):
    """One lever pulled: to what value, for whom, from when and how fast."""

    lever: str = Field(description="Name of the lever; `spsim parameters --levers` lists them.")
    to: float = Field(description="Value that the lever is moved to.")
    power: Code | None = Field(None, description="The power whose lever it is; needed by levers of powers.")
    countries: list[Country] | None = Field(None, description="Where it acts; all countries if left out.", min_length=1)
    from_: Month = Field(alias="from", description="First month in which it acts.")
    until: Month | None = Field(None, description="First month in which it acts no more.")
    ramp_years: float = Field(
        0.0, ge=0, le=50, description="Years over which the value is reached, in a straight line."
    )
    hold: bool = Field(False, description="Pins a state; results are labelled as forced.")


class Event(Frozen):
    """Something that happened or might happen; its effect is imposed on the model."""

    name: str = Field(pattern=NAME_PATTERN.pattern, description="Name, by which a later file can change the event.")
    title: str = Field("", description="What figures print.")
    kind: Literal["threat", "memory", "closure", "anchor", "security"] | None = Field(
        None,
        description="threat: impulse per year over the window; memory: total fall of affect, which then fades; "
        "closure: share of student inflow and culture cut off; anchor: shift while it lasts; "
        "security: lift of elite alignment, which then fades.",
    )
    powers: list[Code] = Field(default_factory=list, description="The powers that it concerns.")
    countries: list[Country] = Field(default_factory=_all_countries, min_length=1)
    size: float | str | None = Field(None, description="A number, or the name of the parameter that holds it.")
    weights: dict[Country, float] | str | None = Field(
        None, description="Factor by country, or the name of the parameter that holds it."
    )
    from_: Month | None = Field(None, alias="from", description="First month.")
    to: LastMonth | None = Field(None, description="Last month; a bare year means its December.")
    active: bool = Field(True, description="Whether it happens.")
    note: str = Field("", description="Source, doubts.")


class DataRow(Frozen):
    """One recorded number about a power that the shipped tables do not cover, with where it comes from."""

    power: Code
    variable: Literal["commitments", "membership", "budget_media", "budget_culture", "budget_education"] = Field(
        description="commitments: bn USD of 2021 in the year, nothing where no row stands; membership: in a power's "
        "organisations, 0 to 1, from its year on; budget_...: index, 1 = full, straight lines between years, held "
        "outside."
    )
    country: Country | None = Field(None, description="All countries if left out.")
    year: int = Field(ge=YEARS[0], le=YEARS[-1])
    value: float = Field(ge=0)
    source: str = Field(min_length=3, description="Where the number comes from; say 'assumption' if it is one.")


class RunSettings(Frozen):
    """What to compute and how finely; nothing here changes the mechanism."""

    start: Month = Field("2004-01", description="First month.")
    end: LastMonth = Field("2030-12", description="Last month that is recorded; a bare year means its December.")
    step_months: Literal[1, 2, 3, 4, 6, 12] = Field(1, description="Length of a step in months.")
    citizens: int = Field(4000, ge=200, le=30_000_000, description="Citizens simulated in each country.")
    elites: int = Field(40, ge=2, le=10_000, description="Elite members simulated in each country.")
    pipeline_agents: int = Field(8, ge=1, le=64, description="Agents for each stage of education, power and country.")
    replicates: int = Field(
        20, ge=1, le=1_000_000, description="Runs that differ in chance and, by pairs, in the parameter set."
    )
    parameters: Literal["ensemble", "defaults"] = Field(
        ENSEMBLE if is_there() else DEFAULTS,
        description="Calibrated numbers: from the accepted ensemble, a parameter set for each two replicates, or at "
        "their hand-set defaults. What a scenario sets itself holds in any case.",
    )
    seed: int = Field(1, ge=0, le=2**63 - 1, description="Root of all randomness.")
    countries: list[Country] = Field(default_factory=_all_countries, min_length=1)
    powers: list[Code] = Field(default_factory=lambda: ["CN", "RU"], min_length=1)

    @property
    def years_per_step(self) -> float:
        """Length of a step in years."""
        return self.step_months / 12

    @property
    def months(self) -> list[str]:
        """The recorded months, from start to end."""
        first, last = month_index(self.start), month_index(self.end)
        return [month_text(index) for index in range(first, last + 1, self.step_months)]


class ScenarioFile(Frozen):
    """What one YAML file may say: what differs from the file it extends."""

    schema_: Literal[1] = Field(SCHEMA_VERSION, alias="schema", description="Version of this format.")
    name: str = Field(pattern=NAME_PATTERN.pattern, description="Short name in small letters and hyphens.")
    title: str = Field(min_length=3, description="One line that figures and tables print.")
    question: str = Field("", description="The question in plain words.")
    changes: str = Field("", description="What differs from the parent, in plain words.")
    extends: str | None = Field(None, description="Name of a scenario, or path of a file, that this one starts from.")
    levers: list[LeverSetting] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict, description="Model constants by name.")
    mechanisms: dict[str, Any] = Field(
        default_factory=dict, description="Mechanisms switched by name: off, on, or a structural alternative."
    )
    run: dict[str, Any] = Field(default_factory=dict, description="Run settings that differ.")
    data: list[DataRow] | str = Field(
        default_factory=list,
        description="Recorded numbers about further powers: rows, or the path of a CSV file that holds them.",
    )
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="A user's own channels by name, each with the values of its settings."
    )


class Scenario(Frozen):
    """A scenario with everything filled in: what a run needs, and nothing else."""

    name: str
    title: str
    question: str = ""
    changes: str = ""
    lineage: list[str] = Field(default_factory=list, description="Names of the scenarios it was built from.")
    levers: list[LeverSetting] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    parameters: Parameters = Field(default_factory=Parameters)
    mechanisms: dict[str, str] = Field(
        default_factory=dict, description="Mechanisms that are switched; their parameters show it already."
    )
    run: RunSettings = Field(default_factory=RunSettings)
    own: list[str] = Field(
        default_factory=list, description="Calibrated numbers that it sets itself, by dotted key: no ensemble does."
    )
    data: list[DataRow] = Field(default_factory=list, description="Recorded numbers that the shipped tables lack.")
    channels: dict[str, dict[str, Any]] = Field(default_factory=dict, description="A user's own channels.")

    def with_parameters(self, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario with other values of whole parameters, which are its own then.

        Raises:
            ValueError: a value is not allowed (pydantic's error names it).
        """
        parameters = Parameters.model_validate({**self.parameters.model_dump(), **values})
        given = {".".join((name, *path)) for name, value in values.items() for path, _ in leaves(value)}
        own = [key for key in calibrated() if key in given or key in self.own]
        return self.model_copy(update={"parameters": parameters, "own": own})

    @property
    def forced(self) -> list[str]:
        """The states that levers with ``hold`` pin."""
        return sorted({setting.lever for setting in self.levers if setting.hold})

    @property
    def switches(self) -> list[str]:
        """The switched mechanisms in words, such as ``heritage: off``."""
        return [f"{name}: {option}" for name, option in self.mechanisms.items()]

    @property
    def acting_events(self) -> list[Event]:
        """The events that happen."""
        return [event for event in self.events if event.active and event.kind is not None]
