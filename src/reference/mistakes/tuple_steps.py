"""Slips that any step with several arrays in its state invites: Adam and its relatives."""

from collections.abc import Callable

import numpy as np

from reference.mistakes import Mistake, wrong_version


def slips_of_a_tuple_step(exercise: str, step: Callable) -> list[Mistake]:
    """The slips of `params, (m, v, ..., t) = step(params, grads, (m, v, ..., t), **hyper)`."""
    mistakes: dict[str, list[Mistake]] = {}

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "the returned values are right, but `params` and the arrays in the `state` that came in have changed",
            "返回值是对的，但传进来的 `params` 和 `state` 里的数组被改动了",
        ),
        question=(
            "`m, v = ...` takes names out of a tuple, it copies no array. Which of your lines write "
            "into an array that the caller still uses?",
            "从元组里取出 `m`、`v` 只是起了名字，并没有复制数组。你的哪几行改写了调用者还要用的数组？",
        ),
        name=(
            "in-place changes such as `m *= beta1` and `params -= ...`: write `m = beta1 * m + ...`",
            "原地修改：`m *= beta1`、`params -= ...` 这类写法会改动输入，应写成 `m = beta1 * m + ...`",
        ),
    )
    def in_place(params, grads, state, **hyper):
        new_params, new_state = step(params, grads, state, **hyper)
        for array, new in zip((params, *state[:-1]), (new_params, *new_state[:-1])):
            array[...] = new
        return params, (*state[:-1], new_state[-1])

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "the numbers are right for float64; for float32 params the arrays come back as float64",
            "float64 下数值正确；参数是 float32 时，返回的数组却是 float64",
        ),
        question=(
            "which of your lines makes a new array or a NumPy number, and what dtype does it have?",
            "你的哪一行新建了数组或 NumPy 数？它的 dtype 是什么？",
        ),
        name=(
            "a cast to float64: `np.zeros(shape)`, `astype(float)` or `np.float64(lr)` where the dtype of "
            "params should be kept (`np.zeros_like(params)`, plain Python numbers)",
            "转成了 float64：用了 `np.zeros(shape)`、`astype(float)` 或 `np.float64(lr)` 之类的写法，应保持参数的 dtype（用 "
            "`np.zeros_like(params)` 和普通的 Python 数）",
        ),
    )
    def always_float64(params, grads, state, **hyper):
        params, state = step(params, grads, state, **hyper)
        wide = [np.asarray(value, dtype=np.float64) for value in (params, *state[:-1])]
        return wide[0], (*wide[1:], state[-1])

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "`params` is right after one step; the state is still the one that came in",
            "走一步之后 `params` 是对的；状态却还是传进来的那个",
        ),
        question=(
            "what does the next step need to know about this one, and where does it get it from?",
            "下一步需要知道这一步的什么？它从哪里得到？",
        ),
        name=(
            "the new state is computed and used, but `return params, state` hands back the old tuple",
            "算出并用到了新的状态，`return params, state` 返回的却是旧的那个元组",
        ),
    )
    def state_lost(params, grads, state, **hyper):
        return step(params, grads, state, **hyper)[0], state

    return mistakes[exercise]
