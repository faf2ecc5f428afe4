"""The answers: the NumPy implementation every exercise is compared with. Never installed, never shown to a student's process."""
