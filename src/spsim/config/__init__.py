"""What a run is: parameters with provenance, levers, scenarios, and the loading of files."""

from spsim.config.ensemble import member_of, members
from spsim.config.errors import ConfigError, Place, Problem, SetupError, SpsimError, library
from spsim.config.levers import LEVERS, MEDIA_SOURCES, Lever
from spsim.config.loading import find_scenario, load, load_text, shipped_scenarios
from spsim.config.mechanisms import MECHANISMS, Mechanism, switched, without_event
from spsim.config.merging import Setting
from spsim.config.parameters import Parameters, parameter_table
from spsim.config.resolved import Resolved
from spsim.config.scenario import (
    Event,
    LeverSetting,
    RunSettings,
    Scenario,
    ScenarioFile,
    month_index,
    month_text,
)
from spsim.config.sets import at_defaults, set_by_ensemble, sets_of, with_member
from spsim.config.tensions import tensions

__all__ = [
    "LEVERS", "MECHANISMS", "MEDIA_SOURCES", "ConfigError", "Event", "Lever", "LeverSetting", "Mechanism",
    "Parameters", "Place", "Problem", "Resolved", "RunSettings", "Scenario", "ScenarioFile", "Setting", "SetupError",
    "SpsimError", "at_defaults", "find_scenario", "library", "load", "load_text", "member_of", "members",
    "month_index", "month_text", "parameter_table", "set_by_ensemble", "sets_of", "shipped_scenarios", "switched",
    "tensions", "with_member", "without_event",
]
