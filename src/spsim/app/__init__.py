"""The interactive page: one model for each visitor, played month by month, with levers.

:mod:`~spsim.app.session` holds a visitor's model and knows nothing of browsers; :mod:`~spsim.app.page` shows it, in
Solara; :mod:`~spsim.app.server` serves it. Nothing heavy is imported before it is asked for.
"""
