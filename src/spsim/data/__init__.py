"""What is known: the region's tables with their sources, and a loader that fills gaps by declared rules.

A region of a user's own is checked when this folder is first imported: nothing runs on half of one.
"""

from spsim.data.checks import check_pack
from spsim.data.folder import check_folder
from spsim.data.pack import (
    AGES,
    COUNTRIES,
    COUNTRY_NAMES,
    POPULATION_PROJECTED_FROM,
    POPULATION_YEARS,
    YEARS,
    DataPack,
    Outlines,
    Series,
    load_pack,
    read_table,
)
from spsim.data.region import own_folder
from spsim.data.series import REGION

__all__ = [
    "AGES",
    "COUNTRIES",
    "COUNTRY_NAMES",
    "POPULATION_PROJECTED_FROM",
    "POPULATION_YEARS",
    "REGION",
    "YEARS",
    "DataPack",
    "Outlines",
    "Series",
    "check_pack",
    "load_pack",
    "read_table",
]

if own_folder() is not None:
    check_folder()
