"""From a run's tables back to its records."""

import numpy as np
import pandas as pd
import pytest

import spsim
from spsim.analysis.records import NEEDED, records_of
from spsim.analysis.snapshot import Snapshot
from spsim.analysis.tables import Tabulator

SMALL = {"citizens": 200, "elites": 5, "pipeline_agents": 1, "start": "2012-01", "end": "2014-12"}


@pytest.fixture(scope="module")
def run() -> spsim.RunResult:
    return spsim.run(spsim.load("baseline", SMALL), replicates=2, workers=1)


def test_records_and_tables_are_the_same_thing(run: spsim.RunResult) -> None:
    back = records_of(run.scenario, run.tables)
    assert len(back) == 2
    tables = Tabulator(run.scenario, back).tables()
    for name in NEEDED:
        pd.testing.assert_frame_equal(tables[name], run.tables[name])


def test_what_moved_sentiment_is_the_same_by_either_way(run: spsim.RunResult) -> None:
    last = len(run.records[0].opinion) - 1
    there, back = (
        Snapshot.of(run.scenario, records[1], last).moved("CA5")
        for records in (run.records, records_of(run.scenario, run.tables))
    )
    assert there[0] == back[0]
    np.testing.assert_array_equal(there[1], back[1])
    np.testing.assert_array_equal(there[2], back[2])
