"""Deterministic fixers: for each coded issue of a recipe the edits that may mend it, the likeliest first.

They read the text and the issue's sentence, guess what was meant, and promise nothing: whoever applies an edit checks
the recipe again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from dfcli.agent import fix_columns, fix_conditions, fix_lines, fix_names, fix_values
from dfcli.agent.bench import Bench, Candidate
from dfcli.agent.verdict import Issue

Fixer = Callable[[Bench, Issue], Iterator[Candidate]]

FIXERS: Mapping[str, tuple[Fixer, ...]] = {
    "unknown_operator": (fix_names.operator,),
    "no_operator": (fix_names.no_operator,),
    "unknown_option": (fix_names.option,),
    "unknown_key": (fix_names.block,),
    "unknown_role": (fix_names.role,),
    "useless_role": (fix_names.useless_role,),
    "unknown_variable": (fix_names.variable,),
    "duplicate_id": (fix_names.taken,),
    "input_unreadable": (fix_names.file, fix_values.fixes),
    "misplaced": (fix_names.misplaced,),
    "wrong_type": (fix_values.fixes,),
    "bad_value": (fix_values.fixes,),
    "unknown_column": (fix_columns.missing,),
    "type_mismatch": (fix_columns.mistyped,),
    "bad_condition": (fix_conditions.fixes,),
    "bad_check": (fix_columns.checked,),
    "bad_output": (fix_columns.shaped,),
}
"""The fixers for each code of `dfcli.errors.Code` that one can do something about; those of YAML go by the text."""


def fixes(text: str, issues: Sequence[Issue], columns: Sequence[str] = ()) -> Iterator[Candidate]:
    """Yield what may be done about the issues of a recipe, in words and as edits; those of one issue stand together.

    `columns` are the columns of the input, where they are known: they help where a sentence names none.
    """
    bench = Bench(text, tuple(columns))
    if any(each.code in ("yaml", "wrong_type", "unknown_key") for each in issues):
        yield from fix_lines.fixes(bench)
    for issue in issues:
        for fixer in FIXERS.get(issue.code, ()):
            yield from ((words, edits) for words, edits in fixer(bench, issue) if edits)
