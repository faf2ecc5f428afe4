"""Why a test earned no points although its answer was not compared: one table, in both languages."""

from typing import Any

TEXTS = {
    "kernel_died": (
        "The kernel ended while it ran cell {cell}, so the tests after it could not be tried.",
        "内核在运行第 {cell} 个单元格时终止，其后的测试无法进行。",
    ),
    "kernel_memory": (
        "All processes of the notebook together used more than {bytes} MB of memory in cell {cell} and "
        "were ended, so the tests after it could not be tried.",
        "在第 {cell} 个单元格中，笔记本的所有进程共使用了超过 {bytes} MB 内存，已被终止，其后的测试无法进行。",
    ),
    "kernel_cpu": (
        "The kernel used more than {seconds:g} s of CPU time, up to cell {cell}, and was ended, so the "
        "tests after it could not be tried.",
        "内核使用的处理器时间超过 {seconds:g} 秒（运行到第 {cell} 个单元格），已被终止，其后的测试无法进行。",
    ),
    "kernel_hung": (
        "Cell {cell} did not stop after {seconds:g} s, so the kernel was ended and the tests "
        "after it could not be tried.",
        "第 {cell} 个单元格在 {seconds:g} 秒后仍未停止，内核已被终止，其后的测试无法进行。",
    ),
    "notebook_time": (
        "The notebook ran longer than {seconds:g} s, up to cell {cell}; the tests after it could not be tried.",
        "笔记本运行超过 {seconds:g} 秒（运行到第 {cell} 个单元格），其后的测试无法进行。",
    ),
    "no_snapshot": (
        "The kernel did not answer at this test, so it could not be tried. Check what earlier "
        "cells changed in Python itself.",
        "内核在此测试处没有响应，测试无法进行。请检查前面的单元格是否改动了 Python 本身。",
    ),
    "cell_failed": (
        "{name} is not defined, because the cell {cell} ended with {error}.",
        "{name} 没有定义，因为单元格 {cell} 运行出错：{error}。",
    ),
    "not_run": ("This test cell was not reached.", "没有运行到此测试单元格。"),
    "test_time": (
        "The test took longer than {seconds:g} s and was stopped.",
        "测试运行超过 {seconds:g} 秒，已被停止。",
    ),
    "training_time": (
        "The training that this test asks for took longer than {seconds:g} s on the grading machine; this is "
        "not about your answer. A person has to look.",
        "此测试要求的训练在评分机器上超过 {seconds:g} 秒，与你的答案无关，需要人工处理。",
    ),
    "tests_time": (
        "The tests of this notebook took longer than {seconds:g} s together; this one was not tried.",
        "本笔记本的全部测试超过 {seconds:g} 秒，此测试未进行。",
    ),
    "judge_ended": (
        "The test's own process ended before it had a result (too much memory, for example).",
        "测试进程在得出结果之前终止（例如内存不足）。",
    ),
    "unjudgeable": (
        "The answer returned a value that cannot be compared ({error}): a list that contains itself, or "
        "one that is nested too deeply, for example. It counts as wrong.",
        "答案返回了无法比较的值（{error}），例如包含自身的列表或嵌套过深的列表，按错误处理。",
    ),
    "wire": (
        "The submitted code and the test could not exchange values: {text}.",
        "提交的代码与测试之间无法交换数据：{text}。",
    ),
    "test_broken": (
        "The test itself failed; this is not about your answer. A person has to look.",
        "测试本身出错，与你的答案无关，需要人工处理。",
    ),
}


def reason(code: str, **fields: Any) -> dict:
    """{"code", "en", "zh"} for a code of TEXTS."""
    en, zh = TEXTS[code]
    return {"code": code, "en": en.format(**fields), "zh": zh.format(**fields)}
