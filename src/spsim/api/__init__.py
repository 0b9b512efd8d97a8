"""The Python door: load a scenario, run it, look at the result.

```python
import spsim
result = spsim.run("baseline", replicates=5, seed=1)
result.tables["opinion"]
result.save("runs/mine")
```
"""

from spsim.api.checking import AblationResult, ValidationResult, ablate, validate
from spsim.api.comparing import ComparisonResult, compare
from spsim.api.reporting import report
from spsim.api.running import RunResult, load, run
from spsim.api.sensitivity import SensitivityResult, plan_sensitivity, sensitivity
from spsim.api.sweeping import SweepResult, merge, sweep
from spsim.config import Resolved, Scenario, load_text, shipped_scenarios

__all__ = [
    "AblationResult", "ComparisonResult", "Resolved", "RunResult", "Scenario", "SensitivityResult", "SweepResult",
    "ValidationResult", "ablate", "compare", "load", "load_text", "merge", "plan_sensitivity", "report",
    "run", "sensitivity",
    "shipped_scenarios", "sweep", "validate",
]
