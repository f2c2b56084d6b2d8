"""Language identification: accuracy by length on texts cut into pieces, by script on whole ones, and speed.

The data has one text per language (`text`), labelled with ISO 639-3 (`lang`). A language that the model does not know
counts as wrong in the accuracy over all, and is left out where it says "known".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from dfcli.ops._scripts import main_scripts
from dfcli.ops.language import LanguageId, ScriptRatios
from dfcli.ops.scripted import Scripted
from dfcli.ops.switching import CodeSwitch

_PAIRS = """
    cmn:zh spa:es eng:en rus:ru arb:ar ben:bn hin:hi por:pt ind:id jpn:ja fra:fr deu:de jav:jv kor:ko tel:te
    vie:vi mar:mr ita:it tam:ta tur:tr urd:ur guj:gu pol:pl ukr:uk kan:kn mai:mai mal:ml pes:fa prs:fa mya:my
    swh:sw sun:su ron:ro pan:pa bho:bho amh:am bos:bs hrv:hr nld:nl srp:sr tha:th ckb:ku yor:yo uzn:uz zlm:ms
    npi:ne ceb:ceb skr:pnb tgl:tl hun:hu azj:az sin:si ell:el ces:cs bel:be plt:mg qug:qu pbu:ps bul:bg
    swe:sv som:so ilo:ilo kaz:kk uig:ug hat:ht khm:km tat:tt hye:hy min:min afr:af sat:sat bod:bo fin:fi
    slk:sk tuk:tk dan:da nob:no als:sq nno:nn heb:he tgk:tg cat:ca bcl:bcl kat:ka glg:gl lao:lo lit:lt
    vec:vec ydd:yi war:war kir:ky nds:nds mkd:mk khk:mn slv:sl epo:eo pam:pam lvs:lv quz:qu quy:qu sco:sco
    ekk:et ban:ban bug:bug zgh:zgh iii:ii aii:syr
"""
CODES = {ours: code for ours, _, code in (pair.partition(":") for pair in _PAIRS.split())}
"""The codes that the operator gives, by those of the data; what this labels as Sorani (ckb) is Kurmanji."""

LENGTHS = (10, 20, 30, 50, 60, 100, 200)
STEP = 10
"""Characters from the start of one piece to that of the next; words are cut wherever that is."""

MAJOR = """cmn eng spa fra deu rus jpn por ita nld pol vie tur kor arb hin swe ces hun fin ron ukr bul ell"""


def figures(data: Path) -> Iterator[str]:
    """Yield the lines of the report."""
    rows = pl.read_ndjson(data).select("text", want=pl.col("lang").replace_strict(CODES, default=None))
    labelled = pl.read_ndjson(data).select("lang", pl.col("text").str.replace_all(r"\s+", " "))
    yield "pieces, accuracy (pieces): English | Chinese | 24 large languages | all languages with a code"
    for length in LENGTHS:
        groups = (["eng"], ["cmn"], MAJOR.split(), list(CODES))
        yield f"  {length:4} characters: " + " | ".join(_accuracy(labelled, each, length) for each in groups)
    large = tuple(CODES[each] for each in MAJOR.split())
    for length in LENGTHS[:4]:
        told = " | ".join(_accuracy(labelled, each, length, large) for each in (["eng"], ["cmn"], MAJOR.split()))
        yield f"  {length:4} characters, among the 24: {told}"
    yield from _by_script(rows)
    yield from _speed()


def _accuracy(rows: pl.DataFrame, languages: list[str], length: int, among: tuple[str, ...] = ()) -> str:
    pieces = [
        {"text": text[start : start + length], "want": CODES[lang]}
        for lang, text in rows.filter(pl.col("lang").is_in(languages)).iter_rows()
        for start in range(0, len(text) - length + 1, STEP)
    ]
    found = LanguageId.model_validate({"among": among})(pl.DataFrame(pieces), Scripted())
    right: float = found.select((pl.col("language") == pl.col("want")).fill_null(False).mean()).item()
    return f"{right or 0:.3f} ({len(pieces)})"


def _by_script(rows: pl.DataFrame) -> Iterator[str]:
    found = LanguageId.model_validate({})(rows, Scripted()).with_columns(main_scripts(rows["text"]).alias("script"))
    right = (pl.col("language") == pl.col("want")).fill_null(False)
    table = found.group_by("script").agg(texts=pl.len(), right=right.sum(), known=pl.col("want").is_not_null().sum())
    yield "whole texts by script: right of texts in known languages, texts in languages without a code"
    for script, texts, good, known in table.sort("texts", descending=True).iter_rows():
        yield f"  {script:12} {good}/{known}, {texts - known}"
    unknown = found.filter(pl.col("want").is_null())["language_score"]
    known_scores = found.filter(right)["language_score"]
    for bar in (0.3, 0.5, 0.8):
        right_share, unknown_share = (
            (each >= bar).cast(pl.Float64).sum() / len(each) for each in (known_scores, unknown)
        )
        yield f"  score >= {bar}: {right_share:.3f} of right ones, {unknown_share:.3f} of unknown"
    yield f"  over all: {found.select(right.mean()).item():.3f} of {found.height}"
    wrong = found.filter(~right & pl.col("want").is_not_null())
    yield "  wrong: " + ", ".join(f"{want}→{got}" for want, got in wrong.select("want", "language").iter_rows())


def _speed() -> Iterator[str]:
    sentence = "The committee of the town met on Monday to talk about the new bridge over the river, and it agreed. "
    frame = pl.DataFrame({"text": [f"{number} {sentence * 20}" for number in range(5000)]})
    size = sum(frame["text"].str.len_bytes()) / 1e6
    for cls, options in ((LanguageId, {}), (LanguageId, {"max_chars": 300}), (ScriptRatios, {}), (CodeSwitch, {})):
        operator = cls.model_validate(options)
        operator(frame.head(10), Scripted())
        start = time.process_time()
        operator(frame, Scripted())
        spent = time.process_time() - start
        yield f"speed of {operator.op()} {options or ''}: {size / spent:.1f} MB per CPU second"
