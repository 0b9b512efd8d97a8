"""Numbers of things in words, and what prints them."""

import pytest

from spsim.cli.values import lever_text
from spsim.config import LeverSetting
from spsim.ground.words import counted, key_words


@pytest.mark.parametrize(("count", "thing", "words"), [
    (0, "run", "0 runs"), (1, "run", "1 run"), (1.0, "year", "1 year"), (0.5, "year", "0.5 years"),
    (2, "parameter set", "2 parameter sets"), (1, "country", "1 country"), (5, "country", "5 countries"),
    (12000, "point", "12,000 points"),
])
def test_one_thing_has_no_plural(count: float, thing: str, words: str) -> None:
    assert counted(count, thing) == words


@pytest.mark.parametrize(("ramp", "words"), [(1, "over 1 year"), (2.5, "over 2.5 years")])
def test_a_lever_moves_over_one_year(ramp: float, words: str) -> None:
    setting = LeverSetting.model_validate({"lever": "budget", "power": "CN", "to": 2.0, "from": "2026-01",
                                           "ramp_years": float(ramp)})
    assert lever_text(setting).endswith(words)


@pytest.mark.parametrize(("path", "words"), [
    (("levers", 0, "from"), "lever 1, from"), (("levers", 1, "countries", 2), "lever 2, country 3"),
    (("when", "levers", 0, "to"), "when.lever 1, to"), (("run", "powers", 0), "run.power 1"),
    (("data.gdp.TM.2027", "value"), "data.gdp.TM.2027.value"), (("title",), "title"),
])
def test_items_of_a_list_are_counted_from_one(path: tuple[str | int, ...], words: str) -> None:
    assert key_words(path) == words
