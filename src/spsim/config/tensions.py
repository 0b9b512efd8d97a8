"""Where a scenario touches what is wrong or in tension in the two papers."""

from __future__ import annotations

from spsim.config.levers import LEVERS
from spsim.config.mechanisms import MECHANISMS
from spsim.config.parameters import parameter_table
from spsim.config.scenario import Scenario
from spsim.data.claims import Inconsistency, inconsistencies_of


def tensions(scenario: Scenario) -> list[Inconsistency]:
    """Return the inconsistencies that concern the claims behind what a scenario changes.

    What it changes are the levers it pulls, the mechanisms it switches, and the parameters it moves off their defaults.
    """
    sources = [LEVERS[setting.lever].source for setting in scenario.levers]
    sources += [MECHANISMS[name].source for name in scenario.mechanisms]
    sources += [
        facts.source
        for name, (_, _, default, facts) in parameter_table().items()
        if getattr(scenario.parameters, name) != default
    ]
    return inconsistencies_of("; ".join(sources))
