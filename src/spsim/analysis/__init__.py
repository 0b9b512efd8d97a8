"""Numbers out of records: tidy tables, intervals, attribution."""
