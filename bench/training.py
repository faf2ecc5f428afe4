"""Time a training step of the course, compared with PyTorch and JAX on equal batches, and with a lower bound.

    python -m bench training [--rounds=15] [--steps=100] [--threads=2] [--write]

Each network runs in its own process, so that no library's waiting threads slow the others; only one trains at a time.
The order within a round is random, and ratios are taken within a round, so a busy machine slows all equally. CPU time
counts all threads, also those that wait in a busy loop. Without PyTorch or JAX the NumPy part runs alone.
"""

import argparse
import multiprocessing
import os
import time
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from bench import measure, steps
from bench.networks import BATCH_SIZE, NETWORKS, SIZES

WARM_UP = 10  # steps that are not timed, at the start of every turn
COMPARED = 20  # steps whose losses must agree; later ones drift apart by rounding
HOW = """PyTorch and JAX are not part of the course's environment. To compare with them:
    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r requirements-bench.txt
    PYTHONPATH=src:. /tmp/bench/bin/python -m bench
(on Linux take PyTorch's CPU build: the usual one brings gigabytes of CUDA along)"""


class Candidate:
    """A network in a process of its own, which trains on request."""

    def __init__(self, name: str, threads: int):
        context = multiprocessing.get_context("spawn")
        self.pipe, child_end = context.Pipe()
        self.process = context.Process(target=serve, args=(child_end, name, threads), daemon=True)
        self.process.start()
        child_end.close()

    def run(self, num_steps: int) -> tuple[np.ndarray, list[float]]:
        """Seconds per step, of wall time and CPU time, and the losses of `num_steps` steps."""
        self.pipe.send(num_steps)
        return self.pipe.recv()

    def end(self) -> None:
        self.pipe.send(0)
        self.process.join()


def serve(pipe, name: str, threads: int) -> None:
    """In the process: train as many steps as requested, until 0."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    _, make, options = NETWORKS[name]
    run = make(threads, **options)
    compared = False
    while num_steps := pipe.recv():
        if compared:
            run(WARM_UP)
        compared = True  # the first turn starts at the first step: its losses are compared
        start = np.array([time.perf_counter(), time.process_time()])
        losses = run(num_steps)
        seconds = np.array([time.perf_counter(), time.process_time()]) - start
        pipe.send((seconds / num_steps, [float(loss) for loss in losses]))


def compare(*, rounds: int, num_steps: int, threads: int) -> str:
    """Time all networks that can be imported; returns a table."""
    names = [name for name, (module, _, _) in NETWORKS.items() if find_spec(module)]
    candidates = {name: Candidate(name, threads) for name in names}
    losses = {name: candidate.run(COMPARED)[1] for name, candidate in candidates.items()}
    ours = names[0]
    for name in names:
        if not np.allclose(losses[name], losses[ours], rtol=1e-5):
            worst = int(np.argmax(np.abs(np.subtract(losses[name], losses[ours]))))
            raise ValueError(
                f"{name} does not do the same work as {ours}: at step {worst} its loss is "
                f"{losses[name][worst]}, not {losses[ours][worst]}"
            )
    timed = {name: lambda candidate=candidate: candidate.run(num_steps)[0] for name, candidate in candidates.items()}
    seconds = measure.interleaved(timed, rounds=rounds, rng=np.random.default_rng(3))
    for candidate in candidates.values():
        candidate.end()
    rows = []
    for name in names:
        wall, cpu = seconds[name].T
        ratios = (seconds[ours] / seconds[name]).T
        rows.append(
            [
                name,
                measure.spread(1e3 * wall),
                measure.spread(ratios[0]),
                measure.spread(1e3 * cpu),
                measure.spread(ratios[1]),
            ]
        )
    return measure.table(
        ["training loop", "ms per step", "NumPy's time / its time", "CPU ms per step, all threads", "NumPy's / its"],
        rows,
    )


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench training")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="publish the tables in docs/bench.md")
    arguments = parser.parse_args(options)
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = str(arguments.threads)  # read by the processes that are started
    before = measure.load()
    loops = compare(rounds=arguments.rounds, num_steps=arguments.steps, threads=arguments.threads)
    bounds = steps.table(rounds=arguments.rounds)
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch", "jax") if find_spec(name))
    text = (
        f"{measure.machine(arguments.threads)}; {versions}.\n"
        f"Load of the machine before and after: {before:.1f} and {measure.load():.1f}; more than "
        f"{arguments.threads} comes from other programs.\n\n"
        f"MLP {'-'.join(map(str, SIZES))}, batch {BATCH_SIZE}, Adam, float32. {arguments.rounds} rounds of "
        f"{arguments.steps} steps, interleaved:\nmedian (quartiles), ratios within a round.\n\n"
        f"{loops}\n\n{bounds}"
    )
    print(text)
    if not all(find_spec(module) for module, _, _ in NETWORKS.values()):
        print(f"\n{HOW}")
    if arguments.write:
        measure.publish("training", text)
    return 0
