"""Clean text by its characters: punctuation, digits, emoji, emoticons, the characters that are kept or removed."""

from __future__ import annotations

import re
from typing import Literal

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import CJK, Cleaner, Remover, settled
from dfcli.ops._punctuation import FULL_WIDTH, TO_ASCII
from dfcli.ops.base import Example

Characters = Literal["chinese", "letters", "latin", "digits", "punctuation", "whitespace"]

_CLASSES: dict[Characters, str] = {
    "chinese": r"\p{Han}",
    "letters": r"\p{L}\p{M}",
    "latin": r"\p{Latin}",
    "digits": r"\p{Nd}",
    "punctuation": r"\p{P}$+<=>^`|~",
    "whitespace": r"\s",
}


class NormalizePunctuation(Cleaner):
    """Write punctuation in one way: curly quotes, dashes, ellipses and full-width signs as ASCII has them.

    With `language: zh`, instead, the ASCII signs , . ! ? : ; that follow a Chinese character become full-width;
    all others stay, as does a point before a letter or digit. Full-width letters and digits are no punctuation.
    """

    use_for = ("straight quotes", "full-width punctuation to ASCII", "normalize dashes and ellipses", "标点符号规范化")
    aliases = (
        "smart quotes",
        "curly quotes",
        "ASCII punctuation",
        "中文标点转英文",
        "标点统一",
        "Chinese and English punctuation mixed",
        "typographic quotes",
        "标点混用",
        "中英标点不统一",
    )
    not_for = ("full-width letters and digits: use normalize_unicode", "!!!!: use collapse_punctuation")
    examples = [
        Example([{"text": "“It’s” 1–2…，好！１"}], [{"text": '"It\'s" 1-2...,好!１'}]),
        Example(
            [{"text": "你好, 世界. Hi, 我@公司.com"}], [{"text": "你好，世界。Hi, 我@公司.com"}], {"language": "zh"}
        ),
    ]

    language: Literal["en", "zh"] = Field(default="en", description="The language whose signs are to be written.")

    def expr(self) -> pl.Expr:
        text = pl.col(self.text)
        if self.language == "en":
            return text.str.replace_many(list(TO_ASCII), list(TO_ASCII.values()))
        return settled(text, _full_width, lambda text: text.str.contains(r"\p{Han}[”’」』）》]*[,.!?:;]"))


class CollapsePunctuation(Cleaner):
    """Leave one of a sign of punctuation that is repeated, or `at_most` as many.

    The signs are those of sentences and lists; ++, ==, --, ## and // are left to code, markdown and addresses.
    """

    use_for = ("collapse repeated punctuation", "remove !!!! and ????", "shorten dot leaders", "合并重复标点")
    aliases = (
        "repeated exclamation marks",
        "squeeze punctuation",
        "连续标点",
        "重复感叹号",
        "exclamation marks in a row",
        "many question marks",
        "一连串感叹号",
    )
    not_for = ("no punctuation at all: use remove_punctuation",)
    examples = [
        Example(
            [{"text": "What?!?! No!!!! See http://x.y ....... 好。。。"}],
            [{"text": "What?!?! No! See http://x.y . 好。"}],
        ),
        Example([{"text": "so......"}], [{"text": "so..."}], {"at_most": 3}),
        Example([{"text": "a__b !!"}], [{"text": "a_b !!"}], {"characters": "_"}),
    ]

    characters: str = Field(default="!?.,;•·…。，！？；：、～", min_length=1, description="The signs.")
    at_most: int = Field(default=1, ge=1, le=10, description="How many of a sign may stand together.")

    def expr(self) -> pl.Expr:
        signs = [re.escape(each) for each in dict.fromkeys(self.characters)]
        pattern = "|".join(f"({each}{{{self.at_most}}}){each}+" for each in signs)
        by = "".join(f"${{{number}}}" for number in range(1, len(signs) + 1))
        repeated = "|".join(f"{each}{{{self.at_most + 1}}}" for each in signs)
        return settled(
            pl.col(self.text), lambda text: text.str.replace_all(pattern, by), lambda text: text.str.contains(repeated)
        )


