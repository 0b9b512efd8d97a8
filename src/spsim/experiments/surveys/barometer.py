"""From a user's own Central Asia Barometer file to rows of the survey format: shares of answers, and no microdata.

The Barometer's files may be viewed and not passed on, so none is shipped. What its waves call their variables and how
they code answers is taken as :data:`LAYOUTS` and :data:`CODES` say, unless the user says otherwise; each such guess is
told, as a wrong one would make a wrong figure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spsim.analysis.estimates import Shares, weighted_shares
from spsim.config import ConfigError, Place, Problem
from spsim.config.errors import listed, nearest
from spsim.data import COUNTRIES, COUNTRY_NAMES, REGION
from spsim.data.places import whole
from spsim.data.surveys import POWERS, SURVEY_COLUMNS
from spsim.ground.columns import plain_number
from spsim.ground.tables import Cells, read_any

Note = Callable[[str], None]

_OPTIONS = {"CN": "china", "RU": "russia", "country": "country-column, or --country for a file of one country"}
"""Options that name columns, where they are not called like what they hold."""

POLLSTER = "Central Asia Barometer"
FIRST_BY_TELEPHONE = 7
"""Wave from which on the Barometer calls instead of visiting (2020)."""

LAST_DATED = 12
"""Last wave whose date is known: two waves a year, from spring 2017 to autumn 2022."""

LAYOUTS = ({"CN": "OpinionChina", "RU": "OpinionRussia", "weight": "totwt"},
           {"CN": "E1a", "RU": "E1b", "weight": "FinalWgt1"})
"""Names of the variables to wave 6 and from wave 7 on."""

ANSWERS = (
    "very favourable", "somewhat favourable", "somewhat unfavourable", "very unfavourable", "dont know", "refused",
)
"""Answers in the words of the survey format."""

NOT_ASKED = "not asked"
"""What a code may stand for besides an answer: such respondents are left out."""

CODES = {
    **{str(number): answer for number, answer in enumerate(ANSWERS[:4], 1)},
    **dict.fromkeys(("8", "88", "98", "998"), "dont know"),
    **dict.fromkeys(("9", "99", "999"), "refused"),
}
"""What numbers stand for, unless the user says otherwise."""

LABELS = (
    (r"(very|somewhat) (un)?favou?rable( opinion)?", r"\1 \2favourable"),
    (r"(do not|dont|don.t) know|dk|(hard|difficult) to (say|answer)|no opinion", "dont know"),
    (r"refused?( to answer)?|refusal|no answer", "refused"),
    (r"not asked|not applicable|#null!|\.|na|nan", NOT_ASKED),
)
"""Labels of answers, without capitals, and what they stand for."""

COUNTRY_WORDS = {
    **{code.lower(): code for code in COUNTRIES},
    **{name.lower(): code for code, name in COUNTRY_NAMES.items()},
    **{word: code for word, code in (
        ("kaz", "KZ"), ("kgz", "KG"), ("tjk", "TJ"), ("tkm", "TM"), ("uzb", "UZ"), ("kyrgyz republic", "KG"),
    ) if code in COUNTRIES},
}


@dataclass(frozen=True)
class Wave:
    """How a file of the Barometer is to be read; what is left out is as in :data:`LAYOUTS` and :data:`CODES`.

    Attributes:
        number: number of the wave, from 1.
        china: column with the opinion of China.
        russia: column with the opinion of Russia.
        weight: column with the weights; "none" for none.
        country_column: column with the country.
        country: code of the one country of a file without such a column.
        countries: value of that column -> code of the country; respondents with other values are left out.
        codes: value -> answer.
        strata: column with the strata of the sample.
        cluster: column with its clusters.
        year: year of the interviews.
        month: month of the interviews, 1 to 12.
    """

    number: int
    china: str = ""
    russia: str = ""
    weight: str = ""
    country_column: str = ""
    country: str = ""
    countries: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    strata: str = ""
    cluster: str = ""
    year: int | None = None
    month: int | None = None

    @property
    def layout(self) -> dict[str, str]:
        """The columns with opinions and weights."""
        usual = LAYOUTS[self.number >= FIRST_BY_TELEPHONE]
        given = {"CN": self.china, "RU": self.russia, "weight": self.weight}
        return {role: name or usual[role] for role, name in given.items()}

    @property
    def mode(self) -> str:
        """How respondents were reached."""
        return "telephone" if self.number >= FIRST_BY_TELEPHONE else "face to face"

    @property
    def date(self) -> tuple[int, int]:
        """Year and month of the interviews: as given, or by the rule of two waves a year, in May and October."""
        return self.year or 2017 + (self.number - 1) // 2, self.month or (5 if self.number % 2 else 10)

    def problems(self) -> list[Problem]:
        """Return what is wrong with it, whatever the file."""
        found = []
        if self.number < 1:
            found.append(Problem(Place("--wave"), "", f"got {self.number}", "a number from 1"))
        elif self.number > LAST_DATED and self.year is None:
            said = f"when wave {self.number} was asked is not known here"
            found.append(Problem(Place("--year"), "", said, "the year, and better the month as well"))
        if self.year is not None and not 2017 <= self.year <= 2050:
            found.append(Problem(Place("--year"), "", f"got {self.year}", "2017 to 2050"))
        if self.month is not None and not 1 <= self.month <= 12:
            found.append(Problem(Place("--month"), "", f"got {self.month}", "1 to 12"))
        allowed = (*ANSWERS, NOT_ASKED)
        for value, answer in self.codes.items():
            if answer not in allowed:
                meant = nearest(answer, allowed)
                found.append(Problem(Place("--codes"), value, f"got {answer!r}", listed(allowed), meant))
        places = {**self.countries, **({"": self.country} if self.country else {})}
        for value, code in places.items():
            if code not in COUNTRIES:
                meant = COUNTRY_WORDS.get(code.lower(), "")
                found.append(Problem(Place("--country"), value, f"got {code!r}", listed(COUNTRIES), meant))
        if self.country and (self.country_column or self.countries):
            said = "a file of one country has no column with countries"
            found.append(Problem(Place("--country"), "", said, "one of both"))
        return found


def import_barometer(path: str | Path, wave: Wave, sheet: str = "", note: Note = lambda _: None) -> pd.DataFrame:
    """Return the shares of answers in a file of the Barometer as rows of the survey format.

    Args:
        path: the file, Excel (.xlsx) or CSV.
        wave: how it is to be read.
        sheet: sheet of the workbook; the first one if left out.
        note: told of everything that was taken for granted or left out.

    Returns:
        For each country and power six rows, with standard errors under the design of the sample.

    Raises:
        ConfigError: with every mistake found; values of the file that mean nothing are named with their number.
        SetupError: the library for workbooks is not installed.
    """
    if problems := wave.problems():
        raise ConfigError(problems)
    file = _File(read_any(path, sheet), wave)
    rows = file.rows()
    for text in file.notes:
        note(text)
    return pd.DataFrame(rows, columns=[column.name for column in SURVEY_COLUMNS])


class _File:
    """A file of the Barometer, column by column; collects what is wrong with it, and what a reader must know."""

    def __init__(self, cells: Cells, wave: Wave) -> None:
        self.cells, self.wave = cells, wave
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.columns = self._columns()
        for line, row in zip(cells.lines, cells.rows, strict=True):
            if len(row) > len(cells.header):
                said = f"got {len(row)} cells where the header names {len(cells.header)} columns"
                self.problems.append(Problem(Place(cells.origin, line), "", said))
                break
        self._stop()

    def _stop(self) -> None:
        if self.problems:
            raise ConfigError(self.problems)

    def _columns(self) -> dict[str, str]:
        """Return role -> name of the column in the file, for the roles that it has."""
        wave = self.wave
        wanted = {**wave.layout, "strata": wave.strata, "cluster": wave.cluster}
        if not wave.country:
            wanted["country"] = wave.country_column or "country"
        if wanted["weight"].lower() == "none":
            del wanted["weight"]
            self.notes.append("no weights: every respondent counts the same")
        found = {role: self._column(name) for role, name in wanted.items() if name}
        if missing := {role: wanted[role] for role, column in found.items() if not column}:
            named = [f"{name} (--{_OPTIONS.get(role, role)})" for role, name in missing.items()]
            near = {name: nearest(name, self.cells.header) for name in missing.values()}
            meant = "".join(f"; {name} may be {like!r}" for name, like in near.items() if like)
            said = f"these columns are missing: {', '.join(named)}{meant}; found: {listed(self.cells.header, 60)}"
            self.problems.append(Problem(Place(self.cells.origin, self.cells.header_line), "", said))
        return found

    def _column(self, name: str) -> str:
        """Return the name of a column as it stands in the file, whatever its capitals; "" if there is none."""
        header = self.cells.header
        same = [each for each in header if each == name] or [each for each in header if each.lower() == name.lower()]
        if len(same) > 1:
            place = Place(self.cells.origin, self.cells.header_line)
            self.problems.append(Problem(place, name, f"{len(same)} columns have this name"))
        return same[0] if same else ""

    def _values(self, role: str) -> list[str]:
        """Return the cells of a column, "" where a row is too short."""
        index = self.cells.header.index(self.columns[role])
        cells = [row[index] if index < len(row) else "" for row in self.cells.rows]
        return [re.sub(r"^(\d+)[.,]0+$", r"\1", cell) for cell in cells]  # 1.0 is the code 1

    # --- decoding -------------------------------------------------------------------------------------------------

    def _countries(self) -> list[str]:
        """Return the country of each respondent; "" for those who are left out."""
        if self.wave.country:
            return [self.wave.country] * len(self.cells.rows)
        values, given = self._values("country"), self.wave.countries
        known = given or {value: COUNTRY_WORDS.get(_words(value), "") for value in set(values)}
        places = [known.get(value, "") for value in values]
        strange = [value for value, place in zip(values, places, strict=True) if not place]
        if strange and given:
            self.notes.append(f"left out, of other countries: {_counted(strange)}")
        elif strange:
            allowed = f"names or codes of {whole(REGION)}; others by --countries, such as 1={COUNTRIES[0]}"
            self._unknown("country", strange, allowed)
        return places

    def _weights(self) -> NDArray[np.float64]:
        """Return the weight of each respondent; 0 for those who have none."""
        if "weight" not in self.columns:
            return np.ones(len(self.cells.rows))
        weights, wrong = [], []
        for text in self._values("weight"):
            try:
                weights.append(plain_number(text) if text else 0.0)
            except ValueError:
                weights.append(-1.0)
            if weights[-1] < 0:
                wrong.append(text)
        if wrong:
            self._unknown("weight", wrong, "numbers from 0")
        elif without := sum(weight == 0 for weight in weights):
            self.notes.append(f"left out, without a weight or with weight 0: {without:,} respondents")
        return np.array(weights)

    def _answers(self, power: str) -> NDArray[np.int64]:
        """Return the number of each answer in ``ANSWERS``; -1 for those who were not asked."""
        values, column = self._values(power), self.columns[power]
        meanings = {value: _meaning(value, self.wave.codes) for value in set(values)}
        if strange := [value for value in values if not meanings[value]]:
            allowed = f"{listed(ANSWERS)}, as text or codes; others by --codes, such as 5=refused"
            self._unknown(power, strange, allowed)
        guessed = sorted({value for value, meaning in meanings.items()
                          if value in CODES and value not in self.wave.codes and meaning}, key=float)
        if guessed:
            taken = ", ".join(f"{value} = {meanings[value]}" for value in guessed)
            self.notes.append(f"{column}: codes are taken as {taken}; see that your codebook says so (--codes)")
        if skipped := sum(meanings[value] == NOT_ASKED for value in values):
            self.notes.append(f"{column}: left out, not asked: {skipped:,} respondents")
        return np.array([ANSWERS.index(meanings[value]) if meanings[value] in ANSWERS else -1 for value in values])

    def _unknown(self, role: str, values: Sequence[str], allowed: str) -> None:
        place = Place(self.cells.origin, self.cells.lines[self._values(role).index(values[0])])
        self.problems.append(Problem(place, self.columns[role], f"got {_counted(values)}", allowed))

    def _groups(self, role: str) -> NDArray[np.int64] | None:
        """Return the number of each respondent's stratum or cluster; None if the file has no such column."""
        if role not in self.columns:
            return None
        values = self._values(role)
        if empty := values.count(""):
            self._unknown(role, [""] * empty, "a value for every respondent")
        return np.unique(values, return_inverse=True)[1]

    # --- estimating -----------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, object]]:
        """Return the rows of the survey format."""
        countries, weights = np.array(self._countries()), self._weights()
        answers = {power: self._answers(power) for power in POWERS}
        strata, clusters = self._groups("strata"), self._groups("cluster")
        self._stop()
        self._assumptions()
        found: list[dict[str, object]] = []
        for country in [code for code in COUNTRIES if code in countries]:
            liking = {}
            for power in POWERS:
                who = (countries == country) & (weights > 0) & (answers[power] >= 0)
                if not who.any():
                    self.notes.append(f"{country}: nobody was asked about {POWERS[power]}")
                    continue
                pick = [None if groups is None else groups[who] for groups in (strata, clusters)]
                shares = weighted_shares(answers[power][who], len(ANSWERS), weights[who], *pick)
                liking[power] = shares.share[:2].sum()
                found += self._figures(country, power, shares)
            if liking.get("CN", 0) > liking.get("RU", 1):
                self.notes.append(
                    f"{country}: China is seen more favourably ({100 * liking['CN']:.0f} %) than Russia "
                    f"({100 * liking['RU']:.0f} %), as in none of the shipped figures; are the two columns swapped?"
                )
        return found

    def _figures(self, country: str, power: str, shares: Shares) -> Iterable[dict[str, object]]:
        year, month = self.wave.date
        weighted = "weighted" if "weight" in self.columns else "unweighted"
        design = [f"{word} {self.columns[role]}" for role, word in
                  (("weight", "weights"), ("strata", "strata"), ("cluster", "clusters")) if role in self.columns]
        told = f"computed from column {self.columns[power]}, {', '.join(design) or 'no weights'}"
        if "weight" in self.columns:
            told += f"; as informative as {shares.effective:.0f} equally weighted answers"
        for answer, share, error in zip(ANSWERS, shares.share, shares.error, strict=True):
            yield {
                "country": country, "year": str(year), "wave": f"wave {self.wave.number}", "group": f"all, {weighted}",
                "power": power, "measure": answer, "value": round(100 * float(share), 2), "unit": "%",
                "survey": POLLSTER, "n": shares.respondents, "source_url": "", "confidence": "computed",
                "note": told, "se": round(100 * float(error), 3) or float("nan"), "mode": self.wave.mode,
                "month": month,
            }

    def _assumptions(self) -> None:
        """Note what was taken for granted about columns and dates."""
        wave, later = self.wave, self.wave.number >= FIRST_BY_TELEPHONE
        if later and not (wave.china and wave.russia):
            guess = f"{self.columns['CN']} is taken as the opinion of China and {self.columns['RU']} as that of Russia"
            self.notes.insert(0, f"{guess}; see that the questionnaire of your wave says so (--china, --russia)")
        if wave.year is None or wave.month is None:
            year, month = wave.date
            self.notes.append(f"wave {wave.number} is dated {year}-{month:02d} by the rule of two waves a year, in May "
                              "and October; say it better if you know it (--year, --month)")


def _words(text: str) -> str:
    return " ".join(text.lower().split())


def _meaning(value: str, codes: Mapping[str, str]) -> str:
    """Return the answer that a cell stands for, ``NOT_ASKED`` if none was asked for, "" if it means nothing here."""
    if value in codes:
        return codes[value]
    if value in CODES:
        return CODES[value]
    label = re.sub(r"^\d+ ?[-.:)=]? +(?=\D)|\(.*?\)|[!*]", "", _words(value).replace("’", "'")).strip()
    if not label:
        return NOT_ASKED
    for pattern, answer in LABELS:
        if match := re.fullmatch(pattern, label):
            return match.expand(answer)
    return ""


def _counted(values: Sequence[str]) -> str:
    """Return values with their number, the most frequent ones first."""
    return listed([f"{value!r} ({count:,} times)" for value, count in Counter(values).most_common()], 8)
