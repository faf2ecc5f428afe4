"""The site: the course as a book whose exercises are checked in the browser (docs/site.md).

In: the built notebooks of both languages (solutions/, notebooks/), the package `descent`, npm's and PyPI's packages.
Out: build/site, static files. Never: an answer in a class edition, or a request to another host from a page.
"""
