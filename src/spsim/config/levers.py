"""The levers: what an actor decides, as against parameters, which nobody decides.

A lever acts on an input or on a bound, never on a state. The two *pins* are the exception: they hold a state in place
for an experiment of thought, a scenario must say ``hold: true``, and results are labelled as forced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Owner = Literal["power", "recipient", "society"]
Kind = Literal["factor", "level", "pin"]

MEDIA_SOURCES = {
    "chinese_language_tv": ("Chinese-language television", "K23"),
    "chinese_media_in_russian": ("Chinese media in Russian", "K25"),
    "chinese_media_in_titular": ("Chinese media in titular languages", "K26"),
    "russian_tv": ("Russian television", "Laruelle and Royce 2020"),
    "state_media": ("national state media", "C35: elites speak through them"),
    "private_press": ("the private press in the titular language", "K36"),
}
"""Name -> (title, source) of each source of the media channel."""


@dataclass(frozen=True)
class Lever:
    """One decision: who takes it, what it acts on, in what unit and within what bounds.

    A ``factor`` multiplies an input and does nothing at 1. A ``level`` replaces an input, which is shown as ``base``.
    """

    name: str
    owner: Owner
    kind: Kind
    unit: str
    low: float
    high: float
    base: str
    description: str
    source: str
    by_power: bool = False

    @property
    def bounds_text(self) -> str:
        """Return the allowed range in words."""
        return f"a number from {self.low:g} to {self.high:g} ({self.unit})"


def _factor(name: str, description: str, source: str, owner: Owner = "power", *, by_power: bool = True) -> Lever:
    return Lever(name, owner, "factor", "factor, 1 = as in the baseline", 0, 10, "1", description, source, by_power)


def _level(name: str, owner: Owner, unit: str, high: float, base: str, description: str, source: str) -> Lever:
    return Lever(name, owner, "level", unit, 0, high, base, description, source, by_power=owner == "power")


LEVERS: dict[str, Lever] = {
    lever.name: lever
    for lever in (
        _factor("budget", "All that a power spends on media, culture and education.", "C26, C28, K44"),
        _factor("media_budget", "A power's spending on media.", "C20, K44"),
        _factor("culture_budget", "A power's spending on culture and institutes.", "C15, C17, K19"),
        _factor("scholarships", "Number of official scholarships; about an eighth of all seats.", "C28, K16"),
        _factor("seats", "Seats open to a country's students, a ceiling that does not bind in the baseline.", "C28"),
        _factor("demand_support", "Support that raises the number of applicants (courses, fees, information).",
                "C27, C29"),
        _factor("graduate_posts", "Posts for local graduates in a power's firms, for the same capital.", "C30, C34"),
        _factor("investment", "A power's commitments; for a power without capital series, its trade.", "C19, C24"),
        _factor("diplomacy", "Weight of memberships and security cooperation for elites.", "C07, C12"),
        _level("institutes_open", "power", "share", 1, "1", "Share of institutes and centres that are open.",
               "C17, K04"),
        _level("adaptation", "power", "share", 1, "parameter initial_adaptation",
               "Local adaptation of instruments; it costs budget.", "K46, C41"),
        _level("adaptive_allocation", "power", "share", 1, "0",
               "Share of the media and culture budget that follows need between countries.", "K47"),
        _level("local_hiring_floor", "recipient", "share", 1, "0",
               "Least share of local labour in a power's projects.", "C31, I7"),
        _level("contract_transparency", "recipient", "share", 1, "0",
               "Share of contracts and debts that are published.", "C42"),
        _level("openness", "recipient", "openness index 0-1", 1, "Freedom House total / 100",
               "Political openness.", "C37"),
        _level("border_open", "recipient", "share", 1, "1",
               "How far borders are open for students and cultural exchange.", "C02"),
        _level("moratorium", "recipient", "share", 1, "0", "Share of new commitments that the state stops.", "K36"),
        _level("heritage_fade", "society", "per year", 1, "0",
               "Extra rate at which everybody's Soviet heritage fades.", "C43, C44"),
        _level("heritage_transmission", "society", "share", 1, "parameter transmission",
               "Share of heritage that the young take from their elders.", "C43, C44"),
        *(
            _factor(f"source_{name}", f"Reach of {title}.", source, by_power=False)
            for name, (title, source) in MEDIA_SOURCES.items()
        ),
        Lever("opacity", "recipient", "pin", "share", 0, 1, "state", "Opacity held at a value.", "C42"),
        Lever("foreign_labour_share", "recipient", "pin", "share", 0, 1, "state",
              "Share of foreign labour in a power's projects held at a value.", "C25, C31", by_power=True),
    )
}
