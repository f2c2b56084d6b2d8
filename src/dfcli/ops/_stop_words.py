"""Words that hold a language together and say little by themselves: English ones, and Chinese characters."""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = """
a an the this that these those
i me my mine myself we us our ours ourselves you your yours yourself yourselves
he him his himself she her hers herself it its itself they them their theirs themselves
who whom whose which what when where why how
am is are was were be been being have has had having do does did doing done
can could may might must shall should will would ought
and or but nor so yet if because as until while although though unless since than whether
of at by for with about against between into through during before after above below to from up down in out on
off over under upon within without toward towards among across along around behind beside besides beyond near
again further then once here there now just only also too very quite rather still even ever never always often
all any both each either neither every few many much more most less least other another some such several same
no not none nothing nobody nowhere own one
i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll
we're we've we'd we'll they're they've they'd they'll that's there's here's what's who's where's how's let's
isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't can't cannot couldn't
shouldn't mustn't needn't mightn't
"""

STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "zh": frozenset(
        "的一是不了在有和就也都而及与着或我你他她它们这那之于以被把从对但为所其此者吧吗呢啊嘛么很还又再已可"
    ),
}
