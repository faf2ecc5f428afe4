"""When a submission was handed in: timestamp.txt, which anybody may have written, in whatever way.

A time whose zone or order of day and month is not sure is no time: it gets a note, and being late costs nothing. Sure
zones are UTC, GMT, offsets such as +08:00, names such as Asia/Shanghai, and with [class] timezone in class.toml that
zone's own abbreviations and times without a zone.
"""

import codecs
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

from autograder.intake.notes import Note, note, short

NAME, SECRET = "timestamp.txt", "submission_secret.txt"  # what nbgrader's exchange puts beside a notebook
LATE = "late"  # the text of a file where an LMS says only that a submission was late
MOST = 400  # bytes that are read; the exchange writes about 30 and 128
EARLIEST, LATEST = 2000, 2100  # years
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHINESE = [
    (r"(星期|周|週|礼拜|禮拜)[一二三四五六日天]", " "),  # Moodle: 2026年11月10日 星期二 22:15
    (r"：", ":"),
    (r"(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日?", r"\1-\2-\3 "),
    (r"(上午|凌晨|早上)\s*([\d:.]+)", r"\2 AM "),
    (r"(下午|晚上)\s*([\d:.]+)", r"\2 PM "),
    (r"(\d{1,2})[时点](\d{1,2})分?", r"\1:\2"),
]
GERMAN = {  # German months that dateutil, made for English, does not read, with their abbreviations; and "20:15 Uhr"
    "januar": "January", "februar": "February", "märz": "March", "mrz": "March", "mai": "May", "juni": "June", "juli": "July",
    "okt": "October", "oktober": "October", "dez": "December", "dezember": "December", "uhr": "",
}  # fmt: skip
OFFSET_OF_UTC = re.compile(r"(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?\b", re.I)  # people mean east of Greenwich by +
YEAR_FIRST = re.compile(r"\b\d{4}([-/.])\d{1,2}\1\d{1,2}|\b\d{8}(?!\d)")
# 6.10.2026, also with spaces: with dots the day stands first in every country that writes dates so.
DAY_FIRST = re.compile(r"(?<![\d.])(\d{1,2})\.[ \xa0]?(\d{1,2})\.[ \xa0]?(\d{4})(?!\d)")
REGION = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_+-]+(?:/[A-Z][A-Za-z_]+)?\b")


LATE_NOTE = {
    "en": "Marked as late when it was handed in, without a time; being late costs nothing until your instructor writes the "
    "time into timestamp.txt.",
    "zh": "提交时被标为迟交，但没有注明时间；教师在 timestamp.txt 中写明时间之前，不扣迟交分。",
}

NO_TIME = (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError)  # what dateutil raises


class Unsure(ValueError):
    """The text can be read in more than one way; args: the reason in English and in Chinese. cure: what to do with the time."""

    def __init__(self, en: str, zh: str, cure: str):
        super().__init__(en, zh)
        self.cure = cure


def read_timestamp(folder: Path, zone: str | None = None) -> tuple[datetime | None, list[Note]]:
    """The time in a submission's timestamp.txt, in UTC and naive as nbgrader keeps it; None without a file, and with a note
    when it cannot be read for sure. zone: the class's, such as "Asia/Shanghai"."""
    data = read_small(folder / NAME)
    text = "" if data is None else decoded(data).strip()
    if not text:
        return None, []
    if text.casefold() == LATE:
        return None, [LATE_NOTE]
    try:
        return parse_time(text, zone), []
    except Unsure as unsure:
        return None, [unsure_note(text, unsure)]
    except NO_TIME:
        return None, [note("bad_timestamp", text=text)]


def parse_time(text: str, zone: str | None = None) -> datetime:
    """Raises Unsure, or ValueError and its kin for a text that is no time."""
    text = re.sub(r"\([^()]*\)", " ", text)  # GMT+0800 (China Standard Time)
    for pattern, replacement in CHINESE:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"[^\W\d]+", lambda word: GERMAN.get(word[0].casefold(), word[0]), text)
    text = re.sub(r"^[^\W\d]+\.?, *", "", text.strip())  # Montag, 5. Oktober 2026
    text = DAY_FIRST.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}" if int(m[2]) <= 12 else m[0], text)
    text = re.sub(r"\b(\d{1,2})\. (?=[A-Z])", r"\1 ", text)
    text = OFFSET_OF_UTC.sub(lambda m: f"{m[1]}{int(m[2]):02}:{m[3] or '00'}", text)
    region = REGION.search(text)
    if region:
        text = text.replace(region[0], " ")
    unknown: list[str] = []

    def named(name: str | None, offset: int | None) -> tzinfo | int | None:
        if offset is not None:
            return offset
        if name:
            unknown.append(name)
        return None

    month_first = read_once(text, named, dayfirst=False)
    if not YEAR_FIRST.search(text) and month_first != read_once(text, named, dayfirst=True):
        raise Unsure(
            "day and month can be told apart only when one of them is above 12", "无法确定日和月的先后", cure="write"
        )
    return in_utc(
        month_first, region[0] if region else zone, sure=bool(region), abbreviation=unknown[-1] if unknown else ""
    )


def read_once(text: str, named: Callable[[str | None, int | None], tzinfo | int | None], dayfirst: bool) -> datetime:
    """Raises ValueError for a text that does not give a whole date (parts that are missing would be today's)."""
    time, with_other_default = (
        parser.parse(text, dayfirst=dayfirst, tzinfos=named, default=default)
        for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
    )
    if time != with_other_default or not EARLIEST <= time.year <= LATEST:
        raise ValueError(f"{text!r} is no date")
    return time


def in_utc(time: datetime, zone: str | None, *, sure: bool, abbreviation: str) -> datetime:
    """`time` as a naive time in UTC. zone: that of the text (sure) or of the class. Raises Unsure."""
    if time.tzinfo is None:
        here = time.replace(tzinfo=zone_of(zone)) if zone else None
        if here is None or (abbreviation and not sure and abbreviation != here.tzname()):
            what = abbreviation or "none"
            raise Unsure(
                f"its time zone is not sure ({what})",
                f"无法确定时区（{abbreviation or '未注明'}）",
                cure="write" if here else 'set [class] timezone = "Area/City" in class.toml, or write',
            )
        time = here
    return time.astimezone(UTC).replace(tzinfo=None)


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError for a name that is no time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{name!r} is not a time zone such as "Asia/Shanghai" or "UTC"') from None


def unsure_note(text: str, unsure: Unsure) -> Note:
    en, zh = unsure.args
    return {
        "en": f"timestamp.txt says {short(text)!r}, and {en}; no time was recorded, and being late costs nothing. "
        f"Instructor: {unsure.cure} the time as 2026-10-05 20:15:00 UTC.",
        "zh": f"timestamp.txt 的内容是“{short(text)}”，{zh}；未记录提交时间，不扣迟交分。",
    }


def read_small(path: Path) -> bytes | None:
    """The first bytes of a regular file, never of what a link leads to; None where there is none that can be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(MOST) if stat.S_ISREG(os.fstat(handle).st_mode) else None


def decoded(data: bytes) -> str:
    """Text in the encoding that a byte order mark names, else UTF-8."""
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding, "replace").replace("\0", "")
