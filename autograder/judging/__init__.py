"""Try the test cells on parked snapshots, in a process that can be killed, and say how many points they earn.

In: the snapshots of one run, the instructor's notebook, the class's secret. Out: a verdict for each test cell.
Imports: `sandbox`, `wire`, `inside` (to rehearse a snapshot's work before a fork), of `intake` the roles of cells, `descent`, `reference`.
Never: run a student's code in its own process, or show what that code said during a hidden case.
"""