class RemovePunctuation(Remover):
    """Remove punctuation of every script, and the ASCII signs $ + < = > ^ ` | ~."""

    use_for = ("remove punctuation", "strip punctuation marks", "words only", "去除标点符号")
    aliases = ("punctuation", "标点", "删除标点")
    not_for = ("one sign of many: use collapse_punctuation", "lines of signs: use remove_symbol_lines")
    examples = [
        Example([{"text": "Hi, you! (a+b) 好。"}, {"text": ""}], [{"text": "Hi you ab 好"}, {"text": ""}]),
        Example([{"text": "well-known"}], [{"text": "well known"}], {"by": " "}),
    ]

    def pattern(self) -> str:
        return f"[{_CLASSES['punctuation']}]"


class RemoveCharacters(Remover):
    """Remove each of the given characters."""

    use_for = ("remove certain characters", "remove bullets and squares", "delete special symbols", "删除指定字符")
    aliases = ("delete characters", "character blacklist", "删字符", "字符黑名单")
    not_for = ("all characters but some: use keep_characters", "words: use remove_words_with")
    examples = [
        Example([{"text": "● one ■two"}], [{"text": " one two"}]),
        Example([{"text": "a-b]c"}], [{"text": "abc"}], {"characters": "]-"}),
    ]

    characters: str = Field(default="◆●■►▼▲▴∆▻▷❖♡□", min_length=1, description="The characters, one after another.")

    def pattern(self) -> str:
        return f"[{''.join(map(re.escape, self.characters))}]"


class KeepCharacters(Remover):
    """Remove all characters but those of the given kinds.

    `chinese` are Han characters, `letters` those of every script with their marks, `latin` Latin ones, `digits` decimal
    ones of every script; `punctuation` is what remove_punctuation removes.
    """

    use_for = (
        "keep only Chinese characters",
        "remove non-Chinese characters",
        "letters and digits only",
        "仅保留中文字符",
    )
    aliases = ("character whitelist", "allowed characters", "only Chinese", "只保留中文", "字符白名单")
    not_for = ("some characters to remove: use remove_characters",)
    examples = [
        Example([{"text": "你好 abc 123，ü☺"}], [{"text": "你好123"}], {"kinds": ["chinese", "digits"]}),
        Example([{"text": "你好，é 1-2"}], [{"text": "好é12"}], {"kinds": ["latin", "digits"], "also": "好"}),
    ]

    kinds: tuple[Characters, ...] = Field(min_length=1, description="The kinds of characters to keep.")
    also: str = Field(default="", description="More characters to keep, one after another.")

    def pattern(self) -> str:
        return f"[^{''.join(_CLASSES[kind] for kind in self.kinds)}{''.join(map(re.escape, self.also))}]"


class RemoveNumbers(Remover):
    """Remove numbers that stand alone, with sign, separators and percent; or with `every_digit` each digit there is.

    COVID-19, B2B, versions and addresses are no numbers that stand alone.
    """

    use_for = ("remove numbers", "delete digits", "strip figures", "去除数字")
    aliases = ("digits", "numerals", "数字", "删除数字")
    not_for = ("digits written full-width: use normalize_unicode", "dates in one form: use normalize_dates")
    examples = [
        Example(
            [{"text": "B2B grew 1,200.5 or -3% in v1.2, COVID-19 5."}], [{"text": "B2B grew  or  in v1.2, COVID-19 ."}]
        ),
        Example([{"text": "B2B x² ٣"}], [{"text": "BB x "}], {"every_digit": True}),
    ]

    every_digit: bool = Field(default=False, description="Remove each digit, also within words.")

    def pattern(self) -> str:
        if self.every_digit:
            return r"[\p{Nd}²³¹⁰⁴-⁹₀-₉]"
        edge = rf"[\s(\[{{\"'{CJK}]"
        german = r"\p{Nd}{1,3}(?:\.\p{Nd}{3}){1,2}(?:,\p{Nd}+)?"
        number = rf"[+\-−±]?(?:\p{{Nd}}+(?:[,'’]\p{{Nd}}+)*(?:\.\p{{Nd}}+)?|{german})[%‰]?"
        return rf"(?P<before>^|{edge}){number}(?P<after>[.,;:!?]*(?:$|[\s)\]}}\"'{CJK}]))"

    def gate(self, text: pl.Expr) -> pl.Expr | None:
        return text.str.contains(r"\p{Nd}|[²³¹⁰⁴-⁹₀-₉]")


