"""We watch which rows of the data a solution takes, so that an order drawn in another way is as right as ours.

Rows are known by their first entry, which is different in every row.
"""

from typing import Any

import numpy as np

from descent.cases import numbers
from descent.exercise import WrongReturn, returned


def rows_and_targets(rng: np.random.Generator, count: int, shape=(), targets=(), dtype=np.float64) -> dict[str, Any]:
    """X: `count` rows of a shape with distinct first entries; y: a distinct target for each row."""

    def distinct(shape):
        while True:
            array = numbers(rng, (count, *shape), dtype)
            if len(np.unique(first_entries(array))) == count:
                return array

    return {"X": distinct(shape), "y": distinct(targets)}


def first_entries(X: np.ndarray) -> np.ndarray:
    return X.reshape(len(X), -1)[:, 0]


MANY = 14  # rows: then two equal random orders have a probability below 1e-10


class Rows:
    """The rows of a data set, to find them again in a batch."""

    def __init__(self, X: np.ndarray, y: np.ndarray):
        self.X, self.y = X, y
        self.number = {value: row for row, value in enumerate(first_entries(X).tolist())}

    def find(self, X_batch: Any, y_batch: Any) -> tuple[list[int | None], bool]:
        """(rows in a batch, whether each has its own target). Raises WrongReturn for other shapes."""
        self.require_rows(X_batch, self.X, "X")
        self.require_rows(y_batch, self.y, "y")
        rows = [self.number.get(value) for value in first_entries(X_batch).tolist()] if X_batch.size else []
        all_known = None not in rows and len(y_batch) == len(rows)
        return rows, all_known and bool(np.array_equal(y_batch, self.y[rows]))

    @staticmethod
    def require_rows(batch: Any, data: np.ndarray, name: str) -> None:
        if not isinstance(batch, np.ndarray):
            type_name = type(batch).__name__
            raise WrongReturn(
                f"makes a batch of {name} that is of type {type_name}, expected a NumPy array",
                f"给出的 {name} 批量的类型是 {type_name}，应为 NumPy 数组",
            )
        if batch.shape[1:] != data.shape[1:] or batch.ndim != data.ndim:
            rows = f"({', '.join(map(str, ('rows', *data.shape[1:])))}{'' if data.ndim > 1 else ','})"
            raise WrongReturn(
                f"makes a batch of {name} of shape {batch.shape}, expected {rows}",
                f"给出的 {name} 批量形状为 {batch.shape}，应为 {rows}",
            )
        if data.dtype.kind in "iu" and batch.dtype.kind not in "iu":  # a label that is a float is no index any more
            raise WrongReturn(
                f"makes a batch of {name} of dtype {batch.dtype}, expected whole numbers ({data.dtype}) as they came",
                f"给出的 {name} 批量的 dtype 为 {batch.dtype}，应当保持为整数（{data.dtype}）",
            )


def account(epochs: list[list[list[int | None]]], count: int) -> dict[str, bool]:
    """{"rows_missing": some epoch lacks a row, "rows_repeated": some epoch has one twice}; an epoch is a list of batches."""
    rows_by_epoch = [[row for batch in epoch for row in batch] for epoch in epochs]
    return {
        "rows_missing": any(set(range(count)) - set(rows) for rows in rows_by_epoch),
        "rows_repeated": any(len(set(rows)) < len(rows) for rows in rows_by_epoch),
    }


def least_squares(params, X, y):
    """The loss of `TRAINING_CODE`, or of `STACKED_CODE` for params of more than two axes, which @ treats as a stack."""
    if params.ndim <= 2:
        error = X @ params - y
        return (error**2).sum() / len(X), 2 * X.T @ error / len(X)
    error = np.tensordot(X, params, 1) - y
    return (error**2).sum() / len(X), 2 * np.tensordot(X.T, error, 1) / len(X)


TRAINING_CODE = """def loss_and_grads(params, X, y):
    error = X @ params - y
    return (error**2).sum() / len(X), 2 * X.T @ error / len(X)
rng = np.random.default_rng(seed)
"""
STACKED_CODE = TRAINING_CODE.replace("X @ params", "np.tensordot(X, params, 1)").replace(
    "2 * X.T @ error", "2 * np.tensordot(X.T, error, 1)"
)


