"""Patterns of insults, threats, hatred and prompt injection, in the syntax that Polars and Python share."""

from __future__ import annotations

from dfcli.ops._unsafe_words import GROUPS


def either(*alternatives: str) -> str:
    """Return a pattern for any of some patterns."""
    return f"(?:{'|'.join(alternatives)})"


_PEOPLE = "people|men|women|folks|communities|community"
_TARGET = (
    r"(?:(?:all|those|these|the|most|every|any|you|such|fucking|bloody|more) ){0,3}"
    rf"{either(*GROUPS.split())}(?: {either(_PEOPLE)})?"
)
_FOUL = either(
    *("disgusting", "filthy", "vermin", "scum", "trash", "garbage", "worthless", "subhuman", "sub-human", "inferior"),
    *("parasites?", "animals", "pigs", "cockroaches", "rats", "retarded", "stupid", "idiots?", "evil", "pathetic"),
    *("repulsive", "freaks?", "monsters?", "an? (?:plague|disease|cancer|burden|joke|abomination)", "mentally ill"),
    *("repugnant", "insects", "unnatural", "sick", "gross", "dangerous", "violent"),
    *("dumb", "ugly", "liars", "thieves", "criminals", "less intelligent", "immoral"),
)
_HARM = either(
    *("kill", "murder", "shoot", "hang", "burn", "beat", "rape", "hurt", "exterminate", "wipe out", "get rid of"),
    *("attack", "destroy", "punch", "stab", "execute", "gas", "torture", "deport", "slaughter", "eliminate"),
)
_HARMED = either(
    *("killed", "shot", "hanged", "punished", "wiped out", "exterminated", "deported", "beaten", "burned", "raped"),
    *("locked up", "banned", "executed", "put down", "put back in their place", "removed", "silenced", "eliminated"),
)
_DISLIKE = either(
    *("hate", "hates", "despise", "loathe", "detest", "can't stand", "cannot stand", "am sick of", "am disgusted by"),
    *("have no respect for", "don't trust", "am (?:so )?done with", "wish there were no(?: more)?", "look down on"),
)
_NAMES = either("bastards?", "bitch", "cunt", "asshole", "dickhead", "moron", "loser", "slut", "whore", "idiot")
_FILL = r"(?:such|all|just|nothing but|a|an|fucking|bloody|so|really|like|basically|always|total|complete)"
_CHINESE_GROUPS = either("女人", "男人", "黑人", "外国人", "同性恋", "残疾人", "移民", "穆斯林", "犹太人")
TOXIC = {
    "hate": either(
        rf"{_DISLIKE}\s+{_TARGET}\b",
        rf"{_TARGET} (?:are|is|were|look|act|seem)\s+(?:{_FILL} ){{0,3}}{_FOUL}\b",
        rf"{_FOUL}(?: little| fucking)?\s+{_TARGET}\b",
        rf"(?:fuck|damn|screw|to hell with)\s+{_TARGET}\b",
        rf"(?:don't|do not) (?:belong|deserve)[^.!?]{{0,40}}{_TARGET}\b",
        rf"(?:讨厌|痛恨|恶心|憎恨)(?:所有的?|这些|那些)?{_CHINESE_GROUPS}",
        rf"{_CHINESE_GROUPS}(?:都)?(?:是垃圾|是畜生|该死|真恶心|很恶心|都是骗子)",
    ),
    "insult": either(
        rf"\byou(?:'re| are| look like| fucking| bloody)?\s+(?:{_FILL} ){{0,3}}(?:{_FOUL}|{_NAMES})\b",
        r"fuck (?:you|off)\b|go to hell\b|shut the fuck up\b|nobody likes you\b",
        "你(?:个|这个|就是个?|是个?|们)?(?:傻逼|蠢货|白痴|废物|垃圾|贱人|混蛋|畜生|脑残)",
        "去死吧|滚蛋",
    ),
    "threat": either(
        rf"{_HARM}\s+{_TARGET}\b",
        rf"{_TARGET} (?:should|must|deserves? to|needs? to|ought to|will|are going to) (?:all )?(?:be {_HARMED}|"
        r"die|suffer|burn|hang|disappear|leave)\b",
        rf"(?:going to|gonna|will|'ll|want to|wanna|would love to|hope (?:someone|somebody) will) {_HARM} you\b",
        "(?:弄死|杀了|打死|宰了|砍死|灭了)你们?|你等着瞧",
    ),
}
"""What harms by its kind; matched in any case."""

_NEGATIONS = either(
    *("don't", "do not", "does not", "doesn't", "did not", "didn't", "never", "no one", "nobody", "not", "isn't"),
    *("aren't", "shouldn't", "should not", "cannot say", "wrong to", "stop saying", "without"),
)
DENIED = rf"(?i)(?:\b{_NEGATIONS}\b|不|没有|从不)[^.!?。！？\n]{{0,25}}$"
"""What stands before something that is denied, in the same sentence."""

_REPORTS = either(
    "said", "says", "saying", "say", "called", "claim(?:s|ed)?", "argued?", "believe that", "phrase", "word"
)
QUOTED = rf"(?i)(?:[\"“「']|\b{_REPORTS}\b[^.!?\n]{{0,15}})[^\"”」'.!?\n]{{0,25}}$"
"""What stands before something that is quoted or reported, in the same sentence."""

_WHICH = either(
    "all", "any", "every", "the", "your", "my", "these", "of", "above", "previous", "prior", "earlier", "system"
)
_ORDERS = either("instructions?", "prompts?", "rules", "guidelines", "directions", "messages?", "constraints")
_MINE = either("system", "hidden", "initial", "secret", "original")
INJECTIONS = {
    "override": either(
        rf"(?:ignore|disregard|forget|override|bypass)\s+(?:{_WHICH}\s+|safety\s+|preceding\s+){{0,5}}{_ORDERS}",
        "(?:忽略|无视|忘记|忘掉)(?:之前|以上|上面|前面|先前|你)?(?:的|所有|一切|全部){0,3}(?:指令|指示|提示|规则|要求|设定)",
    ),
    "persona": either(
        r"do anything now|\bDAN mode|developer mode (?:enabled|on)|jailbr(?:eak|oken)",
        r"you are now (?:in )?(?:unrestricted|unfiltered|dan\b|evil)|act as an? (?:unrestricted|unfiltered|uncensored)",
        "without (?:any )?(?:ethical|moral|safety) (?:guidelines|restrictions|limits)",
        "越狱模式|开发者模式|不受任何限制|没有任何限制的",
    ),
    "extraction": either(
        r"(?:reveal|show|print|repeat|output|leak|tell me|what (?:is|are))\s+(?:me )?(?:your|the) (?:\w+ )?"
        rf"{_MINE} (?:prompt|instructions?|message)",
        "(?:显示|输出|告诉我|泄露|重复)你的(?:系统)?(?:提示词|系统提示|初始指令)",
    ),
    "role_tag": either(
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>",
        r"\[/?INST\]|<</?SYS>>|(?m:^#{2,} ?(?:System|Instruction):)",
    ),
    "hidden": r"[\x{200B}-\x{200F}\x{2060}-\x{2064}]{3}|[\x{E0020}-\x{E007F}]{2}",
    "encoded": "[A-Za-z0-9+/]{240,}={0,2}",
}
"""Marks of orders to a model; matched in any case, by Polars."""
