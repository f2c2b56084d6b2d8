"""English words whose tokens no rule gives, as spaCy's English has them: contractions, abbreviations and emoticons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_I = "i I"
_PERSONS = "i I you You he He she She it It we We they They"
_MANY = "i I you You we We they They"
_YOU_WE_THEY = "you You we We they They"
_HE_SHE_IT = "he He she She it It"
_ASKING = "who Who what What when When where Where why Why how How there There"
_THIS = "this This that That"
_FAR = "these These those Those"
_MODALS = "could might must should would Could Might Must Should Would"
_NEGATED_HAVE = "ca do does did had may need ought sha wo Ca Do Does Did Had May Need Ought Sha Wo " + _MODALS
_NEGATED = "ai are is was were have has dare Ai Are Is Was Were Have Has Dare"

_ENDINGS: Sequence[tuple[str, Sequence[Sequence[str]]]] = (
    (_I, [["'m"], ["'m", "a"]]),
    (_PERSONS, [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]),
    (_MANY, [["'ve"]]),
    (_YOU_WE_THEY, [["'re"]]),
    (_HE_SHE_IT, [["'s"]]),
    (f"{_ASKING} {_THIS}", [["'s"]]),
    (f"{_ASKING} {_FAR}", [["'re"], ["'ve"]]),
    (f"{_ASKING} {_THIS} {_FAR}", [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]),
    (_NEGATED_HAVE, [["n't"], ["n't", "'ve"]]),
    (_MODALS + " not Not", [["'ve"]]),
    (_NEGATED, [["n't"]]),
)
"""Words, and what may follow them; each form exists with and without apostrophes."""

_WORDS_OF_THEIR_OWN = "Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore"

_CUT = (
    "y'|all y|all how|'d|'y How|'d|'y can|not Can|not gon|na Gon|na got|ta Got|ta let|'s Let|'s c'm|on C'm|on "
    "°|c|. °|f|. °|k|. °|C|. °|F|. °|K|."
)
_WHOLE = r"""
doin Doin doin' Doin' goin Goin goin' Goin' nothin Nothin nothin' Nothin' nuthin Nuthin nuthin' Nuthin' ol Ol ol' Ol'
somethin Somethin somethin' Somethin' lovin Lovin lovin' Lovin' havin Havin havin' Havin'
em 'em ll 'll nuff 'nuff 'S 's ‘S ‘s and/or w/o 're 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am
o'clock O'clock 'd a.m. p.m. D.C. Ph.D. e.g. E.g. E.G. i.e. I.e. I.E. vs. v.s. co. C++ ' '' \") <space> \t \n —
Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan.
Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C.
Sep. Sept. Tenn. Va. Wash. Wis. Adm. Bros. Co. Corp. Dr. Gen. Gov. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms.
Prof. Rep. Rev. Sen. St. a. b. c. d. e. f. g. h. i. j. k. l. m. n. o. p. q. r. s. t. u. v. w. x. y. z. ä. ö. ü.
:) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-((
:((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :*
:-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__-
v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<)
(*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>
"""


def _contractions() -> Iterator[tuple[str, ...]]:
    for words, endings in _ENDINGS:
        for word in words.split():
            for ending in endings:
                yield word, *ending
                yield word, *(each.replace("'", "") for each in ending)


def _times() -> Iterator[tuple[str, ...]]:
    return ((str(hour), half) for hour in range(1, 13) for half in ("a.m.", "am", "p.m.", "pm"))


def _exceptions() -> dict[str, tuple[str, ...]]:
    cut = [*_contractions(), *_times(), *(tuple(each.split("|")) for each in _CUT.split())]
    plain = [*cut, *((word,) for word in _WHOLE.split())]
    curly = [tuple(each.replace("'", "’") for each in tokens) for tokens in plain]
    found = {"".join(each): each for each in plain + curly}
    return {word: tokens for word, tokens in found.items() if word not in _WORDS_OF_THEIR_OWN.split()}


EXCEPTIONS: Mapping[str, tuple[str, ...]] = _exceptions()
"""Each such word, and its tokens."""
