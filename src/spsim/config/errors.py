"""Errors, as the rooms above know them; they stand in the ground, so that the room of data can raise them too."""

from spsim.ground.errors import (
    ConfigError,
    Place,
    Problem,
    SetupError,
    SpsimError,
    file_problem,
    library,
    listed,
    nearest,
)

__all__ = [
    "ConfigError", "Place", "Problem", "SetupError", "SpsimError", "file_problem", "library", "listed", "nearest",
]
