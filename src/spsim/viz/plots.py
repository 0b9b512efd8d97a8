"""Pictures of results in a notebook: what ``result.plot`` offers. Each method returns a matplotlib Figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from spsim.config import ConfigError, Place, Problem, Scenario
from spsim.config.errors import listed, nearest
from spsim.data import REGION
from spsim.experiments.sensitivity.run import Findings
from spsim.experiments.sensitivity.study import Study
from spsim.experiments.survey_scores import Scores
from spsim.experiments.sweeps.points import DRAWN
from spsim.viz.ablation import ablation
from spsim.viz.calibration import fit_by_series, hindcast, prior_and_posterior, rank_histograms
from spsim.viz.channels import what_moved_sentiment
from spsim.viz.comparison import comparison
from spsim.viz.context import Context
from spsim.viz.elites import about_run, elites_and_votes
from spsim.viz.generations import generations
from spsim.viz.maps import difference_map
from spsim.viz.opinion import approval, divergence, elite_alignment, spread_of_affect
from spsim.viz.pipeline import pipeline
from spsim.viz.protest import protest
from spsim.viz.scores import survey_scores
from spsim.viz.sensitivity import bars, box, plane, tornado
from spsim.viz.style import Sheet, house_style
from spsim.viz.sweep import heatmap, lines, scatter
from spsim.viz.swept import Pair, Swept
from spsim.viz.validation import validation

Names = str | Sequence[str] | None
"""One name, several, or None for all."""


def figure(draw: Callable[[], Sheet]) -> Figure:
    """Draw a sheet in the house style and return its figure."""
    with house_style():
        return draw().figure


def chosen(asked: Names, known: Iterable[str], key: str) -> list[str]:
    """Return the names asked for, all that are known if none are.

    Raises:
        ConfigError: a name is not among them.
    """
    choices = list(dict.fromkeys(known))
    names = choices if asked is None else [asked] if isinstance(asked, str) else list(asked)
    problems = [
        Problem(Place("plot"), key, f"got {name!r}", listed(choices, 40), nearest(str(name), choices))
        for name in names
        if name not in choices
    ]
    if problems:
        raise ConfigError(problems)
    return names


def chosen_pairs(pairs: Sequence[Pair], outcome: Names, power: Names) -> list[Pair]:
    """Return the outcomes and powers asked for; outcomes without a power are kept whatever the power.

    Raises:
        ConfigError: an outcome or a power is not among them.
    """
    outcomes = chosen(outcome, (name for name, _ in pairs), "outcome")
    powers = chosen(power, (code for _, code in pairs if code), "power")
    return [(name, code) for name, code in pairs if name in outcomes and (code in powers or not code)]


@dataclass(frozen=True)
class RunPlots:
    """Pictures of a run; ``country`` is a code such as KZ, or CA5 for the region where a picture has it."""

    tables: Mapping[str, pd.DataFrame]
    scenario: Scenario

    def __call__(self, country: str | None = None) -> Figure:
        """Draw who approves of which power."""
        return self.opinion(country)

    def opinion(self, country: str | None = None) -> Figure:
        """Draw public approval through time."""
        return self._draw(approval, country)

    def divergence(self, country: str | None = None) -> Figure:
        """Draw how far elites and publics stand apart."""
        return self._draw(divergence, country)

    def elites(self, country: str | None = None) -> Figure:
        """Draw how elites are aligned."""
        return self._draw(elite_alignment, country)

    def polarisation(self, country: str | None = None) -> Figure:
        """Draw how divided the public is."""
        return self._draw(spread_of_affect, country)

    def protest(self, country: str | None = None) -> Figure:
        """Draw protest events by year."""
        return self._draw(protest, country)

    def channels(self, country: str | None = None) -> Figure:
        """Draw what moved sentiment, channel by channel."""
        return self._draw(what_moved_sentiment, country, region=False)

    def generations(self, country: str | None = None) -> Figure:
        """Draw opinion by generation, and how heritage fades."""
        return self._draw(generations, country, region=False)

    def pipeline(self, country: str | None = None) -> Figure:
        """Draw students and graduates, and whether they find work."""
        return self._draw(pipeline, country, region=False)

    def map(self) -> Figure:
        """Draw whose leadership the public likes better, on a map."""
        return self._draw(difference_map, None)

    def _draw(self, draw: Callable[[Context], Sheet], country: str | None, *, region: bool = True) -> Figure:
        run = self.scenario.run
        if country is None:
            return figure(lambda: draw(Context(self.tables, self.scenario)))
        chosen(country, [*run.countries, *([REGION] if region and len(run.countries) > 1 else [])], "country")
        if country == REGION:
            return figure(lambda: draw(Context(self.tables, self.scenario, only=REGION)))
        alone = {
            name: table[table["country"] == country] if "country" in table else table
            for name, table in self.tables.items()
        }
        scenario = self.scenario.model_copy(update={"run": run.model_copy(update={"countries": [country]})})
        return figure(lambda: draw(Context(alone, scenario)))


def _pairs(table: pd.DataFrame) -> list[Pair]:
    return list(table[["outcome", "power"]].drop_duplicates().itertuples(index=False, name=None))


def _asked(table: pd.DataFrame, outcome: Names, power: Names, country: str) -> pd.DataFrame:
    """Return the rows of a table about the outcomes, powers and country asked for."""
    chosen(country, table["country"], "country")
    wanted = chosen_pairs(_pairs(table), outcome, power)
    keep = [pair in wanted for pair in zip(table["outcome"], table["power"], strict=True)]
    return table[keep]


@dataclass(frozen=True)
class ComparisonPlots:
    """The picture of a comparison."""

    table: pd.DataFrame
    scenarios: Sequence[Scenario]

    def __call__(self, outcome: Names = None, power: Names = None, country: str = REGION) -> Figure:
        """Draw levels and differences through time; all outcomes and powers if none are named."""
        table = _asked(self.table, outcome, power, country)
        return figure(lambda: comparison(table, self.scenarios, country))


@dataclass(frozen=True)
class AblationPlots:
    """The picture of an ablation."""

    table: pd.DataFrame
    scenario: Scenario
    years: str

    def __call__(self, outcome: Names = None, power: Names = None, country: str = REGION) -> Figure:
        """Draw what each mechanism contributes; all outcomes and powers if none are named."""
        table = _asked(self.table, outcome, power, country)
        return figure(lambda: ablation(table, self.scenario, self.years, country))


@dataclass(frozen=True)
class ValidationPlots:
    """The picture of a validation."""

    table: pd.DataFrame

    def __call__(self, verdict: Names = None) -> Figure:
        """Draw how often each pattern is shown; those of all verdicts if none is named."""
        wanted = chosen(verdict, self.table["verdict"], "verdict")
        return figure(lambda: validation(self.table[self.table["verdict"].isin(wanted)]))


@dataclass(frozen=True)
class SurveyPlots:
    """The picture of scored polls."""

    scores: Scores
    name: str

    def __call__(self, power: Names = None) -> Figure:
        """Draw polled values beside what the model would have printed; those about all powers if none is named."""
        wanted = chosen(power, self.scores.rows["power"], "power")
        return figure(lambda: survey_scores(self.scores, self.name, wanted))


@dataclass(frozen=True)
class SweepPlots:
    """Pictures of a sweep."""

    swept: Swept

    def __call__(self, outcome: Names = None, power: Names = None, country: str = REGION) -> Figure:
        """Draw lines where one value varies, heat maps of a grid of two, and clouds of points otherwise."""
        pairs = self._pairs(outcome, power, country)
        return figure(lambda: main_picture(self.swept, pairs, country))

    def lines(
        self, x: str | None = None, outcome: Names = None, power: Names = None, country: str = REGION
    ) -> Figure:
        """Draw means and intervals against one varied key, a line a scenario; the first key if none is named.

        Raises:
            ConfigError: a name is unknown, or several values were drawn at once, so that no two points share one.
        """
        key = self._key(x, "x", 0)
        if self.swept.method in DRAWN and len(self.swept.varied) > 1:
            said = f"the points of method {self.swept.method} share no value"
            raise ConfigError([Problem(Place("plot"), "lines", said, "plot.scatter(...)")])
        pairs = self._pairs(outcome, power, country)
        return figure(lambda: lines(self.swept, key, pairs, country))

    def heatmap(
        self, x: str | None = None, y: str | None = None, outcome: Names = None, power: Names = None,
        country: str = REGION,
    ) -> Figure:
        """Draw two keys of a grid against each other: the first two if none are named.

        Raises:
            ConfigError: a name is unknown, or the sweep is no grid of two keys.
        """
        if self.swept.method != "grid" or len(self.swept.varied) < 2:
            said = f"method {self.swept.method} over {', '.join(self.swept.varied)}"
            raise ConfigError([Problem(Place("plot"), "heatmap", f"got {said}", "a grid of two keys or more")])
        across = self._key(x, "x", 0 if y != self.swept.varied[0] else 1)
        up = self._key(y, "y", 1 if across != self.swept.varied[1] else 0)
        if across == up:
            raise ConfigError([Problem(Place("plot"), "y", f"got {up!r} twice", listed(self.swept.varied))])
        pairs = self._pairs(outcome, power, country)
        return figure(lambda: heatmap(self.swept, across, up, pairs, country))

    def scatter(self, x: Names = None, outcome: Names = None, power: Names = None, country: str = REGION) -> Figure:
        """Draw all points against one or several varied keys, with a running mean."""
        keys = chosen(x, self.swept.varied, "x")
        pairs = self._pairs(outcome, power, country)
        return figure(lambda: scatter(self.swept, keys, pairs, country))

    def _key(self, asked: str | None, argument: str, default: int) -> str:
        varied = self.swept.varied
        return varied[default] if asked is None else chosen(asked, varied, argument)[0]

    def _pairs(self, outcome: Names, power: Names, country: str) -> list[Pair]:
        if self.swept.runs.empty:
            raise ConfigError([Problem(Place("plot"), "", "there is nothing to draw: no run has ended")])
        chosen(country, self.swept.runs["country"], "country")
        return chosen_pairs(self.swept.pairs, outcome, power)


@dataclass(frozen=True)
class SensitivityPlots:
    """Pictures of a sensitivity study."""

    study: Study
    found: Findings

    def __call__(self) -> Figure:
        """Draw how much of the spread each factor explains."""
        return self.indices()

    def one_at_a_time(self) -> Figure:
        """Draw what each factor changes by itself (tornado)."""
        return figure(lambda: tornado(self.study, self.found))

    def screening(self) -> Figure:
        """Draw the Morris plane: strength and dependence on the others."""
        return figure(lambda: plane(self.study, self.found))

    def indices(self) -> Figure:
        """Draw the Sobol indices with their intervals."""
        return figure(lambda: bars(self.study, self.found))

    def discovery(self) -> Figure:
        """Draw the box in which what was asked for is frequent."""
        return figure(lambda: box(self.study, self.found))


@dataclass(frozen=True)
class ElitePlots:
    """The picture of elites beside votes."""

    table: pd.DataFrame
    order: pd.DataFrame
    scenario: Scenario

    def __call__(self) -> Figure:
        """Draw whether countries stand in the order of their votes, and whether both move together."""
        return figure(lambda: elites_and_votes(self.table, self.order, about_run(self.scenario)))


@dataclass(frozen=True)
class CalibrationPlots:
    """Pictures of a calibration, out of its tables by name."""

    tables: Mapping[str, pd.DataFrame]
    about: str = ""
    """Where the numbers come from, for the footers."""

    def __call__(self, power: Names = None) -> Figure:
        """Draw each polled figure on what the calibrated model expects."""
        return self.fit(power)

    def fit(self, power: Names = None) -> Figure:
        """Draw each polled figure on what the calibrated model expects; both powers if none is named."""
        table = self._table("fit")
        wanted = chosen(power, table["power"], "power")
        return figure(lambda: fit_by_series(table[table["power"].isin(wanted)], self.about))

    def parameters(self, parameter: Names = None) -> Figure:
        """Draw each calibrated number before and after the fit; all if none is named."""
        facts = self._table("parameters")
        facts = facts[facts["parameter"].isin(chosen(parameter, facts["parameter"], "parameter"))]
        return figure(lambda: prior_and_posterior(self._table("posterior"), facts, self.about))

    def hindcast(self) -> Figure:
        """Draw polls that came after the years that the model was fitted to."""
        return figure(lambda: hindcast(self._table("hindcast"), self.about))

    def ranks(self) -> Figure:
        """Draw where the true value lies among the draws of its posterior."""
        return figure(lambda: rank_histograms(self._table("ranks"), self._table("recovery"), self.about))

    def elites(self) -> Figure:
        """Draw elites beside the votes of their countries in the UN."""
        return figure(lambda: elites_and_votes(self._table("elites"), self._table("order"), self.about))

    def _table(self, name: str) -> pd.DataFrame:
        table = self.tables.get(name)
        if table is None or table.empty:
            raise ConfigError([Problem(Place("plot"), name, "there is nothing to draw: this calibration has no such "
                                       "table")])
        return table


def main_picture(swept: Swept, pairs: Sequence[Pair], country: str) -> Sheet:
    """Draw the picture that fits the design of a sweep."""
    match swept.shape:
        case "lines":
            return lines(swept, swept.varied[0], pairs, country)
        case "map":
            return heatmap(swept, swept.varied[0], swept.varied[1], pairs, country)
        case _:
            return scatter(swept, swept.varied, pairs, country)
