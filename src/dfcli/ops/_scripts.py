"""Unicode scripts: which one a text is written in, and which of a model's languages are written in it."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

LANGUAGES = {
    "Arabic": "ar arz azb ckb fa ks ku lrc mzn pnb ps sd ug ur",
    "Cyrillic": (
        "av az ba be bg bxr ce cv kk krc kv ky lez mhr mk mn mrj myv os ru rue sah sr tg tk tt tyv ug uk uz xal"
    ),
    "Devanagari": "bho dty gom hi mai mr ne new sa",
    "Bengali": "as bn bpy",
    "Georgian": "ka xmf",
    "Hebrew": "he yi",
    "Han": "wuu yue zh",
    "Japanese": "ja",
    "Hangul": "ko",
    "Armenian": "hy",
    "Ethiopic": "am",
    "Greek": "el",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Kannada": "kn",
    "Khmer": "km",
    "Lao": "lo",
    "Malayalam": "ml",
    "Myanmar": "my",
    "Oriya": "or",
    "Sinhala": "si",
    "Tamil": "ta",
    "Telugu": "te",
    "Thaana": "dv",
    "Thai": "th",
    "Tibetan": "bo",
    "Adlam": "ff",
    "Balinese": "ban",
    "Bopomofo": "zh",
    "Buginese": "bug",
    "Canadian_Aboriginal": "iu",
    "Cherokee": "chr",
    "Coptic": "cop",
    "Gothic": "got",
    "Javanese": "jv",
    "Limbu": "lif",
    "Lisu": "lis",
    "Meetei_Mayek": "mni",
    "Mongolian": "mn",
    "Nko": "nqo",
    "Ol_Chiki": "sat",
    "Sundanese": "su",
    "Syriac": "syr",
    "Tai_Le": "tdd",
    "Tai_Tham": "nod",
    "Tifinagh": "zgh",
    "Vai": "vai",
    "Yi": "ii",
}
"""Languages by the script they are written in, as ISO codes: of the model's, and of those it lacks the main one.

A script with one language names it. Japanese is Hiragana and Katakana, or Han with some of them. Latin is not here:
every language that is in no other row.
"""

_KANA = r"[\p{Hiragana}\p{Katakana}]"
_SAMPLE = 300
"""Letters that decide the script: the first ones."""


def candidates(script: str) -> frozenset[str]:
    """Return the languages that a text in a script can be in; none are known where any may be."""
    return _CANDIDATES.get(script, frozenset())


def counts(text: pl.Expr, script: str) -> pl.Expr:
    """Return how many letters of a script a text has."""
    if script == "Japanese":
        return text.str.count_matches(rf"[\pL&&{_KANA}]")
    return text.str.count_matches(rf"[\pL&&\p{{{script}}}]")


def main_scripts(texts: pl.Series) -> pl.Series:
    """Return the script that most of the first letters of each text are in; null where a text has no letters.

    Latin where no other script has more of them. Han with kana among its letters, one in twenty at least, is Japanese.
    """
    letters = pl.col("letters")
    frame = pl.DataFrame({"letters": texts}).with_columns(letters.str.replace_all(r"\PL+", "").str.slice(0, _SAMPLE))
    plain = frame["letters"].str.contains(r"[\pL--\p{Latin}]").fill_null(False)
    found = _in_other_scripts(frame.filter(plain))
    scripts = frame.select(pl.when(letters.str.len_bytes() > 0).then(pl.lit("Latin")))["literal"]
    return scripts.scatter(plain.arg_true(), found)


def _in_other_scripts(frame: pl.DataFrame) -> pl.Series:
    letters, names = pl.col("letters"), ("Latin", *LANGUAGES)
    count = {name: counts(letters, name) for name in names}
    tallies = frame.select(**count)
    japanese = pl.col("Japanese") * 20 >= pl.col("Han")
    joined = tallies.with_columns(
        Japanese=pl.when(japanese & (pl.col("Japanese") > 0)).then(pl.col("Japanese") + pl.col("Han")).otherwise(0),
    )
    most = joined.select(pl.concat_list(pl.all().cast(pl.Int64)).list.arg_max().alias("most"))["most"]
    return most.replace_strict(range(len(names)), names, return_dtype=pl.String)


def _candidates(rows: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    return {script: frozenset(codes.split()) for script, codes in rows}


_CANDIDATES = _candidates(LANGUAGES.items())
_IN_LATIN_TOO = frozenset(("az", "ban", "bug", "ff", "iu", "jv", "ku", "sr", "su", "tk", "tt", "ug", "uz", "zgh"))
ELSEWHERE = frozenset().union(*_CANDIDATES.values()) - _IN_LATIN_TOO
"""Languages that are not written in Latin letters."""
