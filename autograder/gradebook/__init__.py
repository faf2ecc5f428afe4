"""The folder of a class and what it remembers: gradebook, journal, audit, secret, versions.

In: graded notebooks, times, settings of class.toml. Out: rows, states, hashes.
Imports: `intake`, for notes and the instructor's notebooks.
Never: start a process, or write to the folder of another class.
"""
