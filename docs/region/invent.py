"""Write the two long tables of this example: all numbers come from the formulas below and mean nothing.

In a region of your own these tables come from the United Nations, the World Bank, Freedom House, AidData and UNESCO, in
the same columns.
"""

import csv
import math
from pathlib import Path

HERE = Path(__file__).parent
INVENTED = ("invented for this example", "invented", "", "")  # source, source_url, confidence, note
SIZE = {"XA": 90_000, "XB": 40_000}  # people of age 0 in 1991
GDP = {"XA": 20e9, "XB": 6e9}  # in 2000
FREEDOM = {"XA": (45, 35, 30), "XB": (25, 20, 10)}  # 2004, 2014, 2024
URBAN = {"XA": 55, "XB": 30}  # % in 2000


def people() -> list[tuple[object, ...]]:
    """Return country, year, age, persons: a pyramid that grows by one per cent a year."""
    return [
        (code, year, age, round(size * 1.01 ** (year - 1991) * math.exp(-((age / 55) ** 2))))
        for code, size in SIZE.items() for year in range(1991, 2051) for age in range(101)
    ]


def drivers() -> list[tuple[object, ...]]:
    """Return country, year, variable, value, unit and where the number comes from."""
    rows: list[tuple[object, ...]] = []
    for code in SIZE:
        for year in range(2000, 2025):
            grown = year - 2000
            rows += [
                (code, year, "gdp_constant2015_usd", round(GDP[code] * 1.045**grown), "USD of 2015"),
                (code, year, "urban_share_pct", URBAN[code] + 0.4 * grown, "%"),
                (code, year, "internet_users_pct", round(85 / (1 + math.exp(-0.35 * (year - 2012))), 1), "%"),
            ]
        rows += [
            (code, year, "fh_total_score", score, "0 to 100")
            for year, score in zip((2004, 2014, 2024), FREEDOM[code], strict=True)
        ]
        rows += [(code, year, "students_in_russia_uis", 4000 + 300 * (year - 2012), "persons") for year in (2012, 2016)]
        rows += [(code, year, "river_league_member", int(code == "XB"), "0/1") for year in range(2010, 2026)]
        rows += [(code, 2015, "silk_council_member", 1, "0/1")]
    for year, millions in ((2008, 300), (2013, 900), (2016, 1500), (2019, 700)):
        rows.append(("XA", year, "china_dev_finance_oda_like_usd2021", millions * 1e6, "USD of 2021"))
    rows.append(("XB", 2014, "china_dev_finance_oda_like_usd2021", 400e6, "USD of 2021"))
    return [(*row, *INVENTED) for row in rows]


def write(name: str, head: str, rows: list[tuple[object, ...]]) -> None:
    """Write a table beside this file."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head.split(","))
        table.writerows(rows)


if __name__ == "__main__":
    write("population_by_age.csv", "country,year,age,population", people())
    write("drivers.csv", "country,year,variable,value,unit,source,source_url,confidence,note", drivers())
