"""Every case file is true of the model; what is wrong with a file is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_files import read_case
from case_runs import false_statements

from spsim.config import ConfigError

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


def wrong(path: Path) -> str:
    """Return the mistakes of a file, or its false statements, one a line; empty if the case is true."""
    try:
        return "\n".join(false_statements(read_case(path)))
    except ConfigError as error:
        return str(error)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    if found := wrong(path):
        pytest.fail(found, pytrace=False)


SOUND = """\
case: A case to be spoilt
claims: [C42]
given:
  countries: [KG]
  years: 2004 to 2006
when:
  levers:
    - {lever: contract_transparency, to: 0.7, from: 2005-01}
then:
  - {outcome: opacity, country: KG, change: falls, by_at_least: 0.01}
  - {outcome: approval, power: CN, country: KG, change: rises, by_at_most: 5}
"""


def spoilt(folder: Path, old: str, new: str) -> str:
    assert old in SOUND
    (folder / "spoilt.yaml").write_text(SOUND.replace(old, new), encoding="utf-8")
    return wrong(folder / "spoilt.yaml")


def test_the_sound_case_is_true(tmp_path: Path) -> None:
    assert spoilt(tmp_path, "case", "case") == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("outcome: opacity", "outcome: opacitie", "spoilt.yaml:10: then.0.outcome: there is no outcome 'opacitie'"),
        ("outcome: opacity", "outcome: opacitie", "did you mean 'opacity'?"),
        ("by_at_least", "by_at_lest", "spoilt.yaml:10: then.0.by_at_lest: unknown key; allowed: outcome, power"),
        ("by_at_least", "by_at_lest", "did you mean 'by_at_least'?"),
        ("change: falls", "change: sinks", "spoilt.yaml:10: then.0.change: got 'sinks'; allowed: rises, falls, none"),
        ("change: falls, by_at_least: 0.01", "above: yes", "then.0.above: got 'yes'; allowed: a number"),
        ("change: falls, by_at_least: 0.01", "above: {countri: KZ}", "then.0.above.countri: unknown key"),
        ("change: falls, by_at_least: 0.01", "above: {country: KZ}", "country: got 'KZ', which this world does not"),
        (", change: falls, by_at_least: 0.01", "", "then.0.outcome: what must be true of it?; allowed: change, is,"),
        ("change: falls", "change: falls, is: 0", "then.0.outcome: says two things at once"),
        ("change: falls", "change: none", "then.0.by_at_least: has no difference to measure"),
        ("change: falls, by_at_least", "change: falls, within", "then.0.within: has no value to be near"),
        ("change: falls, by_at_least: 0.01", "since: 2005, is: 0", "then.0.since: has no change to measure"),
        ("country: KG, change: falls", "country: [], change: falls", "then.0.country: is empty; allowed: a country"),
        ("outcome: approval", "outcome: contribution_per_person, channel: noise", "has no value here"),
        ("country: KG, change: falls", "power: CN, change: falls", "then.0.power: opacity is not told apart by power"),
        ("power: CN, ", "", "spoilt.yaml:11: then.1: approval of which power?; allowed: power: CN or RU"),
        ("outcome: approval", "outcome: reach", "spoilt.yaml:11: then.1: reach of which channel?"),
        ("outcome: approval", "outcome: reach, channel: rusian_tv", "spoilt.yaml:11: channel: got 'rusian_tv'"),
        ("outcome: approval", "outcome: reach, channel: rusian_tv", "did you mean 'russian_tv'?"),
        ("power: CN, ", "power: CN, year: 2030, ", "spoilt.yaml:11: year: got 2030, which this world does not have"),
        ("countries: [KG]", "countries: [KG, TJ]", ""),
        ("country: KG, change: rises", "change: rises", ""),
        (SOUND[SOUND.index("then") :], "then: []\n", "spoilt.yaml:9: then: got []; allowed: at least 1 of them"),
        (SOUND[SOUND.index("then") :], "", "spoilt.yaml:1: then: is missing"),
        (SOUND[SOUND.index("when") : SOUND.index("then")], "", "then.0.change: compared with what?"),
        ("claims: [C42]", "claims: [C99]", "spoilt.yaml:2: claim 1: got 'C99'; allowed: a claim that `spsim claims`"),
        ("claims", "claim", "spoilt.yaml:2: claim: unknown key"),
        ("years: 2004 to 2006", "years: 2004", "spoilt.yaml:5: given.years: got 2004; allowed: text"),
        ("years: 2004 to 2006", "years: 2006 to 2004", "given.years: got '2006 to 2004'; allowed: first and last year"),
        ("  years:", "  contries: [KZ]\n  years:", "spoilt.yaml:5: given.contries: unknown key"),
        ("  countries", "  scenario: baselin\n  countries", "given.scenario: got 'baselin': there is no scenario"),
        ("to: 0.7", "to: 7", "spoilt.yaml:8: levers.contract_transparency.to: got 7; allowed: a number from 0 to 1"),
        ("lever: contract", "leaver: contract", "spoilt.yaml:8: when.lever 1, leaver: unknown key"),
        ("  levers:", "  parameters: {anchor_rat: 1}\n  levers:", "when.parameters.anchor_rat: there is no such"),
        ("  levers:", "  parameters: {anchor_rat: 1}\n  levers:", "did you mean 'anchor_rate'?"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = spoilt(tmp_path, old, new)
    assert message in found
    assert bool(found) == bool(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("change: falls", "change: rises", "spoilt.yaml:10: opacity, KG, 2006: is 0.33"),
        ("change: falls", "change: rises", "; not true that it rises from 0.5"),
        ("by_at_least: 0.01", "by_at_least: 0.9", ": it falls from 0.5"),
        ("by_at_least: 0.01", "by_at_most: 0.01", "not by 0.01 or less"),
        ("change: falls, by_at_least", "change: none, within", "changes by -0.2"),
        ("change: falls, by_at_least: 0.01", "is: 0.1", " and not 0.1"),
        ("change: falls, by_at_least: 0.01", "above: {year: 2004}", "not true that it is above 0.5"),
        ("change: falls, by_at_least: 0.01", "change: rises, since: 2004", " in 2004"),
        ("change: falls, by_at_least: 0.01", "above: 0.9", "not true that it is above 0.9"),
        ("change: falls, by_at_least: 0.01", "above: 0.1, below: 0.2", "not true that it is below 0.2"),
        ("to: 0.7", "to: 0", "not true that it falls"),
    ],
)
def test_a_false_statement_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = spoilt(tmp_path, old, new)
    assert found.startswith("spoilt.yaml:10: opacity, KG, 2006: is ") or "changes by" in found
    assert message in found


def test_the_readme_shows_a_true_case(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    (tmp_path / "shown.yaml").write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert wrong(tmp_path / "shown.yaml") == ""
