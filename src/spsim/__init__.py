"""spsim: an agent-based model of Chinese and Russian soft power in Central Asia.

What is named below is imported when it is first used, so that the command line answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spsim._version import __version__

if TYPE_CHECKING:
    from spsim.api import (
        AblationResult,
        CalibrationResult,
        ComparisonResult,
        ElitesResult,
        RunResult,
        SensitivityResult,
        SurveyScores,
        SweepResult,
        ValidationResult,
        ablate,
        calibrate,
        compare,
        elites,
        import_barometer,
        load,
        load_text,
        merge,
        read_surveys,
        run,
        sensitivity,
        sweep,
        validate,
        validate_surveys,
    )
    from spsim.model.mesa_face import SoftPowerModel

__all__ = [
    "AblationResult", "CalibrationResult", "ComparisonResult", "ElitesResult", "RunResult", "SensitivityResult",
    "SoftPowerModel", "SurveyScores", "SweepResult", "ValidationResult", "__version__", "ablate", "calibrate",
    "compare", "elites", "import_barometer", "load", "load_text", "merge", "read_surveys", "run", "sensitivity",
    "sweep", "validate", "validate_surveys",
]
_HOMES = {name: "spsim.model.mesa_face" if name == "SoftPowerModel" else "spsim.api" for name in __all__}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'spsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
