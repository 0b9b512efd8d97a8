"""From the rows of a survey file to questions that an instrument of the model can answer.

Rows are different instruments: Gallup asks for approval of a leadership, the Central Asia Barometer for the opinion of
a country, IRI for the state of relations, M-Vector for confidence in a leader. A row that none of them covers is
returned with the reason, and never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from spsim.config.scenario import month_text
from spsim.data import COUNTRIES, REGION
from spsim.data.surveys import REGIONS

Kind = Literal["share", "change"]


@dataclass(frozen=True)
class Question:
    """A printed figure, and what the model has to be asked to compare with it."""

    row: int
    """Index of the row in its table."""
    countries: tuple[str, ...]
    """Polled countries; the figure is their unweighted mean, as polls take about as many answers in each."""
    months: tuple[str, ...]
    """Dates of the waves (``YYYY-MM``), over which the figure is a mean; a change goes from the first to the last."""
    power: str
    item: str
    answers: tuple[str, ...]
    """The answers whose shares make up the figure."""
    kind: Kind
    value: float
    """What was printed, in points."""
    pollster: str
    mode: str
    interviews: float
    """Number of interviews behind the figure; assumed where none is printed."""
    standard_error: float | None = None
    """Of the figure in points, where its source gives one."""

    @property
    def year(self) -> int:
        """The last year of the waves."""
        return int(self.months[-1][:4])

    @property
    def series(self) -> str:
        """What repeats from wave to wave: place, power, item and answer."""
        return f"{'+'.join(self.countries)} {self.power} {self.item}: {'+'.join(self.answers)}"

    @property
    def label(self) -> str:
        """The question in a few words."""
        first, last = self.months[0][:4], self.months[-1][:4]
        years = last if first == last else f"{first}-{last[2:]}"
        change = "change of " if self.kind == "change" else ""
        place = "+".join(self.countries) if len(self.countries) < 4 else f"{len(self.countries)} countries"
        return f"{place} {years}, {self.power}: {change}{' + '.join(self.answers).replace('_', ' ')} ({self.pollster})"

    @property
    def poll(self) -> tuple[Hashable, ...]:
        """What tells apart the samples behind figures: answers to one item of one poll come from the same persons."""
        return self.pollster, self.item, self.power, self.countries, self.months, self.kind


@dataclass(frozen=True)
class Uncovered:
    """A row that no instrument covers, and why."""

    row: int
    measure: str
    reason: str


@dataclass(frozen=True)
class _Wording:
    """How the measure of a row is recognised, and what it asks."""

    pattern: str
    item: str
    answers: tuple[str, ...]


_FAVOURABLE = r"favou?rable"
_WORDINGS = (
    _Wording(r"approve leadership", "leadership", ("approval",)),
    _Wording(r"disapprove leadership", "leadership", ("disapproval",)),
    _Wording(r"(dont know|don't know|no opinion|dont know / no opinion)( leadership)?", "leadership", ("no_opinion",)),
    _Wording(r"bilateral relations good", "relations", ("good",)),
    _Wording(r"bilateral relations bad", "relations", ("bad",)),
    _Wording(r"confidence in leader.*", "leader", ("confidence",)),
    _Wording(rf"{_FAVOURABLE} \(very\+somewhat\)", "country", ("favourable", "very_favourable")),
    _Wording(rf"un{_FAVOURABLE} \(very\+somewhat\)", "country", ("very_unfavourable", "unfavourable")),
    _Wording(rf"very {_FAVOURABLE}", "country", ("very_favourable",)),
    _Wording(rf"somewhat {_FAVOURABLE}", "country", ("favourable",)),
    _Wording(rf"somewhat un{_FAVOURABLE}", "country", ("unfavourable",)),
    _Wording(rf"very un{_FAVOURABLE}", "country", ("very_unfavourable",)),
)
_POLLSTERS = {"leadership": "Gallup", "country": "Central Asia Barometer", "relations": "IRI", "leader": "M-Vector"}
"""The pollster whose wording an item follows; another pollster's question of the same name is another item."""

_MONTH = {"leadership": 7, "country": 10, "relations": 11, "leader": 7}
"""When a poll is taken whose month is not printed."""

_SEASONS = (("late summer", 8), ("spring", 5), ("summer", 7), ("autumn", 10), ("fall", 10), ("winter", 1), ("late", 11))
_CHANGE = re.compile(r"^change in (?P<measure>.*?) vs previous year( \(pp\))?$")
_POOLED = re.compile(r"[,;]? *(pooled|mean over|mean of)\b.*$")

USUAL_SAMPLE = 1000
"""Interviews in a country and wave where none are printed: what the pollsters usually take."""


