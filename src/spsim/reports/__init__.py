"""One document out of results: a self-contained HTML file that opens offline and prints.

``folders`` says what a directory holds, one module a kind makes a :class:`~spsim.reports.content.Part` of it, ``words``
says numbers in sentences that are never stronger than they are, and ``document`` renders it all.
"""
