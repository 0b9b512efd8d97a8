"""The model a second time: plain Mesa, one object for each citizen, each pipeline member and each elite member.

Written from the description of the mechanism (docs/design-notes.md and the texts of the parameters), for a reader who
wants to see what the paper says happen, not for speed. It starts from a copy of a state of the compiled model and from
then on computes everything itself. It takes from the package only what is no mechanism: the scenario with its
parameters, the data, the monthly inputs, the calendar, and the keyed draws, so that both models meet the same chance.

Where a description leaves something open, the two models can agree only by convention. These conventions were read
off the compiled model:

* Affect and traits are stored in single precision; everything else, and every sum, is in double precision.
* All that moves within a step looks at the state at its start; who enters a stage of the education pipeline brings the
  affect of the stage before as it stands *after* the step, and a home's new student that of the home.
* At the turn of a year: slots change hands, then homes of pipeline members, then seats of the elite, and last the
  newcomers come to rest under the inputs of January and the threat, works and alignment that the step has led to.
  The means of public affect and of heritage are taken once a step, at its end, so newcomers meet those of a month ago.
* Newcomers come to rest by repeated steps of 1 / (anchor_rate + social_rate + strongest pull of all sources on any
  conceivable audience) until nobody in the country moves by a thousandth.
* Slots are freed within a cohort in the order of a keyed draw, lowest first; every twin k of a country and power is at
  home with the citizen whom a draw picks from all citizens of 18 to 35, in the order of their slots.
* A tie beyond the confidence bound has no pull, but still counts in the mean over ties.
* Announced projects are counted as far as they are built (times ``realised_share``, which also turns dollars of 2021
  into those of GDP); the published formula writes commitments over GDP.
* Citizens protest; pipeline members, a thousandth of the adults, do not.
* Heritage, threat and adaptation colour the acceptance of a power's own offers only.
"""

from docking_reference.copying import copy_of
from docking_reference.model import ReferenceModel

__all__ = ["ReferenceModel", "copy_of"]
