"""Run a scenario: ``python run_sim.py scenarios/baseline.yaml [options]``, the same as ``spsim run``."""

import sys

SET_UP = (
    "python3 -m venv .venv && .venv/bin/python -m pip install -q -c constraints.txt . "
    "&& .venv/bin/python run_sim.py scenarios/baseline.yaml"
)


def run() -> None:
    """Hand the arguments to ``spsim run``; say how to install spsim where it is missing."""
    try:
        from spsim.cli import main
    except ImportError as error:
        sys.exit(f"spsim cannot be imported ({error}); set it up with the command of README.md: {SET_UP}")
    sys.exit(main(["run", *sys.argv[1:]]))


if __name__ == "__main__":  # worker processes import this file again
    run()
