"""Cut the font of the course's figures out of Noto Sans CJK SC (needs fonttools, which Matplotlib brings).

    apt install fonts-noto-cjk
    .venv/bin/python fonts/make_font.py /usr/share/fonts/opentype/noto

reads NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc there and writes src/descent/figures/fonts/DescentSans-*.otf.

What is kept: Latin, Greek, punctuation and signs; the 3755 common characters of GB 2312 level 1, so that a label can be
reworded without a new font; and every rarer character that the course's text has. With the course's characters alone
(1226 today) a file would have 270 kB instead of 810, and many a rewritten label would need this script.
The licence (OFL 1.1) asks for another name than the original's and for its text beside the files: OFL.txt.
"""

import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "descent" / "figures" / "fonts"
SIGNS = [(0x20, 0x7E), (0xA0, 0xFF), (0x370, 0x3FF), (0x2010, 0x2027), (0x2030, 0x203B), (0x2070, 0x209C),
         (0x2190, 0x2199), (0x2200, 0x22FF), (0x2460, 0x2473), (0x25A0, 0x25FF), (0x3000, 0x303F),
         (0xFF01, 0xFF5E)]  # fmt: skip
NAME, POSTSCRIPT = "Descent Sans", "DescentSans"


def level_1() -> set[str]:
    """The characters of GB 2312 level 1: rows 16 to 55."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return {character for code in codes if (character := code.decode("gb2312", errors="ignore"))}


def course_characters() -> set[str]:
    """The Chinese characters of the chapters' text and of the package."""
    files = [*(ROOT / "solutions").glob("*.py"), *(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.js")]
    return set().union(*(re.findall(r"[\u4e00-\u9fff]", file.read_text(encoding="utf-8")) for file in files))


def cut(collection: Path, weight: str, characters: set[str]) -> Path:
    """Write the subset of the face Noto Sans CJK SC in a .ttc file, under the name the course gives it."""
    faces = TTCollection(collection).fonts
    (font,) = [face for face in faces if face["name"].getDebugName(1).removesuffix(" Bold") == "Noto Sans CJK SC"]
    font.recalcTimestamp = False  # the same characters make the same file
    names = {1: NAME, 2: weight, 3: f"{POSTSCRIPT}-{weight}", 4: f"{NAME} {weight}", 6: f"{POSTSCRIPT}-{weight}",
             16: NAME, 17: weight}  # fmt: skip
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font["CFF "].cff.fontNames = [names[6]]
    font["CFF "].cff.topDictIndex[0].FullName, font["CFF "].cff.topDictIndex[0].FamilyName = names[4], NAME
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, recalc_timestamp=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters])
    subsetter.subset(font)
    target = TARGET / f"{POSTSCRIPT}-{weight}.otf"
    font.save(target)
    return target


def main(folder: str) -> None:
    characters = (
        {chr(code) for first, last in SIGNS for code in range(first, last + 1)} | level_1() | course_characters()
    )
    TARGET.mkdir(exist_ok=True)
    for weight in ("Regular", "Bold"):
        file = cut(Path(folder) / f"NotoSansCJK-{weight}.ttc", weight, characters)
        print(f"{file.name}: {file.stat().st_size / 1024:.0f} kB, {len(characters)} characters asked for")


if __name__ == "__main__":
    main(*sys.argv[1:])
