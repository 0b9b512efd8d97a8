"""The page in Solara: what a visitor sees of a :class:`~spsim.app.session.Session`.

Each function below is a component; none holds numbers of its own. Solara finds ``Page`` and ``Layout`` by their names.
"""

from spsim.app.page.layout import Layout, Page

__all__ = ["Layout", "Page"]
