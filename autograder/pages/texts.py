"""The texts of our pages for students, in both languages."""

import math

TEXTS = {
    "en": {
        "feedback": "Feedback",
        "of": "of {most} points",
        "of_so_far": "of {most} points so far",
        "waiting_one": "1 more point waits for a person to read your answer.",
        "waiting": "{points} more points wait for a person to read your answers.",
        "passed": "full points",
        "part": "some points",
        "none": "no points yet",
        "missing": "not answered",
        "stopped": "could not be tried",
        "wait": "waits for a person",
        "late": "{raw} − {cost} = {score}: handed in {ago} late. Each day begun costs {percent}% of the score: "
        "{days} × {percent}% = {total}%.",
        "late_most": "{raw} − {cost} = {score}: handed in {ago} late. Each day begun costs {percent}% of the score, but never "
        "more than {total}%.",
        "late_free": "Handed in {ago} late. That costs nothing.",
        "late_other": "{raw} − {cost} = {score}: handed in late.",
        "extension": "Your extension of {days} is taken into account.",
        "days_one": "1 day",
        "days_many": "{n} days",
        "ago_days": "{days} d {hours} h",
        "ago_hours": "{hours} h {minutes} min",
        "next": "What to do next",
        "worth": "{points} points",
        "worth_one": "1 point",
        "all_right": "Everything is right. There is nothing to repair.",
        "only_waits": "There is nothing to repair. What is left waits for a person.",
        "only_marked": "There is nothing to repair. Read what your instructor wrote.",
        "refused": "Your file could not be graded.",
        "resend": "Open your notebook in Jupyter, save it (File, Save Notebook), and hand in that .ipynb file.",
        "untouched": "You left this one as it was. Begin with the hints below the task.",
        "untouched_text": "You left this question as it was.",
        "exercises": "Your exercises",
        "exercise": "Exercise",
        "result": "Result",
        "points": "Points",
        "why": "What happened",
        "read": "read the comment",
        "instructor": "Your instructor wrote",
        "notes": "What the grader noticed about your file",
        "again": "How to try again",
        "again_text": "Open your notebook, change the function, run its cell, then the check below it. The check uses the same "
        "kinds of cases as this page.",
        "wrong": "Is something wrong with this grade?",
        "ask": "Write to {who} and quote the reference {reference}. Say which exercise you mean and why. Your file is kept as "
        "you handed it in.",
        "ask_here": "Or begin a text cell of the next notebook that you hand in with {line}, and say why there.",
        "your_instructor": "your instructor",
        "until": "Ask before the end of {until}.",
        "details": "Exercises in detail",
        "notebook": "Your notebook",
        "folded": "Each exercise stands open where there is something to repair. Everything else is folded. In print, only the "
        "summary and what you can repair appear.",
        "your_code": "Your answer",
        "your_text": "Your answer",
        "task": "The task",
        "hints": "Hints",
        "course": "Course text, given code, and your own cells",
        "parts": "{passed} of {all} parts pass",
        "every_part": "all cases pass",
        "prediction": "You get the points for making a prediction, right or wrong.",
        "cell_fails": "Your cell `{cell}` stops with {error}",
        "raised": "your code raised this error",
        "up": "Back to the summary",
        "skip": "To the exercises",
        "graded": "Graded: {file}, handed in {time} UTC, fingerprint {mark}.",
        "graded_untimed": "Graded: {file}, fingerprint {mark}.",
        "progress": "Progress",
        "chapters": "All chapters",
        "chapter": "Chapter",
        "score": "Score",
        "legend": "One box is one exercise. Its width is its points.",
        "look_again": "What to look at again",
        "to_regain": "{points} points to win back",
        "full_count": "{n} with full points",
        "nothing_again": "Nothing: no exercise has lost points to a mistake.",
        "all_chapters": "All your chapters",
        "regrade": "Your regrade requests",
        "undecided": "Not decided yet",
        "granted": "Granted",
        "declined": "Declined",
    },
    "zh": {
        "feedback": "反馈",
        "of": "分，满分 {most} 分",
        "of_so_far": "分（目前），满分 {most} 分",
        "waiting_one": "另有 1 分要等老师读过你的回答后给出。",
        "waiting": "另有 {points} 分要等老师读过你的回答后给出。",
        "passed": "满分",
        "part": "部分得分",
        "none": "暂未得分",
        "missing": "未作答",
        "stopped": "未能测试",
        "wait": "待人工评阅",
        "late": "{raw} − {cost} = {score}：迟交 {ago}。每迟一天（不足一天按一天计）扣总分的 {percent}%：{days} × {percent}% = {total}%。",
        "late_most": "{raw} − {cost} = {score}：迟交 {ago}。每迟一天（不足一天按一天计）扣总分的 {percent}%，最多扣 {total}%。",
        "late_free": "迟交 {ago}，不扣分。",
        "late_other": "{raw} − {cost} = {score}：迟交扣分。",
        "extension": "已计入你的延期 {days}。",
        "days_one": "1 天",
        "days_many": "{n} 天",
        "ago_days": "{days} 天 {hours} 小时",
        "ago_hours": "{hours} 小时 {minutes} 分钟",
        "next": "接下来做什么",
        "worth": "{points} 分",
        "worth_one": "1 分",
        "all_right": "全部正确，没有要改的。",
        "only_waits": "没有要改的，其余部分等待人工评阅。",
        "only_marked": "没有要改的，请看老师的评语。",
        "refused": "你的文件无法评分。",
        "resend": "请在 Jupyter 里打开并保存笔记本（文件，保存），再提交那个 .ipynb 文件。",
        "untouched": "这一题你没有改动。从题目下面的提示开始最快。",
        "untouched_text": "这一题你没有作答。",
        "exercises": "各题一览",
        "exercise": "练习",
        "result": "结果",
        "points": "得分",
        "why": "哪里出了问题",
        "read": "查看评语",
        "instructor": "老师的评语",
        "notes": "评分程序对你的文件的说明",
        "again": "怎样再试一次",
        "again_text": "打开笔记本，修改函数，运行它的单元格，再运行下面的检查。检查用的例子和本页是同类的。",
        "wrong": "觉得评分有误？",
        "ask": "请联系{who}，并注明编号 {reference}，写清是哪一题、为什么。你提交的原文件会一直保留。",
        "ask_here": "也可以在下次提交的笔记本里加一个文字单元格，以 {line} 开头，写明理由。",
        "your_instructor": "任课老师",
        "until": "请在 {until} 结束前提出。",
        "details": "逐题反馈",
        "notebook": "你的笔记本",
        "folded": "要改的题都已展开，其余内容折叠。打印时只印摘要和要改的题。",
        "your_code": "你的答案",
        "your_text": "你的回答",
        "task": "题目",
        "hints": "提示",
        "course": "课程文字、给出的代码和你自己的单元格",
        "parts": "共 {all} 部分，通过了 {passed} 部分",
        "every_part": "全部例子通过",
        "prediction": "只要写了预测就得分，对错不论。",
        "cell_fails": "你的单元格 `{cell}` 运行出错：{error}",
        "raised": "由你的代码抛出",
        "up": "回到摘要",
        "skip": "跳到各题",
        "graded": "评分文件：{file}，提交时间 {time}（UTC），指纹 {mark}。",
        "graded_untimed": "评分文件：{file}，指纹 {mark}。",
        "progress": "学习进度",
        "chapters": "全部章节",
        "chapter": "章",
        "score": "得分",
        "legend": "一格是一道练习，宽度是分值。",
        "look_again": "值得再看一遍的",
        "to_regain": "还可以拿回 {points} 分",
        "full_count": "{n} 题满分",
        "nothing_again": "没有：没有哪道题因为错误而丢分。",
        "all_chapters": "你的全部章节",
        "regrade": "你的复核申请",
        "undecided": "尚未处理",
        "granted": "同意更改",
        "declined": "维持原评分",
    },
}
MARKS = {"passed": "✓", "part": "◐", "none": "✗", "missing": "○", "stopped": "!", "wait": "…"}
COLON = {"en": ": ", "zh": "："}
BRACKETS = {"en": " ({})", "zh": "（{}）"}
LOCALE = {"en": "en", "zh": "zh-CN"}


def number(value: float) -> str:
    """Points as a reader writes them: 12.12, 4, 0.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def points(value: float, lang: str) -> str:
    return TEXTS[lang]["worth_one" if number(value) == "1" else "worth"].format(points=number(value))


def sentence(text: str, lang: str) -> str:
    """The text with a full stop, if it does not end a sentence already."""
    text = text.strip()
    return text if not text or text[-1] in ".?!。？！…" else text + ("。" if lang == "zh" else ".")


def ago(seconds: float, lang: str) -> str:
    days, seconds_left = divmod(int(seconds), 86_400)
    return TEXTS[lang]["ago_days" if days else "ago_hours"].format(
        days=days, hours=seconds_left // 3600, minutes=seconds_left % 3600 // 60
    )


def days(value: float, lang: str) -> str:
    return TEXTS[lang]["days_one"] if value == 1 else TEXTS[lang]["days_many"].format(n=number(value))


def late_days(late: dict[str, float]) -> tuple[int, float]:
    """Days begun after the due date, and the percent of the score that they cost."""
    days = math.ceil(late["seconds"] / 86_400)
    if late["seconds"] <= 60 * late["grace_minutes"]:
        return days, 0.0
    return days, min(late["percent_per_day"] * days, late["at_most_percent"])
