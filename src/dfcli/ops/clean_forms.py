"""Write words in another form: contractions in full, stems, dictionary forms, corrected spelling.

An operator belongs here when it looks at one word at a time; each different word is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, Field

from dfcli.ops._cleaner import Cleaner
from dfcli.ops._rewriting import WORD, in_case_of, rewritten, word_by_word
from dfcli.ops.base import Example

_SHORT = """
won't:will not, can't:cannot, shan't:shall not, let's:let us, y'all:you all, ma'am:madam,
gonna:going to, wanna:want to, gotta:got to, gimme:give me, lemme:let me, dunno:do not know
"""
_WHOLE = dict(each.strip().split(":") for each in _SHORT.split(","))
_ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will"}
_ALONE = frozenset(("i", "you", "we", "they"))
_SUBJECTS = _ALONE | {"he", "she", "it", "who", "that", "this", "there", "here", "what", "where", "how", "when", "why"}
_THINGS = _SUBJECTS - _ALONE | {"everything", "something", "everyone", "someone", "everybody", "somebody", "nobody"}
_PART = r"[\p{L}\p{M}\p{N}]+"
_SLANG = "|".join(each for each in _WHOLE if "'" not in each)
_CONTRACTED = (
    rf"(?i)(?:\b(?:i|you|we|they)[ ]ain|{_PART})(?:['’]{_PART})+(?:[ ](?:been|better|got|gotta)\b)?|\b(?:{_SLANG})\b"
)
_AROUND = re.compile(r"(?:(\w+) )?(\S*['’]\S*|\S+)(?: (\w+))?")


class ExpandContractions(Cleaner):
    """Write English contractions in full: do not for don't, it is for it's, going to for gonna.

    's becomes is only behind words such as it, that and who, where it is no possessive, and has before been and got;
    'd becomes would behind pronouns, and had before been and better.
    """

    use_for = ("expand contractions", "don't to do not", "write short forms in full", "英文缩写展开")
    aliases = ("contractions", "don't", "缩写还原")
    not_for = ("curly apostrophes to straight ones: use normalize_punctuation",)
    examples = [
        Example(
            [{"text": "Don't! It’s Ada's, and we've WON'T."}, {"text": "Café 10 o'clock"}],
            [{"text": "Do not! It is Ada's, and we have WILL NOT."}, {"text": "Café 10 o'clock"}],
        ),
        Example(
            [{"text": "It's been fine; you'd better go. I ain't, he shouldn't've."}],
            [{"text": "It has been fine; you had better go. I am not, he should not have."}],
        ),
    ]
    version = 2

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), _CONTRACTED, word_by_word(_in_full))


def _in_full(piece: str) -> str:
    """Return a contraction in full, together with the word before or after it that decides what it stands for."""
    if not (found := _AROUND.fullmatch(piece)):
        return piece
    before, word, after = found[1] or "", found[2], found[3] or ""
    full = _expanded(word, before.lower(), after.lower())
    follows = in_case_of(_WHOLE.get(after.lower(), after), after)
    return " ".join(filter(None, (before, full, follows)))


def _expanded(word: str, before: str, after: str) -> str:
    low = word.lower().replace("’", "'")
    if low in _WHOLE:
        return in_case_of(_WHOLE[low], word)
    if low == "ain't":
        am = "am" if before == "i" else "are" if before else "is"
        return in_case_of(f"{am} not", word)
    for ending, full in {**_ENDINGS, **_by_neighbour(low.partition("'")[0], after)}.items():
        if low.endswith(ending) and len(low) > len(ending):
            shown = full.upper() if len(word) > 3 and word.isupper() else full
            return _expanded(word[: -len(ending)], before, "") + shown
    return word


def _by_neighbour(subject: str, after: str) -> dict[str, str]:
    """Return what the endings stand for that depend on the words around them."""
    found = {"'m": " am"} if subject == "i" else {}
    if subject in _SUBJECTS:
        found["'d"] = " had" if after in ("been", "better") else " would"
    if subject in _THINGS:
        found["'s"] = " has" if after in ("been", "got", "gotta") else " is"
    return found


_ALGORITHMS = """
arabic armenian basque catalan danish dutch english esperanto estonian finnish french german greek hindi hungarian
indonesian irish italian lithuanian nepali norwegian porter portuguese romanian russian serbian spanish swedish tamil
turkish yiddish
"""
_CODES = """
ar ast bg ca cs cy da de el en enm eo es et fa fi fr ga gd gl grc gv hbs he hi hu hy id is it ka la lb lt lv mk ml ms nb
nl nn pl pt ro ru se sk sl sq sv sw tl tr uk
"""


def _one_of(names: str) -> AfterValidator:
    """Return what refuses a language that is not among some."""

    def known(name: str) -> str:
        if name not in names.split():
            raise ValueError(f"unknown language {name!r}: it is one of {', '.join(names.split())}")
        return name

    return AfterValidator(known)


class StemWords(Cleaner):
    """Cut words down to their stems by the Snowball algorithm of a language (Porter 2001), once.

    `english` is Snowball's Porter2, `porter` the algorithm of 1980. Stems are in small letters, as the algorithms are
    made for these, and need not be words: happi for happy. A stem is no word, so stemming it again may cut more of it:
    only becomes onli, and onli becomes on.
    """

    use_for = ("stemming", "Porter stemmer", "Snowball stems", "词干提取")
    aliases = (
        "word stems",
        "词干",
        "roots of words",
    )
    not_for = ("words of the dictionary instead of stems: use lemmatize_words",)
    examples = [
        Example([{"text": "Running, runners ran only happily"}], [{"text": "run, runner ran onli happili"}]),
        Example([{"text": "Häuser und Katzen"}], [{"text": "haus und katz"}], {"language": "german"}),
    ]
    version = 2
    needs = "text"

    language: Annotated[str, _one_of(_ALGORITHMS)] = Field(
        default="english", description="The algorithm, named by its language."
    )

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), WORD, word_by_word(lambda word: _stemmer(self.language)(word)))


@lru_cache(maxsize=4)
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer  # type: ignore[import-untyped]

    stemmer: Any = snowballstemmer.stemmer(language)
    return lambda word: str(stemmer.stemWord(word.lower()))


class LemmatizeWords(Cleaner):
    """Replace words by their dictionary forms, with the tables of simplemma: go for went, child for children.

    A word is looked up once, by itself and not in its sentence, so that saw may become see; a dictionary form may also
    be a form of another word, as found, which founded becomes, is of find. What no table knows stays. Capitals at the
    start of a word stay too.
    """

    use_for = ("lemmatization", "dictionary forms of words", "base forms", "词形还原")
    aliases = (
        "lemmas",
        "lemmatizer",
        "dictionary form",
        "词形归并",
        "root of a word",
        "原形",
    )
    not_for = ("stems by rule: use stem_words",)
    examples = [
        Example([{"text": "Children went to founded houses."}], [{"text": "Child go to found house."}]),
        Example([{"text": "die Häuser"}], [{"text": "der Haus"}], {"language": "de"}),
    ]
    version = 2
    needs = "text"

    language: Annotated[str, _one_of(_CODES)] = Field(default="en", description="The ISO code of the language.")

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), WORD, word_by_word(self._lemma))

    def _lemma(self, word: str) -> str:
        import simplemma

        return in_case_of(str(simplemma.lemmatize(word, lang=self.language)), word)


class CorrectSpelling(Cleaner):
    """Correct English words that no dictionary has to the commonest of the nearest ones that it has (SymSpell).

    Words of fewer than `min_chars` letters, with capitals, digits or marks inside stay: they are names and codes more
    often than mistakes; so do words farther than `distance` letters from all. The dictionary, of 82 765 words by
    frequency, comes with symspellpy.
    """

    use_for = ("spell checking", "correct typos", "fix misspelled words", "拼写纠正")
    aliases = (
        "spelling correction",
        "typo fixing",
        "SymSpell",
        "错别字",
        "拼写检查",
        "misspelt words",
        "打错的字",
    )
    not_for = ("broken encodings: use fix_mojibake",)
    examples = [
        Example(
            [{"text": "The quick brwon fox recieved it from Jhon."}, {"text": "xqzvkj"}],
            [{"text": "The quick brown fox received it from Jhon."}, {"text": "xqzvkj"}],
        )
    ]
    needs = "text"

    distance: int = Field(default=2, ge=1, le=3, description="Letters that may be wrong, missing, added or swapped.")
    min_chars: int = Field(default=4, ge=2, description="Shorter words stay.")

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), WORD, word_by_word(self._corrected))

    def _corrected(self, word: str) -> str:
        if len(word) < self.min_chars or not (word.isascii() and word.isalpha() and word.islower()):
            return word
        return _speller(self.distance)(word)


@lru_cache(maxsize=2)
def _speller(distance: int) -> Callable[[str], str]:
    from symspellpy import SymSpell, Verbosity  # type: ignore[import-untyped]

    speller = SymSpell(max_dictionary_edit_distance=distance, prefix_length=7)
    speller.load_dictionary(str(files("symspellpy") / "frequency_dictionary_en_82_765.txt"), 0, 1)

    def corrected(word: str) -> str:
        found = speller.lookup(word, Verbosity.CLOSEST, max_edit_distance=distance)
        return found[0].term if found else word

    return corrected
