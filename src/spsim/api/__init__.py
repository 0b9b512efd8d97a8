"""The Python door: load a scenario, run it, look at the result.

```python
import spsim
result = spsim.run("baseline", replicates=5, seed=1)
result.tables["opinion"]
result.save("runs/mine")
```
"""

from spsim.api.calibrating import CalibrationResult, calibrate
from spsim.api.checking import AblationResult, ValidationResult, ablate, validate
from spsim.api.comparing import ComparisonResult, compare
from spsim.api.elites import ElitesResult, elites
from spsim.api.running import RunResult, load, run
from spsim.api.scoring import SurveyScores, validate_surveys
from spsim.api.sensitivity import SensitivityResult, plan_sensitivity, sensitivity
from spsim.api.surveys import import_barometer, read_protests, read_surveys
from spsim.api.sweeping import SweepResult, merge, sweep
from spsim.config import Resolved, Scenario, load_text, shipped_scenarios

__all__ = [
    "AblationResult", "CalibrationResult", "ComparisonResult", "ElitesResult", "Resolved", "RunResult", "Scenario",
    "SensitivityResult", "SurveyScores", "SweepResult", "ValidationResult", "ablate", "calibrate", "compare",
    "elites", "import_barometer", "load", "load_text", "merge", "plan_sensitivity", "read_protests", "read_surveys",
    "run", "sensitivity", "shipped_scenarios", "sweep", "validate", "validate_surveys",
]
