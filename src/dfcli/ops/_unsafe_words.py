"""Words and phrases that the safety operators look for, compiled for dfcli; slurs against groups are not among them."""

from __future__ import annotations

from typing import Literal

List = Literal["profanity", "sexual", "violence"]

_ENGLISH: dict[str, str] = {
    "profanity": """arse arsehole ass asshole assholes bastard bastards bitch bitches bitching bollocks bullshit
        cock crap cunt cunts damn damned dick dickhead douchebag fuck fucked fucker fuckers fucking goddamn jackass
        motherfucker motherfucking piss pissed prick pussy shit shits shitty slut sluts son_of_a_bitch twat wanker
        whore whores wtf""",
    "sexual": """anal blowjob bondage boobs camgirl camgirls cumshot dildo erotic escort_service fetish gangbang
        handjob hardcore_sex hentai horny masturbate masturbating masturbation milf naked_girls naked_pics nude_pics
        nudes orgasm orgy penis porn porno pornographic pornography pornstar sex_cam sex_chat sex_tape sex_toys
        sexcam striptease threesome tits vagina vibrator xxx""",
    "violence": """behead beheaded beheading bomb_making build_a_bomb dismember gore gory how_to_kill lynch lynching
        massacre mass_shooting murder_suicide pipe_bomb school_shooting suicide_method torture_video""",
}
_CHINESE: dict[str, str] = {
    "profanity": "他妈的 妈的 操你 傻逼 煞笔 混蛋 王八蛋 狗屁 滚蛋 婊子 贱人 放屁 去死吧 脑残",
    "sexual": "色情 成人视频 裸聊 裸照 一夜情 约炮 自慰 性爱视频 黄色网站 情色 援交 三级片 春药 淫",
    "violence": "砍头 斩首 虐杀 屠杀 炸弹制作 制造炸弹 枪击案 自杀方法 分尸",
}

GROUPS = """women woman girls females men gay gays lesbians lesbian trans transgender queer disabled autistic
    muslims muslim jews jewish christians hindus immigrants immigrant refugees migrants foreigners black blacks white
    whites asians asian arabs mexicans africans chinese gypsies roma"""
"""Neutral names of groups, as targets; alone they mean nothing."""


def phrases(names: tuple[List, ...], language: str) -> list[str]:
    """Return the phrases of some lists in a language."""
    lists = _CHINESE if language == "zh" else _ENGLISH
    return sorted({each.replace("_", " ") for name in names for each in lists[name].split()})
