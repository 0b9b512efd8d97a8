"""What every room stands on: errors that name file and line, and readers of YAML and CSV that keep the lines."""
