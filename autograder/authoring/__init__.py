"""Tools for authors: build notebooks from chapter texts, keys and mutants for exercises, a sample class.

In: solutions/NN_topic.py, src/reference. Out: notebooks, src/descent/keys, docs/mutation.md.
Imports: every room; no command (autograder/*.py).
Never: be imported by code that grades.
"""
