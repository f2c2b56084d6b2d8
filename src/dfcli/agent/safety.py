"""Requests refused whatever the data are: harm to the source, secrets, files elsewhere, code that runs at once."""

from __future__ import annotations

import re

_DATABASE = r"(?:database|db|[\w./-]+\.(?:db|sqlite3?|duckdb))"

_REFUSED = (
    (
        rf"\b(?:delete|drop|remove|erase|wipe|purge|update|insert)\b[^,;。；\n]{{0,50}}\b(?:from|in"
        rf"|into) (?:the |my |our )?{_DATABASE}(?![\w.])"
        r"|\b(?:raise|increase|lower|decrease|multiply|double|halve|set|reset"
        rf"|rename)\b[^,;。；\n]{{0,50}}\b(?:in|of) (?:the |my |our )?"
        rf"{_DATABASE}(?![\w.])|\bin (?:the |my |our )?{_DATABASE} itself\b"
        rf"|(?:{_DATABASE}|数据库|\w\s*表)\s*(?:里|中|里面)?(?:的)?[^。；，]{{0,10}}(?:清空|删库|更新掉|改写)",
        "it would change a database, and dfcli only ever reads one: let the recipe write a file",
    ),
    (
        r"\b(?:back )?(?:in)?to \S+ itself\b|\bback (?:in)?to (?:the )?(?:same|original|input|source) file\b"
        r"|(?:存|写|保存)回(?:原来的?)?(?:原|源|输入)?文件",
        "it would overwrite the file that is read: dfcli writes its result to a file of its own",
    ),
    (
        r"\b(?:run|execute)\b[^;。；\n]{0,40}\b(?:on|in) (?:this|my|the|your) (?:machine|computer"
        r"|shell|system|terminal|server)\b"
        r"|\b(?:fetch|download|curl|wget)\b[^;。；\n]{0,80}\.(?:sh|py|exe|bat|ps1)\b",
        "it would run a program from elsewhere, which no recipe does",
    ),
    (
        r"(?:\b(?:drop|truncate|delete|alter|wipe|destroy|purge)\b(?: \w+){0,3} (?:tables?"
        r"|databases?|schemas?)\b(?! (?:text|column|format))"
        r"|\b(?:delete|drop|remove|update|insert|modify|change|overwrite"
        r"|write)\b(?:[^.;。；]|\.(?=\w)){0,40}\b(?:in|from|into|to|back (?:in)?to)\b (?:the |my |our |source "
        r"|original |live |production )*(?:database|db|source table|tables?)\b"
        r"|(?:删除|清空|修改|更新|写入|写回|删掉)[^。；，]{0,12}(?:数据库|源表|原表|数据表|表里|表中)|drop 掉|删库)",
        "it would change a database, and dfcli only ever reads one: let the recipe write a file",
    ),
    (
        r"(?:\b(?:overwrite|replace|modify|edit|change|update|delete|wipe"
        r"|erase)\b(?:[^.;。；]|\.(?=\w)){0,30}\b(?:the )?(?:input|source|original)(?: data)?(?: file| files)\b"
        r"|\bin[- ]?place\b(?:[^.;]|\.(?=\w)){0,20}\b(?:input|source|original) file|(?:delete|wipe|erase"
        r"|rm)\b(?:[^.;。；]|\.(?=\w)){0,30}\b(?:files?|folders?|director(?:y|ies)|disk)\b(?! names?)"
        r"|(?:覆盖|改写|删除|清空)[^。；，]{0,8}(?:原文件|源文件|输入文件|原始文件|文件夹|目录))",
        "it would change or delete the files that are read: dfcli writes its result to a file of its own",
    ),
    (
        r"(?:\b(?:api[ _-]?keys?|secrets?|passwords?|credentials|tokens?"
        r"|env(?:ironment)? variables?|\.env|ssh keys?|OPENAI_API_KEY"
        r"|[A-Z]+_API_KEY)\b(?:[^.;。；]|\.(?=\w)){0,60}\b(?:print|send|upload|post|email|include|add|output"
        r"|leak|export|write|put|show|reveal|dump|copy)\b"
        r"|\b(?:print|send|upload|post|email|include|add|output|leak|export|write|put|show|reveal"
        r"|dump|copy|read|exfiltrate)\b(?:[^.;。；]|\.(?=\w)){0,60}\b(?:your |my |our |the )?(?:api[ _-]?keys?"
        r"|secret keys?|passwords? (?:file|of|from)|environment variables?|env vars?|\.env"
        r"|ssh keys?|OPENAI_API_KEY|[A-Z]+_API_KEY)\b"
        r"|(?:输出|打印|发送|上传|导出|读取|写入)[^。；，]{0,12}(?:api\s*key|密钥|环境变量|密码文件))",
        "it is about keys or the environment, which never enter a recipe or its output",
    ),
    (
        r"(?:\b(?:send|upload|post|transmit|exfiltrate|forward|push)\b(?:[^.;。；]|\.(?=\w)){0,50}(?:https?://"
        r"|\bto (?:my |a |the |our )?(?:server|webhook|endpoint|url|attacker|ftp|external)\b)"
        r"|(?:发送|上传|传)[^。；，]{0,15}(?:https?://|服务器|外部))",
        "it would send the data elsewhere: a recipe writes a file, and nothing else leaves",
    ),
    (
        r"(?:/etc/(?:passwd|shadow|\w+)|~/\.(?:ssh|aws|bashrc|profile|netrc)|\brm -rf\b"
        r"|\bcurl\b(?:[^.;]|\.(?=\w)){0,40}\||\bsudo\b|\bos\.system\b|\bsubprocess\b|\.\./\.\./)",
        "it is about files of the system or commands to run, which no recipe does",
    ),
    (
        r"(?:\b(?:disable|turn off|bypass|ignore|skip|circumvent)\b(?:[^.;。；]|\.(?=\w)){0,30}\b(?:sandbox"
        r"|safety(?: checks?)?|read[- ]only|guard(?:rail)?s?|security)\b|(?:关闭|绕过"
        r"|禁用)[^。；，]{0,10}(?:沙箱|沙盒|安全|只读))",
        "it would take away a protection",
    ),
)


def refusal(request: str) -> str | None:
    """Return why a request is refused, or None."""
    for pattern, why in _REFUSED:
        if re.search(pattern, request, re.A | re.I):
            return why
    return None
