"""The first lines of a notebook's setup cell: an error message if `descent` is missing or older than the notebook."""

from descent.needs import LEVEL

TEXT = {
    "en": "The package `descent` is missing here, or older than this notebook. SETUP.en.md in the course's zip says how to "
    "install it; on a JupyterHub, ask your instructor.",
    "zh": "这里没有安装 `descent` 包，或者它比这份笔记本旧。安装方法见课程压缩包里的 SETUP.zh.md；如果你用的是 JupyterHub，请联系老师。",
}


def lines(lang: str) -> str:
    """The lines in one language. The only name that they define is `at_least`."""
    return (
        "try:\n"
        "    from descent.needs import at_least\n"
        f"    at_least({LEVEL})\n"
        "except ImportError:\n"
        f'    raise ImportError("{TEXT[lang]}") from None\n\n'
    )