def run_training(solution, inputs: dict[str, Any]) -> dict[str, Any]:
    """Train with `solution` on least squares and record the rows of every step, the path and the losses.

    The right path is that of the order drawn by the contract. If the solution uses another order we return this path plus
    the difference between the solution's path and the right path for its own order, which is 0 if it follows the rule.
    """
    X, y, epochs = inputs["X"], inputs["y"], inputs["num_epochs"]
    data_rows, calls, complaints = Rows(X, y), [], []

    def loss_and_grads(params, X_batch, y_batch):
        try:
            rows, paired = data_rows.find(X_batch, y_batch)
        except WrongReturn as complaint:
            complaints.append(complaint)
            raise
        calls.append((np.asarray(params).tobytes(), rows, paired))
        return least_squares(params, X_batch, y_batch)

    loss_and_grads.__qualname__ = "loss_and_grads"  # what an error message calls it
    options = {name: inputs[name] for name in ("lr", "batch_size", "num_epochs") if name in inputs}
    try:
        result = solution(inputs["params"], loss_and_grads, X, y, **options, rng=np.random.default_rng(inputs["seed"]))
    except Exception:
        if complaints:
            raise complaints[0] from None
        raise
    path, losses = returned(result, "path", "losses")
    calls = asked_once(calls, epochs * -(-len(X) // inputs.get("batch_size", 1)))
    steps = [rows for _, rows, _ in calls]
    in_epochs = split(steps, epochs) if epochs and len(steps) % epochs == 0 else [steps]
    orders = [[row for batch in epoch for row in batch] for epoch in in_epochs]
    values = {"rows_per_step": [len(rows) for rows in steps]} | account(in_epochs, len(X))
    values["y_with_its_row"] = all(paired for _, _, paired in calls)
    values["order_kept"] = all(order == list(range(len(order))) for order in orders)
    values["same_order"] = len(orders) > 1 and all(order == orders[0] for order in orders)
    if len(X) >= MANY and orders[0]:
        values["order_turned"] = any(turned(order, orders[0]) for order in orders[1:])
        same_seed, other_seed = (
            first_rows(solution, inputs, options, np.random.default_rng(inputs["seed"] + more)) for more in (0, 1)
        )
        values["same_order_for_the_same_seed"] = same_seed == orders[0][: len(same_seed)]
        values["same_order_for_another_seed"] = other_seed == orders[0][: len(other_seed)]
    path, losses = (of_the_dtype(array, inputs["params"].dtype) for array in (path, losses))
    return values | in_our_order(inputs, steps, path, losses)


def turned(order: list, first: list) -> bool:
    """True if an order is the first one reversed or rotated: it is not drawn again, although every row has moved."""
    twice = first + first
    begun_elsewhere = any(order == twice[k : k + len(first)] for k in range(1, len(first)))
    return order != first and (order == first[::-1] or begun_elsewhere)


def of_the_dtype(array: Any, dtype: np.dtype) -> Any:
    """An array of floats as `dtype`: no docstring prescribes the dtype of the path and the losses."""
    return array.astype(dtype) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array


def first_rows(solution, inputs: dict[str, Any], options: dict[str, Any], rng: np.random.Generator) -> list:
    """The order of the rows in one epoch with this generator."""
    data_rows, calls = Rows(inputs["X"], inputs["y"]), []

    def loss_and_grads(params, X_batch, y_batch):
        rows, paired = data_rows.find(X_batch, y_batch)
        calls.append((np.asarray(params).tobytes(), rows, paired))
        return least_squares(params, X_batch, y_batch)

    solution(inputs["params"], loss_and_grads, inputs["X"], inputs["y"], **options | {"num_epochs": 1}, rng=rng)
    steps = asked_once(calls, -(-len(inputs["X"]) // inputs.get("batch_size", 1)))
    return [row for _, rows, _ in steps for row in rows]


def asked_once(calls: list, num_steps: int) -> list:
    """The calls without repetitions: computing the same loss twice is a waste, not a mistake.

    num_steps: the right number of steps. If lr is 0, params stay, and the last batch of an epoch may equal the first of
    the next, so two equal calls may both be needed. If each call is repeated equally often, we keep one of each.
    """
    times, remainder = divmod(len(calls), num_steps) if num_steps else (0, 0)
    if times and not remainder and all(call == calls[k - k % times] for k, call in enumerate(calls)):
        return calls[::times]
    return [call for k, call in enumerate(calls) if not k or call != calls[k - 1]]


def split(steps: list, epochs: int) -> list[list]:
    size = len(steps) // epochs
    return [steps[start : start + size] for start in range(0, len(steps), size)] if size else [[]]


def in_our_order(inputs: dict[str, Any], steps: list, path: Any, losses: Any) -> dict[str, Any]:
    """Path and losses converted to the order that the contract draws, see run_training."""
    X, values = inputs["X"], {"path": path, "losses": losses}
    rng, size = np.random.default_rng(inputs["seed"]), inputs.get("batch_size", 1)
    ours = [
        list(map(int, rows))
        for _ in range(inputs["num_epochs"])
        for rows in np.split(rng.permutation(len(X)), range(size, len(X), size))
    ]
    if steps == ours or any(None in rows or not rows for rows in steps):
        return values
    for name, replayed, right in zip(values, replay(inputs, steps), replay(inputs, ours)):
        got = values[name]
        if isinstance(got, np.ndarray) and got.shape == replayed.shape == right.shape and got.dtype == right.dtype:
            values[name] = right + (got - replayed)
    return values


def replay(inputs: dict[str, Any], steps: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """The path and the losses of steps with these rows."""
    path, losses = [inputs["params"]], []
    for rows in steps:
        loss, grads = least_squares(path[-1], inputs["X"][rows], inputs["y"][rows])
        path.append(path[-1] - inputs["lr"] * grads)
        losses.append(loss)
    return np.array(path), np.array(losses)
