"""Names that dfcli does not know: of operators, options, blocks, roles, variables, files; ids that are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dfcli.agent.bench import Bench, Candidate, columns_of, meant, near, operators, setting
from dfcli.agent.edits import (
    Edit,
    InsertStep,
    MoveStep,
    RemoveStep,
    RenameOption,
    ReplaceStep,
    SetCondition,
    SetModel,
    SetOperator,
    SetOption,
    UnsetOption,
)
from dfcli.agent.outline import Entry
from dfcli.agent.renaming import options_of
from dfcli.agent.verdict import Issue
from dfcli.ops.registry import installed
from dfcli.recipes.keys import RepeatKeys, StepKeys

_OPERATORS = {
    **dict.fromkeys(
        ("deduplicate", "dedup", "dedupe", "drop_duplicates", "distinct", "remove_duplicates"), "dedup_exact"
    ),
    **dict.fromkeys(("fuzzy_dedup", "near_dedup", "minhash", "document_minhash_deduplicator"), "dedup_minhash"),
    **dict.fromkeys(("filter", "query", "keep", "drop", "filter_rows"), "where"),
    **dict.fromkeys(
        ("language_filter", "detect_language", "lang_detect", "langid", "language_detection"), "language_id"
    ),
    **dict.fromkeys(("order_by", "orderby", "sort_by", "sort_values"), "sort"),
    **dict.fromkeys(("select_columns", "keep_columns", "project", "drop_columns"), "select"),
    **dict.fromkeys(("rename_columns", "rename_column"), "rename"),
    **dict.fromkeys(("map", "transform", "with_columns", "derive", "add_column"), "compute"),
    **dict.fromkeys(("length_filter", "text_length", "length", "text_length_filter"), "char_count"),
    **dict.fromkeys(("word_filter", "words", "words_num_filter", "num_words"), "word_count"),
    **dict.fromkeys(("head", "limit", "random_sample", "subsample"), "sample"),
    **dict.fromkeys(("llm", "prompt", "generate", "generate_text", "llm_generate", "chat"), "ask"),
    **dict.fromkeys(("llm_judge", "rate", "grade", "evaluate", "llm_score"), "judge"),
    **dict.fromkeys(("as_type", "astype", "convert", "convert_types"), "cast"),
    **dict.fromkeys(("flatten", "unnest"), "explode"),
    **dict.fromkeys(("merge", "left_join"), "join"),
    **dict.fromkeys(("pii_filter", "redact", "anonymize", "redact_pii"), "mask_pii"),
    **dict.fromkeys(("execute_sql", "sql_execute", "sql_run"), "run_sql"),
}
"""What other tools call an operator."""

_OPTIONS = {
    **dict.fromkeys(("filter", "where", "condition", "having"), ("keep", "condition")),
    **dict.fromkeys(("expr", "expression", "query"), ("condition", "keep", "sql")),
    **dict.fromkeys(
        ("column", "field", "text_column", "input_column", "text_key", "input_key", "input", "key", "col"),
        ("text", "on", "by", "score", "column", "sql"),
    ),
    **dict.fromkeys(("columns", "fields", "subset", "keys", "column_names"), ("on", "columns", "by", "text")),
    **dict.fromkeys(
        ("output_column", "output_key", "output", "into_column", "new_column", "as", "name", "result", "score_column"),
        ("into", "outputs", "id"),
    ),
    **dict.fromkeys(
        ("n", "count", "num", "size", "limit", "rows", "top", "num_rows", "number", "max_rows"),
        ("k", "n", "rows", "samples", "count"),
    ),
    **dict.fromkeys(("ratio", "frac", "share", "percent", "percentage"), ("fraction", "share")),
    **dict.fromkeys(("sort_by", "order_by", "key", "sort_key"), ("by", "score")),
    **dict.fromkeys(("reverse", "desc", "descending", "reversed"), ("descending", "highest")),
    **dict.fromkeys(("similarity", "min_similarity", "jaccard_threshold", "sim_threshold", "cutoff"), ("threshold",)),
    **dict.fromkeys(
        ("instruction", "user_prompt", "message", "instructions", "question", "template"), ("prompt", "rubric")
    ),
    **dict.fromkeys(("system_prompt", "system_message"), ("system",)),
    **dict.fromkeys(
        ("criteria", "criterion", "instructions", "prompt", "guideline", "guidelines"), ("rubric", "prompt")
    ),
    **dict.fromkeys(("num_samples", "n_samples", "num_return_sequences", "num_generations"), ("samples",)),
    **dict.fromkeys(("role", "model_role", "llm", "llm_model"), ("model",)),
    **dict.fromkeys(("regex", "regexp"), ("pattern",)),
    **dict.fromkeys(("output_schema", "schema", "output_fields"), ("outputs",)),
    **dict.fromkeys(("language", "languages", "lang", "langs"), ("among", "language")),
    **dict.fromkeys(("file", "files", "filename", "location", "source", "uri", "dest", "to"), ("path",)),
    **dict.fromkeys(("type", "kind", "file_type"), ("format",)),
    **dict.fromkeys(("mapping", "map", "rename"), ("columns", "fields")),
}
"""What other tools call an option: what it may be here, the first of them that the operator has."""

_BAGS = ("params", "options", "args", "config", "kwargs", "with", "parameters", "arguments", "settings")
_KINDS = ("op", "operator", "type", "name", "operation", "step", "use", "uses", "action")
_BLOCKS = {
    **dict.fromkeys(("pipeline", "stages", "operations", "process", "tasks", "workflow", "ops", "transforms"), "steps"),
    **dict.fromkeys(("source", "data", "dataset", "dataset_path", "in"), "input"),
    **dict.fromkeys(("sink", "target", "destination", "export_path", "out", "save_to"), "output"),
    **dict.fromkeys(("variables", "params", "parameters"), "vars"),
    **dict.fromkeys(("description", "title", "about", "desc"), "doc"),
    **dict.fromkeys(("llms", "llm", "model"), "models"),
    **dict.fromkeys(("validations", "assertions", "asserts"), "checks"),
}
_NOTES = ("description", "desc", "doc", "comment", "note", "notes", "title", "label")


def operator(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield operators that a name may mean: as it is spelt, as other tools say, as people search for them."""
    step = bench.step(issue.step)
    name = step.op if step else ""
    wide = _spoken(name)
    usual = [_OPERATORS[wide]] if wide in _OPERATORS else []
    close = _takes(step, near(name, operators(), 0.85))
    for each in dict.fromkeys([*usual, *close, *_searched(name), *_takes(step, near(name, operators()))]):
        yield f"{issue.step} is the operator {each}", [SetOperator(step=issue.step, op=each)]


