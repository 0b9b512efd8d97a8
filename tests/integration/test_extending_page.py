"""docs/extending.md: its files are written as they stand, and what it says of them holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spsim
from spsim.config import ConfigError, Scenario, load_text
from spsim.experiments.directory import scenario_text
from spsim.model import inputs
from spsim.model.channels import further
from spsim.model.clock import Clock
from spsim.model.past import Past
from spsim.model.simulation import Simulation

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
FILE = re.compile(r"^`([\w.-]+)`:.*?^```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SMALL = {"citizens": 200, "elites": 4, "pipeline_agents": 1, "start": "2010-01", "end": "2011-12"}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Write every file that the page shows into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    found = dict(FILE.findall(PAGE.read_text(encoding="utf-8")))
    for name, text in found.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return found


def built(scenario: Scenario) -> inputs.Inputs:
    return inputs.build(scenario, Clock.of(scenario.run))


def turkiye(**settings: Any) -> Scenario:
    return spsim.load("turkiye.yaml", **{**SMALL, **settings}).scenario


@pytest.mark.filterwarnings("ignore")
def test_the_third_power_of_the_page_runs() -> None:
    names: dict[str, Any] = {}
    text = BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0]
    settings = ", ".join(f"{key}={value!r}" for key, value in SMALL.items())
    exec(text.replace("citizens=1000, replicates=2", f"{settings}, replicates=1"), names)
    moved = names["result"].tables["channels"].query("power == 'TR' and channel == 'culture_tr'")
    assert moved["contribution"].abs().sum() > 0


def test_data_of_a_power_become_inputs() -> None:
    now = built(turkiye(start="2004-01", end="2020-12"))
    kz, tj, uz = 0, 2, 4
    assert now.membership[:, kz, 2][[0, 71, 72, -1]].tolist() == [0, 0, 1, 1]
    assert not now.membership[:, tj, 2].any()
    assert now.commitments[14 * 12, uz, 2] == 0.5
    assert now.commitments[:, uz, 2].sum() == pytest.approx(0.5 * 12)  # a year's rate, in each of its months
    culture = now.budget[..., 2, 1]
    np.testing.assert_allclose(culture[[0, 48, -1]], np.repeat([[0.5], [0.65], [0.8]], 5, axis=1), atol=0.002)


def test_the_other_powers_keep_their_inputs() -> None:
    """A third power with data leaves what is known of China and Russia to the last bit."""
    two = built(spsim.load("baseline", **SMALL).scenario)
    three = built(turkiye())
    for name in ("commitments", "membership", "budget"):
        assert np.array_equal(getattr(two, name), getattr(three, name)[:, :, :2])


def test_mistakes_in_the_data_name_their_line(tmp_path: Path) -> None:
    wrong = "power,variable,country,year,value,source\nTR,comitments,KZ,2012,0.5,mine\nTR,membership,KZ,soon,1,mine\n"
    (tmp_path / "turkiye.csv").write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        turkiye()
    first, second = str(caught.value).splitlines()
    assert "turkiye.csv:2" in first and "did you mean 'commitments'?" in first
    assert "turkiye.csv:3" in second and "got 'soon'; allowed: a year such as 2012" in second


@pytest.mark.parametrize(("row", "said"), [
    ("TR,membership,KZ,2012,1.5,mine", "a share from 0 to 1"), ("CN,membership,KZ,2012,1,mine", "its own data for CN"),
    ("US,membership,KZ,2012,1,mine", "US is not simulated"),
])
def test_rows_that_do_not_fit_the_scenario(row: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "turkiye.csv").write_text(f"power,variable,country,year,value,source\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        turkiye()


def test_a_saved_scenario_holds_its_data(tmp_path: Path) -> None:
    """The scenario in a run's directory gives the same past without the CSV file."""
    whole = turkiye()
    (tmp_path / "saved.yaml").write_text(scenario_text(whole), encoding="utf-8")
    (tmp_path / "turkiye.csv").unlink()
    again = spsim.load("saved.yaml").scenario
    assert len(again.data) == 7 and Past.of(again, 1).digest == Past.of(whole, 1).digest


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """List the module of the page, and forget it afterwards."""
    monkeypatch.setenv("SPSIM_CHANNELS", str(tmp_path / "remittances.py"))
    further._channels.cache_clear()
    further._ready.cache_clear()
    yield
    further._channels.cache_clear()
    further._ready.cache_clear()


