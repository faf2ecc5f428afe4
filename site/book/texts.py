"""Interface texts in both languages, from site/js/words.json, which the scripts of the pages read too."""

import json
from pathlib import Path

SITE = Path(__file__).resolve().parents[1]
TEXTS = json.loads((SITE / "js" / "words.json").read_text(encoding="utf-8"))
