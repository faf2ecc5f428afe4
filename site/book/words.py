"""The words of the pages, in both languages: site/js/words.json, which the scripts of the pages read as well."""

import json
from pathlib import Path

SITE = Path(__file__).resolve().parents[1]
WORDS = json.loads((SITE / "js" / "words.json").read_text(encoding="utf-8"))
