"""spsim: an agent-based model of Chinese and Russian soft power in Central Asia.

``spsim.load``, ``spsim.run`` and ``spsim.SoftPowerModel`` are imported when they are first used, so that the command
line answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spsim._version import __version__

if TYPE_CHECKING:
    from spsim.api import RunResult, load, run
    from spsim.model.mesa_face import SoftPowerModel

_HOMES = {"load": "spsim.api", "run": "spsim.api", "RunResult": "spsim.api", "SoftPowerModel": "spsim.model.mesa_face"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'spsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


__all__ = ["RunResult", "SoftPowerModel", "__version__", "load", "run"]
