"""We take a configuration apart: change one thing, train again with the same seeds, compare in pairs."""

from html import escape
from typing import Any

import numpy as np

from descent.capstone.rehearsal import SEEDS, accuracies, rehearse
from descent.hyper import require
from descent.intervals import mean_interval
from descent.say import LANGUAGES, show_html

HEAD = {
    "en": ("change", "accuracy", "least .. greatest", "difference", "95 % interval", "verdict"),
    "zh": ("改动", "准确率", "最小 .. 最大", "差", "95% 区间", "结论"),
}
WHOLE = {"en": "(the configuration as it is)", "zh": "（原配置）"}
NOISE = {"en": "inside the noise", "zh": "在噪声之内"}
BETTER = {"en": "better with the change", "zh": "改动后更好"}
WORSE = {"en": "worse with the change", "zh": "改动后更差"}
SPREAD = {
    "en": "Validation images, {seeds} seeds, the same for every row. Difference: this row minus the first. "
    "With three seeds an interval may be narrow by luck.",
    "zh": "验证图像，{seeds} 个随机种子，各行相同。差：本行减第一行。三个种子得到的区间可能碰巧很窄。",
}


def ablate(
    mission: str, configuration: dict[str, Any], changes: dict[str, dict[str, Any]], *, seeds: int = SEEDS
) -> dict[str, np.ndarray]:
    """Train `configuration` and one variant for each of `changes` on your instance, and show a table.

    changes: {label: {key: other value}}; the value ... (three dots) leaves the key out. The same seeds for every
    row, so that the differences are paired. Returns {label: differences, one per seed}, for `descent.plots.paired`.
    Raises ValueError as `rehearse`, or for fewer than two seeds.
    """
    require(seeds >= 2, "seeds", seeds, "2 or more: one difference has no interval")
    whole = accuracies(rehearse(mission, configuration, seeds=seeds))
    rows = {
        label: accuracies(rehearse(mission, changed(configuration, change), seeds=seeds))
        for label, change in changes.items()
    }
    differences = {label: values - whole for label, values in rows.items()}
    texts = {lang: table(whole, rows, differences, lang) for lang in LANGUAGES}
    show_html(
        {lang: as_html(texts[lang], SPREAD[lang].format(seeds=seeds)) for lang in LANGUAGES},
        text={lang: as_text(texts[lang], SPREAD[lang].format(seeds=seeds)) for lang in LANGUAGES},
    )
    return differences


def changed(configuration: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A copy of the configuration with other values; keys whose new value is ... are left out."""
    return {key: value for key, value in (configuration | change).items() if value is not ...}


def table(whole, rows, differences, lang: str) -> list[tuple[str, ...]]:
    lines = [HEAD[lang], (WHOLE[lang], f"{whole.mean():.3f}", f"{whole.min():.3f} .. {whole.max():.3f}", "", "", "")]
    for label, values in rows.items():
        mean, low, high = mean_interval(differences[label])
        verdict = NOISE if low <= 0 <= high else BETTER if mean > 0 else WORSE
        lines.append(
            (
                label,
                f"{values.mean():.3f}",
                f"{values.min():.3f} .. {values.max():.3f}",
                f"{mean:+.3f}",
                f"{low:+.3f} .. {high:+.3f}",
                verdict[lang],
            )
        )
    return lines


def as_text(lines: list[tuple[str, ...]], note: str) -> str:
    """The table for a reader without HTML, and to copy into the report as Markdown."""
    head, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *rest, "", note])


def as_html(lines: list[tuple[str, ...]], note: str) -> str:
    head, *rest = lines
    rows = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in rest]
    return (
        "<table><thead><tr>"
        + "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table><p>{escape(note)}</p>"
    )
