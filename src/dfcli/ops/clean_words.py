"""Clean text word by word: contractions, stop words, stems and lemmas, spelling, and words that should not be there.

An operator belongs here when it looks at one word at a time; each different word is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner
from dfcli.ops._rewriting import WORD, in_case_of, rewritten, without_words, word_by_word
from dfcli.ops._stop_words import STOP_WORDS
from dfcli.ops.base import Example

_SHORT = """
won't:will not, can't:cannot, shan't:shall not, ain't:is not, let's:let us, y'all:you all, ma'am:madam,
o'clock:o'clock, gonna:going to, wanna:want to, gotta:got to, gimme:give me, lemme:let me, dunno:do not know
"""
_WHOLE = dict(each.strip().split(":") for each in _SHORT.split(","))
_ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am", "'d": " would"}
_BEFORE_IS = "it he she that this there here what who where how when why everything something"
_IS = frozenset(_BEFORE_IS.split())


class ExpandContractions(Cleaner):
    """Write English contractions in full: do not for don't, it is for it's, going to for gonna.

    's becomes is only behind words such as it, that and who, where it is no possessive; 'd becomes would.
    """

    use_for = ("expand contractions", "don't to do not", "write short forms in full", "英文缩写展开")
    not_for = ("curly apostrophes to straight ones: use normalize_punctuation",)
    examples = [
        Example(
            [{"text": "Don't! It’s Ada's, and we've WON'T."}, {"text": "Café 10 o'clock"}],
            [{"text": "Do not! It is Ada's, and we have WILL NOT."}, {"text": "Café 10 o'clock"}],
        )
    ]

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), WORD, word_by_word(_in_full))


def _in_full(word: str) -> str:
    low = word.lower().replace("’", "'")
    if low in _WHOLE:
        return in_case_of(_WHOLE[low], word) if _WHOLE[low] != low else word
    for ending, full in _ENDINGS.items():
        if low.endswith(ending) and len(low) > len(ending):
            return word[: -len(ending)] + (full.upper() if len(word) > 3 and word.isupper() else full)
    if low.endswith("'s") and low[:-2] in _IS:
        return word[:-2] + (" IS" if word.isupper() else " is")
    return word


class RemoveStopWords(Cleaner):
    """Remove words that hold a language together and say little, such as the and of, with their spaces.

    Case does not matter. In Chinese the list is of single characters, which go wherever they stand, also inside words:
    that is for counting, not for reading. `words` are removed as well.
    """

    use_for = ("remove stop words", "drop function words", "bag of words", "去除停用词")
    not_for = ("how many there are: use stop_words", "words with certain letters: use remove_words_with")
    examples = [
        Example(
            [{"text": "The cat is on the mat, isn't it?"}, {"text": "Theory"}],
            [{"text": "cat mat,?"}, {"text": "Theory"}],
        ),
        Example([{"text": "这是我的书"}], [{"text": "书"}], {"language": "zh", "words": ["这"]}),
    ]

    language: Literal["en", "zh"] = Field(default="en", description="Whose words.")
    words: tuple[str, ...] = Field(default=(), description="More words to remove, in small letters.")

    def expr(self) -> pl.Expr:
        gone = pl.Series(sorted({*STOP_WORDS[self.language], *self.words})).implode()
        pattern = WORD if self.language == "en" else r"\p{Han}|[\p{L}\p{M}\p{N}&&[^\p{Han}]]+"
        return without_words(
            pl.col(self.text), pattern, lambda word: word.str.to_lowercase().str.replace_all("’", "'").is_in(gone)
        )


class StemWords(Cleaner):
    """Cut words down to their stems by the Snowball algorithm of a language (Porter 2001), until nothing changes.

    Stems are in small letters, as the algorithm is made for these, and need not be words: happi for happy.
    """

    use_for = ("stemming", "Porter stemmer", "Snowball stems", "词干提取")
    not_for = ("words of the dictionary instead of stems: use lemmatize_words",)
    examples = [
        Example([{"text": "Running, runners ran happily"}], [{"text": "run, runner ran happili"}]),
        Example([{"text": "Häuser und Katzen"}], [{"text": "haus und katz"}], {"language": "german"}),
    ]
    needs = "text"

    language: str = Field(
        default="english", description="An algorithm of Snowball: english, german, french, russian, …"
    )

    def expr(self) -> pl.Expr:
        return rewritten(
            pl.col(self.text), WORD, word_by_word(lambda word: _until_still(word, _stemmer(self.language)))
        )


class LemmatizeWords(Cleaner):
    """Replace words by their dictionary forms, with the tables of simplemma: go for went, child for children.

    A word is looked up by itself, not in its sentence, so that saw may become see. What no table knows stays. Capitals
    at the start of a word stay too.
    """

    use_for = ("lemmatization", "dictionary forms of words", "base forms", "词形还原")
    not_for = ("stems by rule: use stem_words",)
    examples = [
        Example([{"text": "Children went to houses."}], [{"text": "Child go to house."}]),
        Example([{"text": "die Häuser"}], [{"text": "der Haus"}], {"language": "de"}),
    ]
    needs = "text"

    language: str = Field(default="en", min_length=2, max_length=3, description="The ISO code of the language.")

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), WORD, word_by_word(self._lemma))

    def _lemma(self, word: str) -> str:
        import simplemma

        return in_case_of(_until_still(word, lambda each: str(simplemma.lemmatize(each, lang=self.language))), word)


def _until_still(word: str, change: Callable[[str], str]) -> str:
    """Return what a word becomes when it is changed until it stays; of words that change into each other the first."""
    seen = [word]
    while (new := change(seen[-1])) not in seen:
        seen.append(new)
    return min(seen[seen.index(new) :])


@lru_cache(maxsize=4)
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer  # type: ignore[import-untyped]

    stemmer: Any = snowballstemmer.stemmer(language)
    return lambda word: str(stemmer.stemWord(word.lower()))


class CorrectSpelling(Cleaner):
    """Correct English words that no dictionary has to the commonest of the nearest ones that it has (SymSpell).

    Words of fewer than `min_chars` letters, with capitals, digits or marks inside stay: they are names and codes more
    often than mistakes; so do words farther than `distance` letters from all. The dictionary, of 82 765 words by
    frequency, comes with symspellpy.
    """

    use_for = ("spell checking", "correct typos", "fix misspelled words", "拼写纠正")
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


class RemoveLongWords(Cleaner):
    """Remove what stands between spaces and has more than `max_chars` characters, or fewer than `min_chars`."""

    use_for = ("remove long words", "very long tokens", "strings without spaces", "去除超长单词")
    not_for = ("addresses of pages: use remove_urls", "rows with long words: use word_lengths")
    examples = [
        Example([{"text": f"a {'x' * 51} b"}, {"text": "短"}], [{"text": "a b"}, {"text": "短"}]),
        Example([{"text": "a bb ccc"}], [{"text": "bb ccc"}], {"min_chars": 2}),
    ]

    max_chars: int = Field(default=50, ge=1, description="Longer words go.")
    min_chars: int = Field(default=1, ge=1, description="Shorter words go.")

    def expr(self) -> pl.Expr:
        between = (self.min_chars, self.max_chars)
        return without_words(pl.col(self.text), r"\S+", lambda word: ~word.str.len_chars().is_between(*between))


class RemoveWordsWith(Cleaner):
    """Remove what stands between spaces and contains one of some texts, in any case: remains of links by default."""

    use_for = ("remove words with substrings", "words that contain http", "leftover link parts", "去除含特定子串的词")
    not_for = ("whole addresses: use remove_urls", "a pattern: use replace_pattern")
    examples = [
        Example(
            [{"text": "see www.a.b and x.com/y now"}, {"text": "nothing"}],
            [{"text": "see and now"}, {"text": "nothing"}],
        )
    ]

    parts: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("http", "www", ".com", "href", "//"), min_length=1, description="What a word must not contain."
    )

    def expr(self) -> pl.Expr:
        parts = list(self.parts)
        return without_words(
            pl.col(self.text), r"\S+", lambda word: word.str.contains_any(parts, ascii_case_insensitive=True)
        )
