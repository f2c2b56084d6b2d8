"""Unicode scripts: which one a text is written in, and which of a model's languages are written in it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

LANGUAGES = {
    "Latin": (
        "af an ast az bar bcl br bs ca cbk ceb co cs cy da de diq dsb egl en eo es et eu fi fr frr fy ga gd gl gn gsw "
        "gv hif hr hsb ht hu ia id ie ilo io is it jbo jv ku kw la lb li lmo lt lv mg min ms mt mwl nah nap nds nl nn "
        "no oc pam pfl pl pms pt qu rm ro sc scn sco sh sk sl so sq sr su sv sw tk tl tr tt ug uz vec vep vi vls vo wa "
        "war yo"
    ),
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

A script with one language names it. Japanese is Hiragana and Katakana, or Han with some of them. Codes are those of
ISO 639-1, and of ISO 639-3 for languages that have none there.
"""

_COMMON = ("Latin", "Han", "Japanese", "Cyrillic", "Arabic", "Hangul", "Devanagari", "Greek")
"""Scripts of most texts; the others are looked for only where letters are in none of these."""


def candidates(script: str) -> frozenset[str]:
    """Return the languages that a text in a script can be in."""
    return _CANDIDATES[script]


def counts(text: pl.Expr, script: str) -> pl.Expr:
    """Return how many letters of a script a text has."""
    return text.str.count_matches(rf"[\pL&&{_letters(script)}]")


def main_scripts(texts: pl.Series) -> pl.Series:
    """Return the script that most letters of each text are in; null where a text has no letters.

    Latin where no other script has more of them. Han with kana among its letters, one in twenty at least, is Japanese.
    Null too where no letter is in a script that `LANGUAGES` has.
    """
    found = texts.to_frame("text").select(pl.when(pl.col("text").str.contains(r"\pL")).then(pl.lit("Latin")))
    scripts = found.to_series()
    for known, names in (("Latin",), _COMMON), (_COMMON, tuple(LANGUAGES)):
        others = texts.str.contains(letters_outside(known)).fill_null(False)
        scripts = scripts.scatter(others.arg_true(), _most(texts.filter(others), names))
    return scripts


def letters_outside(scripts: Sequence[str]) -> str:
    """Return a pattern of the letters that are in none of some scripts."""
    return r"[\pL" + "".join(f"--{_letters(script)}" for script in scripts) + "]"


def _most(texts: pl.Series, names: Sequence[str]) -> pl.Series:
    text, kana, han = pl.col("text"), pl.col("Japanese"), pl.col("Han")
    tallies = texts.to_frame("text").select(**{name: counts(text, name).cast(pl.Int64) for name in names})
    joined = tallies.with_columns(Japanese=pl.when((kana > 0) & (kana * 20 >= han)).then(kana + han).otherwise(0))
    each = pl.concat_list(pl.all())
    most = joined.select(most=pl.when(each.list.max() > 0).then(each.list.arg_max()))["most"]
    return most.replace_strict(range(len(names)), names, return_dtype=pl.String)


def _letters(script: str) -> str:
    return r"[\p{Hiragana}\p{Katakana}]" if script == "Japanese" else rf"\p{{{script}}}"


_CANDIDATES = {script: frozenset(codes.split()) for script, codes in LANGUAGES.items()}
KNOWN = frozenset().union(*_CANDIDATES.values())
"""All languages that a text can be found to be in."""
