"""Chinese search: we index pairs of neighbouring characters, so that no word segmentation is needed."""

import re

from sphinx.search import SearchLanguage

RUN = re.compile(r"[a-zA-Z0-9_]+|[\u4e00-\u9fff]+")


def pairs(text: str) -> list[str]:
    """Tokens of a text: Latin words as they are, Chinese runs as character pairs: "动量法 lr" -> ["动量", "量法", "lr"]."""
    tokens = []
    for run in RUN.findall(text):
        if run.isascii() or len(run) == 1:
            tokens.append(run)
        else:
            tokens += [run[start : start + 2] for start in range(len(run) - 1)]
    return tokens


class ChinesePairs(SearchLanguage):
    lang = "zh"
    language_name = "Chinese"
    stopwords = frozenset()
    js_stemmer_code = "var Stemmer = function () { this.stemWord = function (word) { return word.toLowerCase(); }; };"
    js_splitter_code = r"""
var splitQuery = function (query) {
  var out = [];
  (query.match(/[a-z0-9_]+|[\u4e00-\u9fff]+/gi) || []).forEach(function (run) {
    if (/^[a-z0-9_]/i.test(run) || run.length === 1) out.push(run);
    else Array.from({ length: run.length - 1 }).forEach(function (_, at) { out.push(run.slice(at, at + 2)); });
  });
  return out;
};
"""

    def split(self, input: str) -> list[str]:
        return pairs(input)

    def stem(self, word: str) -> str:
        return word.lower()

    def word_filter(self, stemmed_word: str) -> bool:
        return len(stemmed_word) > 1
