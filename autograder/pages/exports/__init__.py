"""Grades as the files that Canvas and Moodle read, through nbgrader's own exporter."""
