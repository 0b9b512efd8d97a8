"""Run scenarios at many points, and put the shards of a sweep together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spsim.config import ConfigError, Place, Problem
from spsim.data import REGION
from spsim.display import Grid, Shown, number
from spsim.experiments.cases import Progress
from spsim.experiments.sweeps import store
from spsim.experiments.sweeps.design import Sweep, read_design
from spsim.experiments.sweeps.store import SweepFolder
from spsim.experiments.workers import Workers
from spsim.ground.words import counted

if TYPE_CHECKING:
    import xarray as xr

    from spsim.viz.plots import SweepPlots


class SweepResult(Shown, SweepFolder):
    """What a sweep left in its folder; tables are read when they are asked for."""

    __repr__ = Shown.__repr__

    @property
    def plot(self) -> SweepPlots:
        """Pictures: ``plot()``, ``plot.lines``, ``plot.heatmap``, ``plot.scatter``."""
        from spsim.viz.plots import SweepPlots  # matplotlib takes long to import
        from spsim.viz.swept import Swept

        return SweepPlots(Swept.of(self))

    def to_xarray(self) -> xr.Dataset:
        """Return the runs as a labelled dataset, a variable for each outcome; what failed is NaN.

        Dimensions: scenario, each varied key of a grid (of other designs: point, with the keys as its coordinates),
        replicate, power, country.
        """
        from spsim.analysis.arrays import sweep_arrays

        said = self.manifest
        return sweep_arrays(
            self.runs, self.points, grid=said["method"] == "grid", scenarios=list(said["scenarios"]),
            replicates=said["replicates"], title=f"{said['title']}, mean of {said['years']}",
        )

    def headline(self) -> list[str]:
        """Return title, size and folder."""
        said, done = self.manifest, self.manifest["done"]
        varied = ", ".join(said["vary"])
        points, runs = (counted(said["yields"][f"{thing}s"], thing) for thing in ("point", "run"))
        lines = [
            f"{said['name']}: {', '.join(said['scenarios'])} at {points} ({said['method']})"
            f" of {varied}",
            f"{done['runs']:,} of {runs}, {done['failed']:,} failed; mean of {said['years']}",
        ]
        return [said["title"], *lines, f"in {self.folder}"]

    def cautions(self) -> list[str]:
        """Return what is missing or failed."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} of {self.manifest['yields']['parts']} parts are missing")
        if failed := self.manifest["done"]["failed"]:
            found.append(f"{counted(failed, 'run')} failed: see .failed")
        return found

    def grids(self) -> list[Grid]:
        """Return the range of each outcome in the region over the points."""
        runs = self.runs
        here = runs[runs["country"] == REGION].groupby(["outcome", "power", "scenario", "point"], sort=False)["value"]
        spans = here.mean().groupby(level=["outcome", "power", "scenario"], sort=False).agg(["min", "median", "max"])
        rows = [
            [*map(str, key), *(number(float(value)) for value in row)]
            for key, row in zip(spans.index, spans.to_numpy(), strict=True)
        ]
        head = ["outcome", "power", "scenario", "least", "median", "largest"]
        return [Grid("The region: means of points over their replicates", head, rows, 3)] if rows else []


def sweep(
    design: Sweep | str | Path | Mapping[str, Any], *, out: str | Path | None = None, workers: Workers = None,
    shard: tuple[int, int] | None = None, progress: Progress | None = None,
) -> SweepResult:
    """Run scenarios at many points of parameters and levers, and write what comes out into a folder.

    Finished parts are kept in the folder, so that the same call goes on where an earlier one stopped, however it was
    stopped, and ends with the same bytes. When all parts are there, a first picture is drawn beside them.

    Args:
        design: a design file, or a mapping that says the same.
        out: the folder; ``runs/NAME`` if not given, with the shard in the name if there is one.
        workers: processes (one for each processor if not given), or an executor; the result does not depend on it.
        shard: (i, n): do every n-th part, from the i-th (i counts from 1).
        progress: called with (done, total) runs at the start and after each part.

    Raises:
        ConfigError: the design cannot be used.
        SetupError: the folder holds another sweep or is being written, the disk refuses, or workers die.
    """
    plan = design if isinstance(design, Sweep) else read_design(design)
    i, n = shard or (1, 1)
    if not 1 <= i <= n:
        raise ConfigError([Problem(Place("shard"), "", f"got {shard}", "(i, n) with i from 1 to n")])
    name = plan.design.name + (f"-shard-{i}-of-{n}" if shard else "")
    return _with_picture(store.run_sweep(plan, Path(out or Path("runs") / name), workers, (i, n), progress))


def merge(
    folders: Sequence[str | Path], out: str | Path, note: Callable[[str], None] = lambda _: None
) -> SweepResult:
    """Put the shards of one sweep together: the same bytes as if one machine had run it all.

    Args:
        folders: the folders of the shards; a part that is there twice is taken once.
        out: the folder to write; it may be one that an earlier merge began.
        note: told of every damaged part that is left out.

    Raises:
        ConfigError: a folder holds no sweep, or that of another design.
        SetupError: a folder cannot be read or written.
    """
    return _with_picture(store.merge([Path(folder) for folder in folders], Path(out), note))


def _with_picture(left: SweepFolder) -> SweepResult:
    result = SweepResult(left.folder, left.missing)
    if not result.missing:
        from spsim.viz import Swept, write_sweep  # matplotlib takes long to import

        write_sweep(Swept.of(result), result.folder, result.manifest["seed"])
    return result
