"""spsim: an agent-based model of Chinese and Russian soft power in Central Asia.

``spsim.load``, ``spsim.run``, ``spsim.ablate``, ``spsim.validate`` and ``spsim.SoftPowerModel`` are imported when they
are first used, so that the command line answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spsim._version import __version__

if TYPE_CHECKING:
    from spsim.api import AblationResult, RunResult, ValidationResult, ablate, load, run, validate
    from spsim.model.mesa_face import SoftPowerModel

_API = ("AblationResult", "RunResult", "ValidationResult", "ablate", "load", "run", "validate")
_HOMES = {**dict.fromkeys(_API, "spsim.api"), "SoftPowerModel": "spsim.model.mesa_face"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'spsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "AblationResult", "RunResult", "SoftPowerModel", "ValidationResult", "__version__", "ablate", "load", "run",
    "validate",
]
