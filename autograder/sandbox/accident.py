"""The exception for a failure of the grader's own processes while it ran or judged a submission."""


class Accident(RuntimeError):
    """A process of the grader's own ended without the grader asking: bubblewrap, zygote, namespace init, a process of
    judge_forkserver.py, or any of them for lack of memory. The submission is not to blame: discard the result and
    grade it again. The message names the process."""