def _spoken(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|-|\s", "_", name.rpartition(".")[2]).casefold()


def _takes(step: Entry | None, names: list[str]) -> list[str]:
    """Return operators, those first that have all the options which a step gives."""
    given = {*step.keys} - {*StepKeys.model_fields} if step else set()
    return sorted(names, key=lambda each: len(given - {*options_of(each)}))


def _searched(name: str) -> list[str]:
    """Return the operators that people find by the words of a name."""
    words = {each for each in re.split(r"[\W_]+", _spoken(name)) if len(each) > 2}
    found = []
    for each in operators():
        phrases = " ".join([each.replace("_", " "), *installed().get(each).use_for]).casefold()
        share = sum(word in phrases for word in words)
        if share and share == len(words):
            found.append((len(phrases), each))
    return [each for _, each in sorted(found)][:3]


def no_operator(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield steps with `op` for one that names its operator otherwise: as a key, as `name`, its options in a bag."""
    step = bench.step(issue.step)
    keys = dict(step.keys) if step else {}
    if step and (joined := re.match(r"(op|repeat|recipe):(\S.*)$", step.op)):
        yield (
            f"a colon has a space after it: {joined[1]}: {joined[2]}",
            [ReplaceStep(step=step.id, by={joined[1]: joined[2]})],
        )
    for key in _KINDS:
        if isinstance(keys.get(key), str):
            others = {name: each for name, each in keys.items() if name != key}
            yield (
                f"the operator {keys[key]} is named by op",
                [ReplaceStep(step=issue.step, by={"op": keys[key], **_unbagged(others)})],
            )
    for key, value in keys.items():
        if len(keys) == 1 or key in operators():
            others = {name: each for name, each in keys.items() if name != key}
            inner = value if isinstance(value, Mapping) else {}
            yield (
                f"the operator {key} is named by op",
                [ReplaceStep(step=issue.step, by={"op": key, **inner, **_unbagged(others)})],
            )


def _unbagged(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with those that stand in a mapping of their own beside the others."""
    bags = [each for each in keys if each in _BAGS and isinstance(keys[each], Mapping)]
    rest = {key: each for key, each in keys.items() if key not in bags}
    return rest | {str(key): each for bag in bags for key, each in keys[bag].items()}


def option(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield what an unknown option of a step, or key of a block, may mean."""
    step, name = bench.step(issue.step), issue.option.rpartition(".")[2]
    if step is None:
        yield from _key(issue, name)
        return
    if name in _BAGS and isinstance(step.keys.get(name), Mapping):
        yield (
            f"the {name} of {step.id} are options of the step",
            [ReplaceStep(step=step.id, by=_step(step, _unbagged(step.keys)))],
        )
    known = {*options_of(step.op), *(RepeatKeys if step.op == "repeat" else StepKeys).model_fields}
    free = [each for each in known if each not in step.keys]
    usual = [each for each in _OPTIONS.get(_spoken(name), ()) if each in free]
    needed = [each for each, info in options_of(step.op).items() if info.is_required() and each in free]
    yield from _opposite(step, name)
    yield from _bound(step, name)
    for each in dict.fromkeys([*([meant(issue)] if meant(issue) in free else []), *usual, *near(name, free), *needed]):
        yield f"{step.id}: {name} is called {each}", [RenameOption(step=step.id, old=name, new=each)]
    if name in _NOTES:
        yield f"{step.id}: {name} is no option; a comment would say it", [UnsetOption(step=step.id, name=name)]


def _step(step: Entry, keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": step.op, **keys}


def _opposite(step: Entry, name: str) -> Iterator[Candidate]:
    """Yield `descending` for `ascending`, with the other value."""
    value = step.keys.get(name)
    if name in ("ascending", "asc") and isinstance(value, bool) and "descending" in options_of(step.op):
        edits: list[Edit] = [
            UnsetOption(step=step.id, name=name),
            SetOption(step=step.id, name="descending", value=not value),
        ]
        yield f"{step.id}: {name} is the opposite of descending", edits


def _bound(step: Entry, name: str) -> Iterator[Candidate]:
    """Yield a `keep` for an option such as `min_words`: an operator that measures drops nothing by itself."""
    sign = {"min": ">=", "minimum": ">=", "least": ">=", "max": "<=", "maximum": "<=", "most": "<="}
    found = next((sign[each] for each in _spoken(name).split("_") if each in sign), None)
    value = step.keys.get(name)
    written = list(columns_of(step, "writes").values())
    if found is None or not written or isinstance(value, bool) or not isinstance(value, int | float):
        return
    column = (near(name, written, 0.5) or written)[0]
    bound = f"{column} {found} {value}"
    keep = step.keys.get("keep")
    condition = (
        f"({keep}) and {bound}"
        if isinstance(keep, str) and " or " in keep
        else f"{keep} and {bound}"
        if keep
        else bound
    )
    edits: list[Edit] = [
        UnsetOption(step=step.id, name=name),
        SetCondition(step=step.id, key="keep", condition=condition),
    ]
    yield f"{step.id} keeps rows by a condition: {bound}", edits


def _key(issue: Issue, name: str) -> Iterator[Candidate]:
    block = issue.option.rpartition(".")[0]
    known = _OPTIONS.get(_spoken(name), ())
    for each in dict.fromkeys([*([meant(issue)] if meant(issue) else []), *known]):
        yield f"{issue.option} is called {each}", [RenameOption(step=None, block=block, old=name, new=each)]


def block(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the block of a recipe that an unknown one may mean."""
    known = _BLOCKS.get(_spoken(issue.option))
    for each in dict.fromkeys(filter(None, [meant(issue), known])):
        yield f"{issue.option} is called {each}", [RenameOption(step=None, old=issue.option, new=each)]


def role(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield a role that a model has, or a model for the role that none has."""
    models = bench.outline.blocks.get("models")
    named = dict(models) if isinstance(models, Mapping) else {}
    step = bench.step(issue.step)
    wanted = step.keys.get("model", "default") if step else "default"
    for each in near(str(wanted), named):
        yield f"{issue.step} asks the model {each}", [SetOption(step=issue.step, name="model", value=each)]
    if named:
        first = named.get("default", next(iter(named.values())))
        yield f"the role {wanted} is given the model of the others", [SetModel(role=str(wanted), model=first)]
        yield f"{issue.step} asks the default model", [UnsetOption(step=issue.step, name="model")]


def useless_role(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the step without the model that it does not ask."""
    yield f"{issue.step} asks no model", [UnsetOption(step=issue.step, name="model")]


def variable(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the variable that a misspelt one may mean."""
    found = re.search(r"unknown variable '(.+?)'", issue.sentence)
    known = bench.outline.blocks.get("vars")
    value = bench.value(issue)
    if found is None or not isinstance(known, Mapping) or not isinstance(value, str):
        return
    for each in near(found[1], known):
        yield f"the variable {each}, not {found[1]}", setting(issue, value.replace(f"${{{found[1]}}}", f"${{{each}}}"))


def taken(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield another id for the second step that has one."""
    ids = {each.id for each in bench.outline.steps}
    twice = [number for number, each in enumerate(bench.outline.steps) if each.id == issue.step]
    if len(twice) < 2:
        return
    free = next(f"{issue.step}-{number}" for number in range(2, 99) if f"{issue.step}-{number}" not in ids)
    yield f"the second {issue.step} is called {free}", [SetOption(step=twice[1] + 1, name="id", value=free)]


def file(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the file in the same folder whose name is nearest to one that is not there."""
    found = re.search(r"(\S.*) does not exist", issue.sentence)
    given = bench.outline.blocks.get("input")
    path = given.get("path") if isinstance(given, Mapping) else given
    if found is None or not isinstance(path, str):
        return
    folder = Path(found[1]).parent
    names = sorted(each.name for each in folder.iterdir() if each.is_file()) if folder.is_dir() else []
    for each in near(Path(path).name, names):
        place = Issue("", "", option="input.path" if isinstance(given, Mapping) else "input")
        yield f"the input is {each}", setting(place, str(Path(path).with_name(each)))


def misplaced(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield a source as the first step, and a step that looks at all rows after its loop."""
    step = bench.step(issue.step)
    if step is None:
        return
    first = bench.outline.steps[0]
    if "source" in issue.sentence and first.id != step.id:
        yield f"{step.id} is the first step", [MoveStep(step=step.id, before=first.id)]
    if step.loop:
        edits: list[Edit] = [RemoveStep(step=step.id), InsertStep(step=_step(step, step.keys), after=step.loop)]
        yield f"{step.id} comes after the loop", edits
    if "when" in issue.sentence:
        yield f"{step.id} has no when", [UnsetOption(step=step.id, name="when")]
