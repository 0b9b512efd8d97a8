"""A visitor's model without any page: what moves it, what it shows, and how it ends."""

from __future__ import annotations

import gc
import math
import threading
import time
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from small import small, wait_for

from spsim.app import session as sessions
from spsim.app.session import Session, View


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(small())
    yield made
    made.close()


def threads() -> int:
    return sum(thread.name == sessions.THREAD for thread in threading.enumerate())


def test_a_step_a_year_and_the_end(session: Session) -> None:
    assert session.view.snapshot.date == "2015-01"
    session.step()
    assert session.view.snapshot.date == "2015-02"
    session.year()
    assert session.view.snapshot.date == "2016-02"
    session.step(1000)
    assert session.view.snapshot.date == "2017-12" and session.view.snapshot.finished
    session.step()
    assert session.view.message == "" and session.view.snapshot.date == "2017-12"


def test_a_snapshot_cannot_be_written_and_never_changes(session: Session) -> None:
    session.step()
    before = session.view.snapshot
    kept = before.record.opinion.copy()
    with pytest.raises(ValueError, match="read-only"):
        before.record.opinion[0] = 0
    session.step(5)
    np.testing.assert_array_equal(before.record.opinion, kept)
    assert before.record.opinion.shape[0] == 2 and session.view.snapshot.record.opinion.shape[0] == 7


def test_it_plays_at_the_speed_chosen_and_stops_at_once(session: Session) -> None:
    session.set_speed(20)
    session.play()
    assert session.view.playing
    time.sleep(0.6)
    session.pause()
    at = session.view.snapshot.step
    assert 6 <= at <= 14
    time.sleep(0.2)
    assert session.view.snapshot.step == at and not session.view.playing


def test_the_play_waits_until_a_step_is_drawn(session: Session) -> None:
    session.listen(lambda _: None)
    session.set_speed(math.inf)
    session.play()
    time.sleep(0.5)
    assert session.view.snapshot.step == 1
    session.drawn()
    wait_for(lambda: session.view.snapshot.step == 2)
    session.pause()


def test_it_stops_by_itself_at_the_end(session: Session) -> None:
    session.set_speed(math.inf)
    session.play()
    wait_for(lambda: not session.view.playing)
    assert session.view.snapshot.finished
    session.play()
    assert not session.view.playing
    wait_for(lambda: threads() == 0)


def test_playing_twice_is_playing_once(session: Session) -> None:
    session.play()
    session.play()
    wait_for(lambda: session.view.snapshot.step > 1)
    assert threads() == 1


def test_reset_takes_levers_back(session: Session) -> None:
    session.step(3)
    session.pull("scholarships", "CN", 2.0)
    assert [lever.to for lever in session.view.snapshot.scenario.levers] == [2.0]
    assert session.view.snapshot.scenario.name == "small-edited"
    session.reset()
    assert session.view.snapshot.step == 0 and not session.view.snapshot.scenario.levers
    assert session.view.snapshot.scenario.name == "small"


def test_a_lever_acts_from_the_next_month_on(session: Session) -> None:
    session.step(3)
    session.pull("investment", "CN", 3.0)
    session.pull("investment", "CN", 4.0)
    session.step(2)
    session.pull("investment", "CN", 0.0)
    found = [(lever.from_, lever.to) for lever in session.view.snapshot.scenario.levers]
    assert found == [("2015-05", 4.0), ("2015-07", 0.0)]


@pytest.mark.parametrize(("lever", "power", "value", "said"), [
    ("scholarships", "CN", 99, "got 99; allowed: a number from 0 to 10"),
    ("scholarships", "", 2, "the power is missing"),
    ("nonsense", "", 2, "there is no such lever"),
    ("openness", "RU", 0.5, "no power"),
])
def test_a_pull_that_cannot_be_is_a_message(session: Session, lever: str, power: str, value: float, said: str) -> None:
    session.pull(lever, power, value)
    assert said in session.view.message and not session.view.snapshot.scenario.levers
    session.step()
    assert session.view.message == ""


def test_no_lever_after_the_end(session: Session) -> None:
    session.step(1000)
    session.pull("scholarships", "CN", 2.0)
    assert "the run has ended in 2017-12" in session.view.message


def test_a_lever_in_the_last_month_but_one_can_be_pulled(session: Session) -> None:
    session.step(34)
    session.pull("scholarships", "CN", 2.0)
    assert session.view.message == "" and session.view.snapshot.scenario.levers[0].from_ == "2017-12"