@pytest.mark.filterwarnings("ignore")
def test_the_channel_of_the_page_runs(channel: None) -> None:
    text = BLOCK.findall(PAGE.read_text(encoding="utf-8"))[1]
    settings = ", ".join(f"{key}={value!r}" for key, value in SMALL.items())
    names: dict[str, Any] = {}
    exec(text.replace("citizens=1000, replicates=2", f"{settings}, replicates=1"), names)
    found = names["sent"].tables["channels"].query("channel == 'remittances' and power == 'RU'")
    by_country = found.query("group == 'public'").groupby("country", observed=True)["contribution"].mean()
    rate = spsim.load("baseline").scenario.parameters.anchor_rate / 12
    assert by_country["KZ"] == 0
    assert by_country["TJ"] == pytest.approx(rate * 0.4 * 0.3)
    assert found.query("group == 'public' and country == 'TJ'")["reach"].unique() == pytest.approx([0.3])
    assert not found.query("group == 'elite' and country == 'TJ'")["contribution"].eq(0).any()


def test_contributions_still_add_up(channel: None) -> None:
    """With a channel that shifts both, and to the change of the mean exactly, in both groups."""
    run = Simulation(spsim.load("remittances.yaml", **SMALL).scenario)
    run.run()
    for group, row in (("public", 0), ("elite", 1)):
        mean = run.record.opinion[:, row, :-1, :, 0]
        np.testing.assert_allclose(
            run.record.contributions[group][1:].sum(axis=-1), np.diff(mean, axis=0), atol=1e-9, err_msg=group
        )


def test_the_start_is_at_rest_with_the_channel(channel: None) -> None:
    """It shifts where a run starts, and does not set off a drift from there."""
    with_it, without = (Simulation(spsim.load(name, **SMALL).scenario) for name in ("remittances.yaml", "baseline"))
    lifted = with_it.world.state.public_mean - without.world.state.public_mean
    assert lifted[2, 1] > 0.05 and abs(lifted[0, 1]) < 1e-6 and np.abs(lifted[:, 0]).max() < 1e-6


IMAGE = '''
"""The image of a power's success: what ``demonstration_strength`` does, as a user's own channel."""

import numpy as np

from spsim.config.parameters import Section
from spsim.config.provenance import FIXED, parameter
from spsim.model.channels import Signal, Source


class Settings(Section):
    strength: float = parameter(
        0.05, "Strength.", unit="per year", prior=FIXED, evidence="assumption", source="test", low=0, high=1,
    )


def signal(moment, settings):
    countries, powers = len(moment.countries), len(moment.powers)
    stance = np.full((countries, powers), np.nan)
    stance[:, moment.powers.index("CN")] = moment.parameters.demonstration_stance
    strength, everybody = np.full(countries, settings.strength), np.ones((countries, 32))
    return Signal("image", sources=(Source("image_cn", "image", strength, everybody, stance),))
'''


def test_a_channel_that_broadcasts_does_what_a_source_of_the_model_does(
    channel: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image of success, once by its parameter and once as a channel: the same opinion, reach and contributions."""
    (tmp_path / "image.py").write_text(IMAGE, encoding="utf-8")
    monkeypatch.setenv("SPSIM_CHANNELS", str(tmp_path / "image.py"))
    text = "schema: 1\nname: image\ntitle: image\nextends: baseline\nchannels: {image: {strength: 0.07}}\n"
    own = Simulation(load_text(text, overrides=SMALL).scenario)
    given = Simulation(spsim.load("baseline", **SMALL, **{"demonstration_strength.CN": 0.07}).scenario)
    for each in (own, given):
        each.run()
    np.testing.assert_allclose(own.record.opinion, given.record.opinion, atol=1e-6)
    columns = [
        each.record.terms["public"].index(term)
        for each, term in ((own, ("image", "image_cn")), (given, ("media", "demonstration_cn")))
    ]
    for what in ("contributions", "reach"):
        one, other = (
            getattr(each.record, what)["public"][1:, :, 0, k] for each, k in zip((own, given), columns, strict=True)
        )
        np.testing.assert_allclose(one, other, atol=1e-6)
        assert (one > 0).all()


def test_a_channel_that_is_not_listed_is_a_message() -> None:
    further._channels.cache_clear()
    further._ready.cache_clear()
    with pytest.raises(ConfigError, match=r"channels\.remittances: there is no such channel; .*SPSIM_CHANNELS"):
        Simulation(spsim.load("remittances.yaml", **SMALL).scenario)


def test_wrong_settings_of_a_channel(channel: None) -> None:
    text = "schema: 1\nname: wrong\ntitle: wrong\nextends: baseline\nchannels: {remittances: {share: {TJ: 3}}}\n"
    with pytest.raises(ConfigError, match=r"channels\.remittances.*from 0 to 1"):
        Simulation(load_text(text, overrides=SMALL).scenario)
