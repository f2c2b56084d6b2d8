"""From the words of a request to a spec: skills read first, then operators are looked for, and what is left is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dfcli.agent.asides import set_aside
from dfcli.agent.inversion import inverted
from dfcli.agent.profile import Column, Profile
from dfcli.agent.safety import refusal
from dfcli.agent.skills import ALL
from dfcli.agent.spec import Spec, Wish
from dfcli.agent.spoken import aliases
from dfcli.agent.text import Text
from dfcli.agent.wording import Worded, worded

_FILLER = frozenset((Path(__file__).parent / "filler.txt").read_text(encoding="utf-8").split())
_FILLER_ZH = re.compile(
    r"请|筛一[版份批]|帮我|帮忙|一下|把|将|对|的|了|和|与|及|并|再|然后|最后|同时|这些|这个|这份|这批"
    r"|数据集?|文件|数据|文本|内容|进行|需要|我要|我们?|想要?|要|希望|得到|生成|构建|制作|做"
    r"|成|为|到|从|里面?|中|每[条个行]?|所有|全部|都|也|还|就|给|用|以|在|是|有|没有|一个|一份"
    r"|一些|结果|输出|输入|保存|列|字段|行|条|个|部分|处理|训练|模型|大模型|语料|过滤|去掉"
    r"|删除|保留|只|好|吧|呢|啊|其中|其他|后|先|下|上|不要|不|等|之类|那些|只要|清洗|整理|评论"
    r"|网页|正文|内容|文本|或者?|而且|以及|文档|问题|回答|指令|答案|问答|对话|标题|数据库|表|来|去|掉|出|可以|能|会|新闻|文章|订单|客户|题目|题|商品|用户|帖子|页面|样本|记录|内的?|那种|那类|这种|这类"
    r"|该|应该|应当|必须|务必|尽量|筛选|挑选|选取|选|总共|一共|分别|其余|剩下|后|才|首先|其次|此外|另外|统一|一律|直接|根据|基于|通过|使用|利用|现在|目前|原始|原来|本身|打算|准备|继续|麻烦"
)


_LISTED = re.compile(r"(?:^|(?<=[\s:：，。；]))[(（]?\d{1,2}[.)）、:：](?!\d)")
"""A number that counts the points of a list."""

_EXPLAINS = re.compile(
    r"\s*(?:so that|so we|because|since|as (?:we|it|they)|that'?s (?:our|my|what|why|the)"
    r"|that is (?:our|my|what|why|the)"
    r"|it'?s|which is|we (?:want|need|use) (?:it|this|them|that) (?:for|to)|因为|以便|方便|用于|用来)\b",
    re.I,
)
"""Words that begin a reason, which asks for nothing."""


def read(request: str, profile: Profile, more: Sequence[str] = ()) -> Spec:
    """Return what a request asks for; skills take its words one after the other, in a fixed order.

    `more` are columns besides those of the data, as a recipe makes them.
    """
    if (why := refusal(request)) is not None:
        return Spec(request, refusal=why)
    columns = list(dict.fromkeys(name for table in profile.tables for each in table.columns for name in _names(each)))
    spaced, names = _spaced(request), list(dict.fromkeys([*columns, *more]))
    said = inverted(worded(spaced, [*names, *_data(profile)]))
    text = Text(said.text, names)
    for old, new in aliases([each for table in profile.tables for each in table.columns], said.text):
        if "." not in old or new.lower() not in _FILLER:
            text.call(old, new)
    _without_files(text, profile)
    set_aside(text)
    wishes = [wish for skill in ALL for wish in skill.read(text, profile)]
    wishes.sort(key=lambda wish: wish.at)
    return Spec(request, tuple(wishes), tuple(_unread(text, spaced, said, _things(profile))))


def _spaced(request: str) -> str:
    """Return a request with one blank, or one line break, for each run of white space: long ones make patterns slow."""
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", request))


def _names(column: Column) -> list[str]:
    """Return the name of a column, and those of the fields in it, as in `meta.lang`."""
    return [column.name, *(f"{column.name}.{path}" for path in column.fields)]


def _without_files(text: Text, profile: Profile) -> None:
    """Take the names of the data themselves, where nothing is said of them but that they are the data."""
    names = [each.path for each in profile.tables[:1]] + ([profile.database.url] if profile.database else [])
    for name in {part for each in names for part in (each, each.rpartition("/")[2])}:
        said = re.escape(name).replace("\\ ", " ")
        for found in text.find(
            r"(?:(?<![A-Za-z])(?:from|in|of|the file|file|using|take|take the file|database|读取|从|对|把|将|基于"
            rf"|给) ?)?[`\"'“]?(?<![\w.]){said}(?![\w])[`\"'”]?(?:\s*(?:file|database|中的?"
            r"|里的?|文件|数据库|这个))*"
        ):
            text.take(found.start(), found.end())


def _data(profile: Profile) -> Iterator[str]:
    """Yield names of files, and the values of columns that hold few: they mean what they are."""
    for table in profile.tables:
        yield table.path
        for column in table.columns:
            yield from (each for each in column.values if len(each) > 1)


def _things(profile: Profile) -> frozenset[str]:
    """Return the words that data files are named by, which name their rows as well: orders of orders.jsonl."""
    words = {
        each for table in profile.tables for each in re.findall(r"[a-z]{3,}", table.path.rpartition("/")[2].lower())
    }
    return frozenset(words | {each.removesuffix("s") for each in words} | {f"{each}s" for each in words})


def _unread(text: Text, request: str, said: Worded, things: frozenset[str]) -> Iterator[str]:
    """Yield the parts that no skill took, and that say something, in the request's own words."""
    for start, part in text.left():
        if _says_something(part, things):
            own = said.original(request, start, start + len(part))
            yield " ".join(own.split()).strip(" ,.;:，。；：")


def _says_something(part: str, things: frozenset[str]) -> bool:
    counts = re.search(r"\d", _LISTED.sub("", part)) is not None
    if _EXPLAINS.match(part) or counts:
        return counts
    words = [each for each in re.findall(r"[a-z]+", part.lower()) if each not in _FILLER | things and len(each) > 1]
    chinese = _FILLER_ZH.sub("", re.sub(r"[^\u4e00-\u9fff]", " ", part)).split()
    return bool(words) or any(len(each) > 1 for each in chinese)


def wished(spec: Spec, skill: str) -> list[Wish]:
    """Return the wishes for one skill, in the order of the request."""
    return [each for each in spec.wishes if each.skill == skill]