def test_the_pinned_run_goes_on_to_its_end_without_the_lever(session: Session) -> None:
    session.step(6)
    session.pin()
    session.pull("investment", "CN", 4.0)
    session.step(1000)
    wait_for(lambda: not session.view.completing)
    pinned, now = session.view.reference, session.view.snapshot
    assert pinned is not None and pinned.finished and not pinned.scenario.levers
    np.testing.assert_array_equal(pinned.record.opinion[:7], now.record.opinion[:7])
    assert (pinned.record.opinion[-1] != now.record.opinion[-1]).any()
    session.unpin()
    assert session.view.reference is None


def test_a_pin_that_is_replaced_in_mid_run_does_not_come_back(session: Session) -> None:
    session.pin()
    session.unpin()
    wait_for(lambda: threads() == 0)
    assert session.view.reference is None and not session.view.completing


def test_another_scenario_or_seed_in_the_middle_of_playing(session: Session) -> None:
    session.set_speed(math.inf)
    session.play()
    wait_for(lambda: session.view.snapshot.step > 3)
    session.choose(small(countries=["UZ"]))
    assert session.view.snapshot.step == 0 and session.view.snapshot.countries == ["UZ"] and not session.view.playing
    session.set_seed(7)
    assert session.view.snapshot.scenario.run.seed == 7 and session.view.snapshot.countries == ["UZ"]
    session.set_seed(-1)
    assert "a whole number" in session.view.message and session.view.snapshot.scenario.run.seed == 7


def test_the_last_that_is_told_is_the_last_there_is(session: Session) -> None:
    """Also when a thread that tells of a step comes to its turn after another has changed the seed."""
    shown: list[View] = []
    seed = threading.Thread(target=session.set_seed, args=(7,))

    def draw(view: View) -> None:
        if seed.ident is None:
            seed.start()
            seed.join()
        shown.append(view)

    session.listen(draw)
    session.step()
    assert [view.picked.run.seed for view in (shown[0], shown[-1])] == [7, 7]
    assert shown[-1] is session.view


def test_clicks_from_many_sides_while_it_plays(session: Session) -> None:
    session.set_speed(math.inf)
    seen: list[View] = []
    session.listen(seen.append)

    def clicks() -> None:
        for n in range(15):
            session.pull("investment", "CN", n / 4)
            session.step()
            session.pin()
            session.reset()
            session.play()

    hands = [threading.Thread(target=clicks) for _ in range(3)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)
    session.pause()
    assert not any(hand.is_alive() for hand in hands)
    assert {view.message for view in seen} == {""}


def test_what_breaks_inside_becomes_a_message(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("a wire is loose")

    monkeypatch.setattr("spsim.model.simulation.Simulation.advance", broken)
    session.step()
    assert session.view.message == "internal error, please report it: RuntimeError: a wire is loose"
    session.play()
    wait_for(lambda: not session.view.playing)
    monkeypatch.undo()
    session.reset()
    session.step()
    assert session.view.message == "" and session.view.snapshot.step == 1


def test_a_scenario_that_is_too_large_is_refused(session: Session) -> None:
    huge = small().model_copy(update={"run": small().run.model_copy(update={"citizens": 50_000})})
    session.choose(huge)
    assert "got 50,000; allowed: at most 20,000 on the page" in session.view.message
    assert session.view.picked.run.citizens == 200


def test_a_closed_session_frees_model_and_threads() -> None:
    session = Session(small())
    session.set_speed(math.inf)
    session.pin()
    session.play()
    watched = weakref.ref(session._simulation)
    session.close()
    wait_for(lambda: threads() == 0)
    session.step()  # a late click
    session.play()
    del session
    gc.collect()
    assert watched() is None and threads() == 0


def test_eight_sessions_are_each_their_own() -> None:
    made = [Session(small(seed=seed)) for seed in range(1, 9)]
    for session in made:
        session.set_speed(math.inf)
        session.play()
    wait_for(lambda: not any(session.view.playing for session in made), 60)
    ends = [session.view.snapshot.record.opinion[-1].tobytes() for session in made]
    assert len(set(ends)) == 8
    alone = Session(small(seed=5))
    alone.step(1000)
    assert alone.view.snapshot.record.opinion[-1].tobytes() == ends[4]
    for session in [*made, alone]:
        session.close()
    wait_for(lambda: threads() == 0)


def test_a_pinned_run_that_fails_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: object) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr("spsim.model.simulation.Simulation.advance", breaks)
    session.pin()
    wait_for(lambda: not session.view.completing)
    assert session.view.message == "the pinned run could not be completed: FloatingPointError: overflow"