class RemoveEmoji(Remover):
    """Remove emoji: pictographs with their skin tones and joiners, flags and keycaps (UTS #51).

    Signs that are text unless they ask to be pictures, such as ©, ™, ↔, ♯ and digits, stay.
    """

    use_for = ("remove emoji", "strip emojis", "delete pictographs", "去除表情符号")
    aliases = (
        "emojis",
        "pictograms",
        "表情",
        "删除emoji",
        "smileys and pictures",
        "笑脸图标",
    )
    not_for = (":-): use remove_emoticons",)
    examples = [
        Example(
            [{"text": "a ☺️ b 👩‍👩‍👧👦🏽 c 5 © ™ 1️⃣🇩🇪"}, {"text": "5*"}], [{"text": "a  b  c 5 © ™ "}, {"text": "5*"}]
        )
    ]

    def pattern(self) -> str:
        dingbats = r"[\p{Emoji}&&[\x{2600}-\x{27BF}]]|[\p{Extended_Pictographic}&&[\x{1F000}-\x{1FAFF}]]"
        single = rf"(?:\p{{Emoji_Presentation}}|{dingbats}|[\p{{Emoji}}--[0-9#*]]\x{{FE0F}}|[\x{{1F3FB}}-\x{{1F3FF}}])"
        joined = r"[\x{1F3FB}-\x{1F3FF}\x{FE0F}\x{200D}\x{20E3}\x{E0020}-\x{E007F}]*"
        return rf"(?:\p{{Regional_Indicator}}+|[0-9#*]\x{{FE0F}}?\x{{20E3}}|{single}{joined})+"


class RemoveEmoticons(Remover):
    """Remove emoticons, such as :-) ;P ^_^ T_T (╯°□°)╯ and ¯\\_(ツ)_/¯, that stand alone.

    Before one is the start, whitespace, a Chinese character or the end of a sentence; after it whitespace, the end or
    punctuation. So words (XP, too), numbers (8D) and times (12:30) stay, and what is rather code: [:], "a" :{, x <3.
    """

    use_for = ("remove emoticons", "strip smileys", "delete kaomoji", "去除颜文字")
    aliases = ("emoticons", "smileys", "kaomoji", "颜文字")
    not_for = ("😀: use remove_emoji",)
    examples = [
        Example(
            [{"text": "Hi :-) Windows XP :D! 8D QQ too (a:b) 好的^_^"}],
            [{"text": "Hi  Windows XP ! 8D QQ too (a:b) 好的"}],
        ),
        Example([{"text": "¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻ T_T 12:30"}], [{"text": "   12:30"}]),
    ]

    def pattern(self) -> str:
        smile = r"[<>]?(?:[:;][-o*'’]?[)DPp]+|:[-o*'’]?[(/\\|@*3oO]+|:-[\]\[}{]+|=-?[)D]+|=P)"
        western = rf"{smile}|\(+[-o*']?:|\(-;|\)+[-'][:;]|\\o/"
        eyes = r"[\^>~•◕ಠ°◡¬⊙≧＞;；][._\-ωﾛ▽∀﹏ᴗ‿◡□oO。∇][\^<~•◕ಠ°◡¬⊙≦＜;；]"
        level = rf"{eyes}|[ΦTtOoｏ][_ω▽∀﹏□][ΦTtOoｏ]|T\.T|[Oo]\.[Oo]|-_+-|=_+=|\._\."
        held = r"[(（][^()（）\n\w]{0,3}(?:%s)[^()（）\n\w]{0,3}[)）]" % level  # noqa: UP031  braces are the pattern's
        tables = r"¯\\_[(（]ツ[)）]_/¯|[(（][╯ノ][^)）\n]{1,8}[)）][╯ノ]?︵?\s?[┻┬][━─]+[┻┬]"
        before, after = rf"^|[\s.!?…,{CJK}]", rf"$|[\s.!?,;{CJK}]"
        return f"(?P<before>{before})(?:{tables}|{western}|{held}|{level})(?P<after>{after})"


def _full_width(text: pl.Expr) -> pl.Expr:
    for sign, full in FULL_WIDTH.items():
        follows = r"(?:[^\S\n]+|(\z|\n|[\p{Han}”’」』）》]))" if sign == "." else r"[^\S\n]*()"
        pattern = rf"(\p{{Han}}[”’」』）》]*){re.escape(sign)}{follows}"
        text = text.str.replace_all(pattern, f"${{1}}{full}${{2}}")
    return text
