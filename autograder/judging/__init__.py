"""Try the test cells on the parked snapshots, in a process that can be killed, and determine the points.

In: the snapshots of one run, the instructor's notebook, the class's secret. Out: a verdict for each test cell.
Imports: `sandbox`, `wire`, `intake` (the roles of cells), `inside` (to run a conversation before forking), `descent`, `reference`.
Never: run a student's code in its own process, or show text that this code produced during a hidden case.
"""
