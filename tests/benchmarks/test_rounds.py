"""Rounds, medians, ratios and the choice of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from measuring.rounds import Beside, Case, Figure, Missing, chosen, measure, ratios


def case(key: str, start: Callable[[], Callable[[], float]] | None = None, **more) -> Case:
    return Case(key, f"what {key} is", "s", start or (lambda: lambda: 1.0), **more)


def test_a_figure_is_the_median_with_the_least_and_the_largest() -> None:
    figure = Figure(case("a"), (5.0, 1.0, 2.0, 40.0))
    assert (figure.median, figure.low, figure.high) == (3.5, 1.0, 40.0)


def test_a_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians() -> None:
    # the machine was three times slower in the second round, for both
    mine, theirs = Figure(case("a"), (10.0, 30.0, 12.0)), Figure(case("b"), (5.0, 15.0, 4.0))
    assert mine.over(theirs) == 2.0
    assert mine.over(theirs, scale=10.0) == 0.2


def test_a_ratio_uses_the_rounds_that_both_have() -> None:
    assert Figure(case("a"), (6.0,)).over(Figure(case("b"), (2.0, 100.0, 100.0))) == 3.0


def test_ratios_leave_out_what_was_not_measured() -> None:
    beside = (Beside("b", "times b"), Beside("c", "times c"), Beside("absent", "times nothing"))
    figures = {"a": Figure(case("a", beside=beside), (4.0,)), "b": Figure(case("b"), (2.0,))}
    figures["c"] = Figure(case("c"), ())
    assert [(one.words, ratio) for one, ratio in ratios(figures["a"], figures)] == [("times b", 2.0)]
    assert ratios(figures["c"], figures) == []


def test_rounds_are_interleaved_and_a_case_has_no_more_than_its_own() -> None:
    order: list[str] = []

    def counted(key: str) -> Callable[[], Callable[[], float]]:
        def take() -> float:
            order.append(key)
            return float(len(order))

        return lambda: take

    told: list[str] = []
    figures = measure([case("a", counted("a")), case("b", counted("b"), rounds=2)], told.append, most=3)
    assert order == ["a", "b", "a", "b", "a"]
    assert figures["a"].values == (1.0, 3.0, 5.0) and figures["b"].values == (2.0, 4.0)
    assert len(told) == 7 and told[2].startswith("round 1 of 3: a 1 s")


def test_what_a_case_lacks_is_told_and_stops_nothing() -> None:
    def lacking() -> Callable[[], float]:
        raise Missing("xyz is not installed")

    figures = measure([case("a", lacking), case("b")], lambda _: None, most=1)
    assert figures["a"].values == () and figures["a"].why_not == "xyz is not installed"
    assert figures["b"].values == (1.0,)


@pytest.fixture
def cases() -> Iterator[list[Case]]:
    yield [
        case("machine/score"), case("steps/1k", beside=(Beside("machine/score", ""),)), case("steps/1M", quick=False),
        case("memory/parent", asked=True),
    ]


@pytest.mark.parametrize(("words", "quick", "keys"), [
    ([], False, ["machine/score", "steps/1k", "steps/1M"]),
    ([], True, ["machine/score", "steps/1k"]),
    (["1k"], False, ["machine/score", "steps/1k"]),
    (["1M"], False, ["steps/1M"]),
    (["memory"], False, []),
    (["memory/parent"], False, ["memory/parent"]),
])
def test_cases_are_chosen_by_a_part_of_their_key(
    cases: list[Case], words: list[str], quick: bool, keys: list[str]
) -> None:
    assert [one.key for one in chosen(cases, words, quick=quick)] == keys


def test_an_unknown_word_is_a_mistake(cases: list[Case]) -> None:
    with pytest.raises(ValueError, match="no case is called nonsense; there are: machine/score, steps/1k"):
        chosen(cases, ["steps", "nonsense"], quick=False)
