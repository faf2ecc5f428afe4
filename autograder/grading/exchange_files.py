"""The two files that nbgrader's exchange puts beside a submission: when it was handed in, and the secret by which its student
fetches the feedback."""

import hashlib
from pathlib import Path

from autograder.gradebook import timestamps
from autograder.gradebook.files import replace
from autograder.grading.job import Job
from autograder.grading.persist import ClassRun


def carry(run: ClassRun, job: Job, step: str, zone: str | None) -> None:
    """Bring what nbgrader's exchange put beside a submission into its folder in a step (autograded, feedback), where
    nbgrader's own commands look for it.

    A student fetches a page by the secret of the submission that it is about, so an older one must not stay. `nbgrader
    release_feedback` stops at a page without both files, so that of a submission that came another way gets an empty time
    and a secret that nobody has.
    """
    time = timestamps.read_timestamp(Path(job.folder), zone)[0]
    secret = timestamps.read_small(Path(job.folder) / timestamps.SECRET)
    texts = {
        timestamps.NAME: f"{time} UTC" if time else None,
        timestamps.SECRET: None if secret is None else timestamps.decoded(secret),
    }
    if step == "feedback":
        nobodys = hashlib.sha256(f"{job.secret}\0{job.student}\0{job.assignment}".encode()).hexdigest()
        texts = {timestamps.NAME: texts[timestamps.NAME] or "", timestamps.SECRET: texts[timestamps.SECRET] or nobodys}
    for name, text in texts.items():
        path = run.folder.place(step, job.student, job.assignment) / name
        known = timestamps.read_small(path)
        if known is None or text is None or timestamps.decoded(known) != text:
            path.unlink(missing_ok=True)  # it may be a link
            if text is not None:
                replace(path, text)


def carry_all(run: ClassRun) -> None:
    """`carry` for every submission that has a result, which may have new files beside the same notebook."""
    zone = run.folder.timezone()
    for key in run.done:
        job = run.jobs[key]
        carry(run, job, "autograded", zone)
        if (run.folder.place("feedback", job.student, job.assignment) / f"{job.assignment}.html").exists():
            carry(run, job, "feedback", zone)
