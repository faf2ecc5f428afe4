"""Slips that any step function invites, whatever its rule: made from a right step."""

from collections.abc import Callable

import numpy as np

from reference.mistakes import Mistake, wrong_version


def slips_of_a_step(exercise: str, step: Callable, state: str, zh_state: str) -> list[Mistake]:
    """The slips of `params, state = step(params, grads, state, **hyper)`; `zh_state` is the state in Chinese."""
    mistakes: dict[str, list[Mistake]] = {}

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            f"both arrays hold right numbers, but those of `{state}` stand where `params` should",
            f"两个数组里的数都对，但 `params` 的位置上放的是 `{state}` 的数",
        ),
        question=(
            "in which order does the last line return its two values, and in which does the docstring ask for them?",
            "最后一行按什么顺序返回两个值？文档字符串要求的又是什么顺序？",
        ),
        name=(
            f"swapped return values: `return {state}, params` instead of `return params, {state}`",
            f"返回值顺序写反了：写成了 `return {state}, params`，应为 `return params, {state}`",
        ),
    )
    def swapped(params, grads, memory, **hyper):
        return step(params, grads, memory, **hyper)[::-1]

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            f"the returned values are right, but the arrays handed in as `params` and `{state}` have changed",
            f"返回值是对的，但传进来的 `params` 和 `{state}` 这两个数组被改动了",
        ),
        question=(
            "`b = a` makes a second name, not a second array. Which of your lines write into an array that the "
            "caller still uses?",
            "`b = a` 只是多了一个名字，并没有多出一个数组。你的哪几行改写了调用者还要用的数组？",
        ),
        name=(
            f"in-place changes such as `params -= ...` and `{state} *= ...`: write `params = params - ...`",
            f"原地修改：`params -= ...`、`{state} *= ...` 这类写法会改动输入，应写成 `params = params - ...`",
        ),
    )
    def in_place(params, grads, memory, **hyper):
        new_params, new_memory = step(params, grads, memory, **hyper)
        params[...], memory[...] = new_params, new_memory
        return params, memory

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "the numbers are right for float64; for float32 params the answer comes back as float64",
            "float64 下数值正确；参数是 float32 时，返回的却是 float64",
        ),
        question=(
            "which of your lines makes a new array, and what dtype does that array have?",
            "你的哪一行新建了数组？这个数组的 dtype 是什么？",
        ),
        name=(
            "a cast to float64: `np.zeros(shape)`, `astype(float)` or `np.float64(lr)` where the dtype of params "
            "should be kept (`np.zeros_like(params)`)",
            "转成了 float64：用了 `np.zeros(shape)`、`astype(float)` 或 `np.float64(lr)` 之类的写法，"
            "应保持参数的 dtype（如 `np.zeros_like(params)`）",
        ),
    )
    def always_float64(params, grads, memory, **hyper):
        return tuple(np.asarray(value, dtype=np.float64) for value in step(params, grads, memory, **hyper))

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            f"`params` is right after one step; `{state}` is the array that came in",
            f"走一步之后 `params` 是对的；`{state}` 还是传进来的那个",
        ),
        question=(
            "what does the next step need to know about this one, and where does it get it from?",
            "下一步需要知道这一步的什么？它从哪里得到？",
        ),
        name=(
            f"the new {state} is computed and used, but the old one is returned",
            f"算出并用到了新的{zh_state}，返回的却是旧的{zh_state}",
        ),
    )
    def state_lost(params, grads, memory, **hyper):
        return step(params, grads, memory, **hyper)[0], memory

    return mistakes[exercise]
