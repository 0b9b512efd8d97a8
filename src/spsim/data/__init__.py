"""What is known: shipped tables with their sources, and a loader that fills gaps by declared rules.

This folder imports no other folder of the package.
"""

from spsim.data.checks import check_pack
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

__all__ = [
    "AGES",
    "COUNTRIES",
    "COUNTRY_NAMES",
    "POPULATION_PROJECTED_FROM",
    "POPULATION_YEARS",
    "YEARS",
    "DataPack",
    "Outlines",
    "Series",
    "check_pack",
    "load_pack",
    "read_table",
]
