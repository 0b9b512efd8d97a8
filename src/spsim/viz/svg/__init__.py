"""Charts as SVG text: pure functions of a snapshot, drawn in milliseconds, for the page and the report.

Figures for papers are matplotlib's (:mod:`spsim.viz`). Colours are CSS variables with the light theme's value beside
them, so that a page can change its theme and a file on its own looks right.
"""
