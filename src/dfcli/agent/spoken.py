"""What people call columns: a column `views` is spoken of as viewed or 浏览量, `likes` as liked or 点赞数."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dfcli.agent.profile import Column

_CHINESE = {
    "amount": "金额 数额", "total": "总额 总价 总金额", "price": "价格 单价 售价", "cost": "成本 费用",
    "likes": "点赞数 点赞量 点赞 获赞数 赞数", "like_count": "点赞数 点赞量 点赞", "upvotes": "点赞数 赞同数 赞数 点赞",
    "votes": "票数 得票数 赞同数", "views": "浏览量 浏览数 浏览次数 阅读量 阅读数 播放量 访问量 点击量",
    "clicks": "点击数 点击量", "downloads": "下载量 下载次数", "comments": "评论数", "replies": "回复数",
    "stars": "星级 星数 评分", "rating": "评分 评级 打分 得分 分数", "score": "分数 得分 评分 打分 成绩",
    "grade": "成绩 年级", "points": "积分 分数", "age": "年龄", "year": "年份", "month": "月份", "date": "日期 时间",
    "created_at": "创建时间 发布时间", "updated_at": "更新时间", "timestamp": "时间戳", "status": "状态",
    "state": "状态", "city": "城市", "country": "国家", "region": "地区 区域", "channel": "渠道", "source": "来源 出处",
    "category": "类别 分类 类型 种类 品类 类目", "type": "类型 类别 种类", "topic": "主题 话题 题材",
    "domain": "领域 域名",
    "subject": "学科 科目 主题", "tag": "标签", "tags": "标签", "label": "标签 标注", "author": "作者", "user": "用户",
    "name": "姓名 名字 名称", "title": "标题", "difficulty": "难度", "level": "等级 级别 难度",
    "lang": "language languages 语言 语种", "desc": "description 描述", "qty": "quantity 数量", "cat": "category 类别",
    "language": "语言 语种", "length": "长度", "margin": "差距 分差", "model": "模型", "quantity": "数量",
    "count": "数量",
    "weight": "权重 重量", "salary": "工资 薪资 薪水", "gender": "性别", "brand": "品牌",
    "confidence": "置信度 可信度", "quality": "质量分 质量分数", "duration": "时长", "size": "大小 尺寸",
}  # fmt: skip
_ENGLISH = {
    "views": "viewed", "likes": "liked", "upvotes": "upvoted", "downloads": "downloaded", "clicks": "clicked",
    "price": "priced|costs?|costing", "amount": "worth", "total": "worth",
    "score": "scored|scoring|rated(?! by)|graded", "age": "aged",
    "rating": "rated(?! by)", "stars": "rated(?! by)", "grade": "graded", "votes": "voted", "difficulty": "difficulty",
}  # fmt: skip
_KINDS = {"likes": "like", "views": "view", "upvotes": "upvote", "votes": "vote", "clicks": "click", "stars": "star"}


def aliases(columns: Sequence[Column], request: str) -> Iterator[tuple[str, str]]:
    """Yield columns and what the request calls them, where only one column can be meant by it."""
    names = {each.name.lower() for each in columns}
    claims: dict[str, list[str]] = {}
    for each in columns:
        for said in _said(each, request):
            if each.name not in claims.setdefault(said, []):
                claims[said].append(each.name)
        for path, leaf in _inside(each, request):
            claims.setdefault(leaf, []).append(path)
    for said, claimed in claims.items():
        if len(claimed) == 1 and said.lower() not in names:
            yield claimed[0], said


def _inside(column: Column, request: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a column's objects that a request calls by their last names: `channel` is `meta.channel`."""
    for path in column.fields:
        leaf = path.rpartition(".")[2]
        if re.search(rf"(?<![\w.]){re.escape(leaf)}(?![\w.])", request, re.I):
            yield f"{column.name}.{path}", leaf


def _said(column: Column, request: str) -> Iterator[str]:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", column.name).lower()
    yield from (each for each in _CHINESE.get(name, "").split() if each in request)
    pattern = "|".join(filter(None, [_ENGLISH.get(name), _KINDS.get(name) and rf"{_KINDS[name]} counts?"]))
    if pattern and _counts(column):
        yield from dict.fromkeys(found[0] for found in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", request, re.I))


def _counts(column: Column) -> bool:
    """Tell whether a column's values can be counted with: numbers, or texts of numbers."""
    return column.type in ("int", "float") or (column.type == "str" and (column.mean_chars or 99) <= 12)
