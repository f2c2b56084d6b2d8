"""What the columns of a table are for, guessed from their names in English and Chinese and from what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

Role = Literal[
    "question",
    "answer",
    "instruction",
    "response",
    "text",
    "context",
    "sql",
    "db_id",
    "messages",
    "code",
    "prompt",
    "chosen",
    "rejected",
    "label",
    "score",
    "url",
    "language",
    "date",
    "id",
    "name",
    "title",
    "category",
]
ROLES: tuple[Role, ...] = get_args(Role)

ROLE_WORDS: Mapping[str, str] = {
    "response": (
        r"\b(?:responses?|answers?|outputs?|completions?|replies|reply|solutions?)\b|回答|答案"
        r"|回复|输出|响应|解答"
    ),
    "instruction": r"\b(?:instructions?|prompts?|questions?|quer(?:y|ies)|tasks?|inputs?)\b|指令|问题|提示|提问|题目",
    "text": r"\b(?:body|bodies)\b|正文",
    "title": r"\b(?:titles?|headlines?|subjects?)\b|标题",
    "sql": r"\bsql\b",
    "date": r"\b(?:dates?|time|timestamp|day|newest|oldest|recent|latest)\b|日期|时间",
    "url": r"\b(?:urls?|links?|address(?:es)?|sites?|domains?)\b|网址|链接",
    "id": r"\b(?:ids?)\b|编号",
    "label": r"\b(?:labels?|class(?:es)?|categor(?:y|ies))\b|标签|类别",
    "score": r"\b(?:scores?|ratings?|stars?)\b|分数|评分|得分",
}
ALIKE: Mapping[str, tuple[str, ...]] = {
    "response": ("response", "answer", "chosen"),
    "instruction": ("instruction", "question", "prompt"),
    "label": ("label", "category"),
    "score": ("score",),
}
"""Roles that one word of a request may mean, the likeliest first."""

_SEVERAL = frozenset({"label", "score", "url", "language", "date", "id", "name", "category"})
"""Roles that several columns of a table may have."""

_NAMES: Mapping[Role, str] = {
    "question": "question questions query q problem ask user_question 问题 提问 题目 问句 问",
    "answer": "answer answers a ans solution final_answer gold_answer reference_answer gold 答案 解答 答",
    "instruction": "instruction instructions task command 指令 指示 任务 说明",
    "response": "response responses output outputs completion reply generation assistant 回复 回答 输出 响应 应答",
    "text": "text texts content contents body document doc article passage paragraph sentence review comment abstract "
    "message post description raw_content 文本 正文 内容 文章 文档 句子 评论 段落 描述",
    "context": "context contexts input evidence background knowledge reference source_text 上下文 背景 输入 语境 参考",
    "sql": "sql query sql_query gold_sql sql_text 查询 语句 查询语句",
    "db_id": "db_id database db db_name database_id 数据库 库名",
    "messages": "messages conversations conversation dialog dialogue chat turns history 对话 消息 会话 聊天记录",
    "code": "code program snippet source_code solution_code function func script 代码 程序 源码",
    "prompt": "prompt prompts 提示 提示词",
    "chosen": "chosen preferred accepted chosen_response 优选 更优 偏好",
    "rejected": "rejected dispreferred rejected_response 拒绝 较差 劣选",
    "label": "label labels target class gold_label sentiment y 标签 标注 情感",
    "score": "score scores rating quality stars grade points reward 分数 评分 得分 打分 质量",
    "url": "url urls link links href uri website 网址 链接",
    "language": "language lang locale 语言 语种",
    "date": "date time timestamp datetime created_at updated_at published day 日期 时间",
    "id": "id ids uid uuid guid idx index row_id key no 编号 序号 标识",
    "name": "name names author user username customer 姓名 名字 名称 作者 用户名",
    "title": "title titles headline subject heading 标题 题名",
    "category": "category categories type topic domain genre tag tags subject section 类别 分类 主题 类型 领域",
}
_KNOWN: Mapping[Role, tuple[str, ...]] = {role: tuple(words.split()) for role, words in _NAMES.items()}

_SQL = re.compile(
    r"\s*(?:select|with|insert|update|delete|create)\b.+\b(?:from|as|into|set|table|select)\b", re.I | re.S
)
_CODE = re.compile(
    r"^\s*(?:def |class |import |from \w+ import|function |#include|public |const |let |var |package )", re.M
)
_URL = re.compile(r"https?://\S+\Z")
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}|\b)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?\Z|english|chinese|french|german|spanish|中文|英文", re.I)


@dataclass(frozen=True)
class Facts:
    """What a guess goes by: a column's type, the share of its values that are distinct, and some of them."""

    name: str
    type: pl.DataType
    distinct: float = 1.0
    mean_chars: float | None = None
    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return self.type == pl.String

    def mostly(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether nearly all of its texts match a pattern from their start."""
        found = sum(pattern.match(each) is not None for each in self.texts)
        return self.is_text and bool(self.texts) and found >= 0.8 * len(self.texts)


def known_names() -> Mapping[Role, tuple[str, ...]]:
    """Return the names that columns of each role usually have."""
    return _KNOWN


def roles(columns: Sequence[Facts]) -> dict[str, Role]:
    """Return the role of each column that seems to have one, by its name.

    A role of texts goes to one column, the likeliest; equal claims are settled by the order of the columns.
    """
    claims = [
        (-_claim(role, each), place, ROLES.index(role), each.name)
        for place, each in enumerate(columns)
        for role in ROLES
    ]
    found: dict[str, Role] = {}
    for strength, _, number, name in sorted(claims):
        role = ROLES[number]
        taken = role in found.values() and role not in _SEVERAL
        if strength < 0 and name not in found and not taken:
            found[name] = role
    return _paired(_with_text(found, columns), columns)


def _claim(role: Role, column: Facts) -> float:
    """Return how likely a column has a role: 0 when it cannot."""
    if not _can(role, column):
        return 0.0
    named = _named(column.name, _KNOWN[role])
    shown = _shows(role, column)
    return named + shown if named or shown >= 1 else 0.0


def _named(name: str, known: Sequence[str]) -> float:
    """Return 2 for a name that says it all, 1 for one that ends with it or starts with it, 0 for others."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name.strip()).lower().strip("_")
    if plain in known:
        return 2.0 - known.index(plain) / 100
    words = plain.split("_")
    last = next((each for each in known if words[-1] == each and len(each) > 1), None)
    if last is not None:
        return 1.2
    chinese = any(not each.isascii() and len(each) > 1 and each in plain for each in known)
    return 1.0 if chinese or (words[0] in known and len(words[0]) > 1) else 0.0


def _can(role: Role, column: Facts) -> bool:
    if role == "messages":
        return _is_chat(column.type)
    if role == "score":
        return column.type.is_numeric() or (column.is_text and False)
    if role in ("label", "category"):
        return not column.type.is_nested() or isinstance(column.type, pl.List)
    if role == "id":
        return column.type.is_integer() or (column.is_text and (column.mean_chars or 0) <= 64)
    if role == "date":
        return column.type.is_temporal() or column.is_text or column.type.is_integer()
    if role in ("chosen", "rejected", "prompt") and _is_chat(column.type):
        return True
    return column.is_text


def _is_chat(kind: pl.DataType) -> bool:
    """Tell whether values are lists of messages, as OpenAI or ShareGPT have them."""
    if not isinstance(kind, pl.List) or not isinstance(kind.inner, pl.Struct):
        return False
    names = {each.name for each in kind.inner.fields}
    return {"role", "content"} <= names or {"from", "value"} <= names


_SHOWS: Mapping[Role, Callable[[Facts], float]] = {
    "messages": lambda column: 1.5,
    "sql": lambda column: 2.0 if column.mostly(_SQL) else -1.0 if column.texts else 0.0,
    "code": lambda column: 1.0 if column.mostly(_CODE) else 0.0,
    "url": lambda column: 1.5 if column.mostly(_URL) else 0.0,
    "date": lambda column: 1.5 if column.type.is_temporal() or column.mostly(_DATE) else -1.5,
    "language": lambda column: 0.5 if column.mostly(_LANGUAGE) else -1.5,
    "id": lambda column: 0.5 if column.distinct > 0.99 else -0.5,
    "label": lambda column: 0.3 if (column.mean_chars or 0) <= 40 else -1.5,
    "category": lambda column: 0.2 if (column.mean_chars or 0) <= 40 else -1.5,
    "name": lambda column: 0.0 if (column.mean_chars or 0) <= 60 else -2.0,
    "title": lambda column: 0.0 if (column.mean_chars or 0) <= 200 else -2.0,
}


def _shows(role: Role, column: Facts) -> float:
    """Return what a column's values add to a claim, or take from it."""
    return _SHOWS[role](column) if role in _SHOWS else 0.0


def _with_text(found: dict[str, Role], columns: Sequence[Facts]) -> dict[str, Role]:
    """Return the roles, that of the text given to the longest one of those that have none, where nothing is one."""
    texts = {"text", "question", "instruction", "prompt", "code", "messages", "sql"}
    free = [each for each in columns if each.is_text and each.name not in found and (each.mean_chars or 0) >= 20]
    if free and not texts & set(found.values()):
        longest = max(free, key=lambda each: each.mean_chars or 0)
        return {**found, longest.name: "text"}
    return found


def _paired(found: dict[str, Role], columns: Sequence[Facts]) -> dict[str, Role]:
    """Return the roles of a question and its answer, or an instruction and its response, named as a pair.

    What stands beside a question is its answer, and beside an instruction its response, whatever it is called.
    """
    has = set(found.values())
    if "question" in has and "instruction" not in has and "answer" not in has:
        return {name: "answer" if role == "response" else role for name, role in found.items()}
    if "instruction" in has and "question" not in has and "response" not in has:
        return {name: "response" if role == "answer" else role for name, role in found.items()}
    return found
