"""Calibration: from priors and published polls to an ensemble of parameter sets that agree with them."""
