"""Every limit of running and judging one submission, in one place."""

from dataclasses import dataclass, field

from autograder.wire.limits import WireLimits


@dataclass(frozen=True)
class Settings:
    """Plain data, because it travels to the workers of a pool. `class.toml` may change every number.

    kernel_class: the StudentKernel that runs the cells (sandbox/student_kernel.py), "module:Class".
    mark: what `check` calls in the judge, "module:function".
    """

    kernel_class: str = "autograder.sandbox.walled_kernel:WalledKernel"
    mark: str = "autograder.judging.mark:mark"

    memory_bytes: int = 1 << 30  # of one process, on top of what a fresh kernel has mapped: MemoryError
    total_memory_bytes: int = 2 << 30  # of all processes of a notebook together: they are killed
    cpu_seconds: float = 240.0  # of one process
    total_cpu_seconds: float = 480.0  # of all processes of a notebook together: they are killed
    processes: int = 128  # and threads, of one notebook, its snapshots included
    open_files: int = 256  # of one process
    file_bytes: int = 32 << 20  # of one file
    disk_bytes: int = 64 << 20  # of all files in each of the three writable tmpfs mounts

    start_seconds: float = 60.0  # until the kernel is ready
    # An honest notebook of the course needs 0.5 s for its cells and 4 s for its tests on a busy machine. The limits
    # of a hostile one add up to 26 s, its page (pages/feedback.py) included.
    # Reading a submission, its cells and its tests share submission_seconds; the tests get what is left.
    submission_seconds: float = 22.0
    cell_seconds: float = 4.0  # one cell; then it is interrupted
    interrupt_seconds: float = 2.0  # until the interrupt works; then the kernel is killed
    notebook_seconds: float = 8.0  # all cells and snapshots together
    snapshot_seconds: float = 2.0  # until a snapshot reports at a test cell
    cell_output_bytes: int = 4 << 20  # of one cell, as received; the rest is dropped
    notebook_output_bytes: int = 32 << 20  # of all cells
    cell_outputs: int = 200  # outputs of one cell
    flood_factor: int = 16  # a cell that sends this many times its output bytes is interrupted
    error_text: int = 20_000  # characters of one error's traceback

    wire: WireLimits = field(default_factory=WireLimits)  # one test's conversation with the student's process
    training_seconds: float = 300.0  # extra time for a test tagged "training"; not counted in judge_notebook_seconds
    judge_memory_bytes: int = 1 << 30  # on top of what a fresh judge has mapped
    judge_slack_seconds: float = 2.0  # a judge is killed this long after a test's wire.seconds
    judge_notebook_seconds: float = 15.0  # all tests of one notebook
    first_seconds: float = 1.0  # of a test; if it needs more, it goes on when the other tests have had theirs
    verdict_bytes: int = 4 << 20  # one test's result
    test_output_characters: int = 20_000  # what a test prints

    def kernel_limits(self) -> dict:
        """The limits that the sandbox enforces."""
        names = (
            "memory_bytes",
            "total_memory_bytes",
            "cpu_seconds",
            "total_cpu_seconds",
            "processes",
            "open_files",
            "file_bytes",
            "disk_bytes",
            "start_seconds",
        )
        return {name: getattr(self, name) for name in names}

    def __post_init__(self) -> None:
        if isinstance(self.wire, dict):  # from a class's settings file
            object.__setattr__(self, "wire", WireLimits(**self.wire))