def questions(table: pd.DataFrame) -> tuple[list[Question], list[Uncovered]]:
    """Return the questions behind the rows of a survey table, and the rows that no instrument covers.

    Args:
        table: columns country, year, wave, group, power, measure, value, survey, n, and optionally se, mode and month.
    """
    asked: list[Question] = []
    left: list[Uncovered] = []
    for row, found in zip(table.index, table.to_dict("records"), strict=True):
        one = _question(int(row), found)
        if isinstance(one, Question):
            asked.append(one)
        else:
            left.append(Uncovered(int(row), str(found["measure"]), one))
    return asked, left


def second_sources(asked: Sequence[Question]) -> list[Uncovered]:
    """Return the rows that say what an earlier row says of the same poll: two sources of one figure, told once."""
    first: dict[tuple[Hashable, ...], int] = {}
    found = []
    for one in asked:
        earlier = first.setdefault((one.series, one.kind, one.months[0][:4], one.year, one.value), one.row)
        if earlier != one.row:
            found.append(Uncovered(one.row, one.label, f"a second source for the figure of row {earlier}"))
    return found


def _question(row: int, found: Mapping[Hashable, Any]) -> Question | str:
    """Return the question of a row, or why there is none."""
    text, survey = str(found["measure"]).strip().lower(), str(found["survey"])
    change = _CHANGE.match(text)
    plain = _POOLED.sub("", change["measure"] if change else text).strip()
    if plain == "refused":
        return "refusals are not modelled: the model's share without opinion stands for those who do not know"
    wording = next((w for w in _WORDINGS if re.fullmatch(w.pattern, plain)), None)
    if wording is None:
        return "no instrument asks this"
    item, answers = wording.item, wording.answers
    if plain.startswith(("dont know", "don't know", "no opinion")) and _POLLSTERS["country"] in survey:
        item = "country"
    if _POLLSTERS[item].lower() not in survey.lower():
        return f"the item is {_POLLSTERS[item]}'s; another pollster's wording has another scale"
    places = _places(str(found["country"]), str(found.get("group", "")))
    if isinstance(places, str):
        return places
    years = _years(str(found["year"]), str(found.get("wave", "")))
    if isinstance(years, str):
        return years
    if change:
        years = [years[-1] - 1, years[-1]]
    month = int(_number(found.get("month")) or _month(str(found.get("wave", "")), item))
    waves = len(years) * len(places)
    return Question(
        row=row, countries=places, months=tuple(month_text(year * 12 + month - 1) for year in years),
        power=str(found["power"]), item=item, answers=answers, kind="change" if change else "share",
        value=float(found["value"]), pollster=_POLLSTERS[item], mode=_text(found.get("mode")) or _mode(item, years[-1]),
        interviews=_number(found.get("n")) or USUAL_SAMPLE * (1 if change else waves),
        standard_error=_number(found.get("se")),
    )


def _number(value: Any) -> float | None:  # noqa: ANN401 - a cell may hold anything
    """Return a cell's number; None where it is empty."""
    found = pd.to_numeric(value, errors="coerce")
    return None if pd.isna(found) else float(found)


def _text(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    """Return a cell's text; "" where it is empty."""
    return "" if value is None or pd.isna(value) else str(value)


def _places(code: str, group: str) -> tuple[str, ...] | str:
    """Return the countries that a row is about, or why there are none."""
    listed = re.search(r"\(([A-Z]{2}(?:,[A-Z]{2})+)\)", group)
    codes = listed[1].split(",") if code in REGIONS and listed else code.split("+")
    if code == REGION:
        codes = list(COUNTRIES)
    elif code == "CA4" and not listed:
        codes = [country for country in COUNTRIES if country != "TM"]
    unknown = [each for each in codes if each not in COUNTRIES]
    return f"{', '.join(unknown)} is no country of the model" if unknown else tuple(codes)


def _years(text: str, wave: str) -> list[int] | str:
    """Return the years of a row: those that its wave lists, or all of its range."""
    ends = [int(year) for year in re.findall(r"\d{4}", text)]
    if not ends:
        return f"no year in {text!r}"
    listed = [int(year) for year in re.findall(r"\b(?:19|20)\d{2}\b", wave)]
    inside = sorted({year for year in listed if ends[0] <= year <= ends[-1]})
    return inside if len(ends) > 1 and len(inside) > 1 else list(range(ends[0], ends[-1] + 1))


def _month(wave: str, item: str) -> int:
    """Return the month of a poll, 1 to 12: as its wave says, or as its pollster usually asks."""
    dated = re.search(r"\b\d{4}-(\d{2})\b", wave)
    if dated and 1 <= int(dated[1]) <= 12:
        return int(dated[1])
    season = next((month for name, month in _SEASONS if name in wave.lower()), None)
    return season or _MONTH[item]


def _mode(item: str, year: int) -> str:
    """Return how a poll was taken: the Barometer went to the telephone in 2020."""
    return "telephone" if item == "country" and year >= 2020 else "face to face"
