from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfcli.errors import DfcliError, UsageError
from dfcli.ops.base import Example, Operator
from dfcli.ops.registry import Registry, installed
from dfcli.recipes.load import load, parse
from dfcli.recipes.mistakes import Mistakes as Found
from dfcli.recipes.options import build

from .conftest import Known, Loads, Mistakes, Trim

STEPS = "input: a.jsonl\nsteps:\n"
COLUMNS = "columns: text, n, tags, day"
KEY = (
    "and keys never stand in a recipe: put it into an environment variable, and that one's name into the model's "
    "api_key_env"
)

KEYS_OF_A_RECIPE = (
    "those of a recipe are name, doc, use_for, aliases, not_for, seed, vars, models, budget, input, output, operators, "
    "checks, steps"
)

WHOLE_FILE = [
    ("", "1: the recipe is empty; it needs at least steps"),
    ("# nothing\n", "1: the recipe is empty; it needs at least steps"),
    ("[trim]", "1: a recipe is a mapping with name, steps and so on, not a list"),
    ("trim", "1: a recipe is a mapping with name, steps and so on, not 'trim'"),
    ("input: a.jsonl\n", "1: the recipe has no steps"),
    ("input: a.jsonl\nsteps: []\n", "2: steps must not be empty"),
    ("input: a.jsonl\nsteps: trim\n", "2: steps must be a list, with a dash before each step, not 'trim'"),
    ("goal: x\n" + STEPS + "- trim\n", "1: 'goal' is kept for a later version of dfcli, and cannot be used yet"),
    ("tests: []\n" + STEPS + "- trim\n", "1: 'tests' is kept for a later version of dfcli, and cannot be used yet"),
    ("tune: 1\n" + STEPS + "- trim\n", "1: 'tune' is kept for a later version of dfcli, and cannot be used yet"),
    ("imput: x\n" + STEPS + "- trim\n", "1: unknown key 'imput'; did you mean 'input'?"),
    ("inputs: a.jsonl\nsteps: [trim]\n", "1: unknown key 'inputs'; did you mean 'input'?"),
    ("1: x\n" + STEPS + "- trim\n", f"1: unknown key 1; {KEYS_OF_A_RECIPE}"),
    ("seed: abc\n" + STEPS + "- trim\n", "1: seed must be an int, not 'abc'"),
    ("seed: true\n" + STEPS + "- trim\n", "1: seed must be an int, not true"),
    ("doc: [x]\n" + STEPS + "- trim\n", "1: doc must be text, not a list"),
    ("aliases: x\n" + STEPS + "- trim\n", "1: aliases must be a list of other names, not 'x'"),
    ("name: a/b\n" + STEPS + "- trim\n", "1: 'a/b' cannot be a recipe's name: use letters, digits, _, . and -"),
    ("steps:\n- trim\n", "2: trim: no rows to begin with: the recipe needs an input, or a source as its first step"),
    ("input: 5\nsteps: [trim]\n", "1: input must be a path, a list of paths or a mapping, not 5"),
    ("input: {}\nsteps: [trim]\n", "1: input: name a path, or a database with a query"),
    ("input: {path: a, database: b}\nsteps: [trim]\n", "1: input: rows come from path or from database, not from both"),
    ("input: {database: b}\nsteps: [trim]\n", "1: input: database and query go together"),
    (
        "input: {path: a, columns: {n: integer}}\nsteps: [trim]\n",
        "1: input: columns.n: unknown type 'integer': a type is str, int, float, bool, date, datetime, list[<type>], "
        "or a mapping of names to types",
    ),
    (
        "output: {path: o, formt: csv}\n" + STEPS + "- trim\n",
        "1: output: unknown option 'formt'; did you mean 'format'?",
    ),
    (
        "output:\n  path: o\n  format: xls\n" + STEPS + "- trim\n",
        "3: output: format must be 'jsonl', 'json', 'csv', 'tsv', 'parquet', 'arrow', 'alpaca', 'sharegpt', "
        "'messages' or 'dpo', not 'xls'",
    ),
    (
        "output:\n  path: o\n  columns: [text, nn]\n" + STEPS + "- trim\n",
        f"3: output: no column 'nn' here; did you mean 'n'? {COLUMNS}",
    ),
    (
        "output: {path: o, columns: [n, text, n]}\n" + STEPS + "- trim\n",
        "1: output: columns names 'n' twice; each column is written once",
    ),
    (
        "output:\n  path: o\n  without: [nn]\n" + STEPS + "- trim\n",
        f"3: output: no column 'nn' here; did you mean 'n'? {COLUMNS}",
    ),
    (
        "output:\n  path: o\n  columns: [n]\n  without: [text]\n" + STEPS + "- trim\n",
        "1: output: columns names all that are written, and without has nothing to add; give one of them",
    ),
    (
        "output:\n  path: o\n  format: alpaca\n  without: [text]\n" + STEPS + "- trim\n",
        "1: output: format alpaca writes its own columns and those in columns; leave without out",
    ),
    ("budget: {usd: 0}\n" + STEPS + "- trim\n", "1: budget: usd must be more than 0, not 0"),
    ("text: body\n" + STEPS + "- trim\n", f"1: unknown key 'text'; {KEYS_OF_A_RECIPE}"),
    ("input: a.jsonl\nsteps: {op: trim}\n", "2: steps must be a list, with a dash before each step, not a mapping"),
    ("budget: {usd: -5}\n" + STEPS + "- trim\n", "1: budget: usd must be more than 0, not -5"),
    ("budget: 5\n" + STEPS + "- trim\n", "1: budget must be a mapping such as {usd: 5}, not 5"),
    ("budget: {usd: $5}\n" + STEPS + "- trim\n", "1: budget: usd must be a number, not '$5'"),
    ("budget: {dollars: 5}\n" + STEPS + "- trim\n", "1: budget: unknown option 'dollars'; did you mean 'usd'?"),
    (
        "models: a/b\n" + STEPS + "- trim\n",
        "1: models must be a mapping of roles to models, such as {default: openai/gpt-4.1-mini}, not 'a/b'",
    ),
    ("vars: [n]\n" + STEPS + "- trim\n", "1: vars must be a mapping of names to defaults, not a list"),
    ("checks: [unique]\n" + STEPS + "- trim\n", "1: checks must be a mapping such as {rows: at least 1}, not a list"),
    ("model: a/b\n" + STEPS + "- trim\n", "1: unknown key 'model'; did you mean 'models'?"),
    ("input: {file: a}\nsteps: [trim]\n", "1: input: unknown option 'file'; did you mean 'path'?"),
    ("input: {path: a, columns: [n]}\nsteps: [trim]\n", "1: input: columns must be a mapping, not a list"),
    ("output: [o]\n" + STEPS + "- trim\n", "1: output must be a path or a mapping, not a list"),
    ("operators: [x.py]\n" + STEPS + "- mine\n", "1: operators: there is no file 'x.py'"),
]

YAML = [
    ("a: 1\n\tb: 2", "2: not YAML: a tab cannot indent; use spaces"),
    ("name: x\nsteps: [trim", "2: not YAML: the bracket that opens here is never closed"),
    ("name: x\ndoc: 'it is\nsteps: [trim]", "2: not YAML: the quotes that open here are never closed"),
    ("doc: @x", "1: not YAML: a text that starts with '@' needs quotes around it"),
    (
        "doc: one: two",
        "1: not YAML: a ': ' where none can stand: a text that holds one needs quotes around it, or the line is "
        "indented too far",
    ),
    (
        "models: {default: ${m}}",
        '1: not YAML: a { that nothing expects; inside { } a value with ${…} needs quotes: "${name}"',
    ),
    ("doc: *x", "1: not YAML: a text that starts with '*' needs quotes around it"),
    ("name: x\n---\nname: y", "2: not YAML: a recipe is one YAML document, and here a second one starts"),
    ("name: x\ndoc: \x07", "2: not YAML: the character U+0007 cannot stand in it"),
    ("steps: " + "[" * 500, "1: not YAML: nested too deeply"),
    ("%YAML 1.1\n---\nname: x", "1: a line that starts with % is a YAML directive, and recipes have none"),
    (
        STEPS + "- op: trim\n      text: text\n",
        "4: not YAML: a ': ' where none can stand: a text that holds one needs quotes around it, or the line is "
        "indented too far",
    ),
    (STEPS + "  - op: trim\n   text: text\n", "4: not YAML: the line is not indented as the others of its block are"),
    ("input:a.jsonl\nsteps:\n- trim\n", "1: not YAML: a colon needs a space after it: input: …"),
    (STEPS + "- op:trim\n  text: text\n", "3: not YAML: a colon needs a space after it: op: …"),
    (
        STEPS + "- {op: trim, into: list[str]}\n",
        '3: not YAML: a [ that nothing expects; inside { } a value with [ ] needs quotes: "list[str]"',
    ),
    (STEPS + "- op: trim\n  op: trim\n", "4: op stands here twice, first on line 3"),
    (STEPS + "- op: trim\n  keep:\n", "4: keep has no value"),
    (STEPS + "- trim\n-\n", "4: this entry has no value"),
    (STEPS + "- op: trim\n  text: {{ x }}\n", "4: a text that starts with {{ needs quotes around it"),
    (STEPS + "- &t trim\n", "3: anchors such as &t have no place in a recipe; use vars"),
    (STEPS + "- op: trim\n  <<: {text: text}\n", "4: merge keys (<<) have no place in a recipe; use vars"),
    (STEPS + "- op: trim\n  ? [a]\n  : b\n", "4: a key must be text"),
    (STEPS + "- op: trim\n  id: 0x_\n", "4: id is no number, or too long a one"),
    (STEPS + "- !!python/name:os.system trim\n", "3: tags such as !!python/name:os.system have no place in a recipe"),
    (STEPS + '- op: trim\n  text: "\\ud800"\n', "4: text holds half of a surrogate pair, which is no character"),
]

ENTRIES = [
    ("- 5", "3: a step is an operator's name or a mapping, not 5"),
    ("- {text: body}", "3: a step needs op, repeat or recipe"),
    ("- word_count: {text: body}", "3: a step needs op, repeat or recipe; did you mean op: word_count?"),
    ("- {op: trim, repeat: 3}", "3: a step has op or repeat, not both"),
    ("- op: [trim]", "3: op must be an operator's name, not a list"),
    ("- op:trim", "3: 'op:trim' is one word: a colon needs a space after it: op: …"),
    ("- trimm: {text: body}", "3: a step needs op, repeat or recipe; did you mean op: trim?"),
    ("- WordCount", "3: unknown operator 'WordCount'; did you mean 'word_count'?"),
    ("- op: trim\n  whn: n > 3", "4: trim: unknown option 'whn'; did you mean 'when'?"),
    ("- op: trim\n  filter: n > 3", "4: trim: unknown option 'filter'; did you mean 'keep'?"),
    ("- op: trim\n  if: n > 3", "4: trim: unknown option 'if'; did you mean 'when'?"),
    ("- op: trim\n  name: first", "4: trim: unknown option 'name'; did you mean 'id'?"),
    ("- op: trim\n  keep: [n > 3]", "4: trim: keep must be text, not a list"),
    ("- op: trim\n  text: $c", f"4: trim: no column '$c' here: a variable is written ${{c}}; {COLUMNS}"),
    ("- op: trim\n  text: ${}", "4: unknown variable ''; write $${} for the text itself"),
    ("- op: trim\n  text: ${c", "4: a ${ that is never closed; write $${ for the text itself"),
    ("- repeat: three\n  steps: [trim]", "3: repeat: repeat must be an int, not 'three'"),
    ("- wordcount", "3: unknown operator 'wordcount'; did you mean 'word_count'?"),
    ("- op: wordcount", "3: unknown operator 'wordcount'; did you mean 'word_count'?"),
    ("- op: word_count\n  txt: body", "4: word_count: unknown option 'txt'; did you mean 'text'?"),
    ("- op: word_count\n  keap: n > 1", "4: word_count: unknown option 'keap'; did you mean 'keep'?"),
    ("- op: word_count\n  min: abc", "4: word_count: min must be an int, not 'abc'"),
    ("- op: word_count\n  min: '5'", "4: word_count: min must be an int, not '5'"),
    ("- op: word_count\n  min: true", "4: word_count: min must be an int, not true"),
    ("- op: word_count\n  min: 10", "4: word_count: min must be at most 9, not 10"),
    ("- op: word_count\n  unit: 5", "4: word_count: unit must be text, not 5"),
    ("- op: word_count\n  unit: yes\n  min: null", "5: word_count: min must be an int, not null"),
    ("- op: word_count\n  unit: ''", "4: word_count: unit must not be empty"),
    ("- op: select\n  columns:\n  - text\n  - 5", "6: select: columns[1] must be text, not 5"),
    ("- where", "3: where: condition is missing"),
    ("- op: trim\n  keep: 5", "4: trim: keep must be text, not 5"),
    ("- op: trim\n  checkpoint: 'yes'", "4: trim: checkpoint must be true or false, not 'yes'"),
    (
        "- op: trim\n  on_error: quarantin",
        "4: trim: on_error must be 'quarantine', 'keep' or 'fail', not 'quarantin'; did you mean 'quarantine'?",
    ),
    (
        "- op: trim\n  id: '12'",
        "4: trim: id: '12' cannot be an id: use letters, digits, _, . and -, and not digits alone",
    ),
    ("- {op: trim, id: a}\n- op: trim\n  id: a", "5: a: another step has this id too; ids are unique"),
    ("- op: trim\n  model: judge", "4: trim: asks no model, so it has no use for model"),
    ("- op: trim\n  template: x.j2", "4: trim: unknown option 'template'"),
    ("- op: grade\n  model: m\n  template: x.j2", "5: grade: there is no template 'x.j2'"),
    (
        "- grade",
        "3: grade: asks a model, and none is named: write models: {default: …}, or pass --model NAME, "
        "or set DFCLI_MODEL",
    ),
    (
        "- op: grade\n  model: judge",
        "4: grade: no model has the role 'judge'; name one under models, or pass --model judge=NAME",
    ),
    (
        "- trim\n- rows",
        "4: rows: a source makes the rows that the other steps work on: it can only be the first step",
    ),
    ("- repeat: 0\n  steps: [trim]", "3: repeat: repeat must be at least 1, not 0"),
    ("- repeat: 2", "3: repeat: steps is missing"),
    ("- repeat: 2\n  steps: []", "4: repeat: steps must not be empty"),
    ("- repeat: 2\n  untl: n > 1\n  steps: [trim]", "4: repeat: unknown option 'untl'; did you mean 'until'?"),
    ("- repeat: 2\n  steps:\n  - repeat: 3\n    steps: [trim]", "5: repeat-2: a repeat cannot stand inside another"),
    (
        "- repeat: 2\n  steps:\n  - op: sort\n    by: n",
        "5: sort: looks at all rows at once, and cannot stand inside a repeat, which rows leave early",
    ),
    ("- recipe: other.yaml", "3: recipe: there is no file 'other.yaml', and no recipe of that name"),
    ("- recipe: r.yaml", "3: recipe: r.yaml includes itself: r.yaml → r.yaml"),
    ("- recipe: r.yaml\n  keep: x", "4: recipe: unknown option 'keep'"),
]

COLUMNS_AND_CONDITIONS = [
    ("- op: word_count\n  text: txt", f"4: word_count: no column 'txt' here; did you mean 'text'? {COLUMNS}"),
    ("- op: word_count\n  text: n", "4: word_count: the column 'n' is int, and str is needed here"),
    (
        "- op: select\n  columns: [n]\n- trim",
        "5: trim: no column 'text' here: step 'select' leaves it out; columns: n",
    ),
    ("- op: where\n  condition: n > 'a'", "4: where: compares a number with text"),
    ("- op: where\n  condition: nn > 3", f"4: where: no column 'nn' here; did you mean 'n'? {COLUMNS}"),
    (
        "- op: trim\n  into: __row__",
        "4: trim: the column '__row__' has a name that only dfcli may use",
    ),
    (
        "- op: word_count\n  keep: word_count >= '4'",
        "4: word_count: keep: \"word_count >= '4'\" compares a number with text; word_count is int",
    ),
    (
        "- op: word_count\n  keep: word_count",
        '4: word_count: keep: "word_count" is int, not true or false; word_count is int',
    ),
    ("- op: trim\n  keep: n >", '4: trim: keep: "n >" is no SQL condition'),
    (
        "- op: trim\n  keep: count(*) > 4",
        '4: trim: keep: "count(*) > 4" goes over many rows; a condition looks at one row at a time',
    ),
    (
        "- op: trim\n  keep: n > avg(n)",
        '4: trim: keep: "n > avg(n)" goes over many rows; a condition looks at one row at a time',
    ),
    (
        '- op: trim\n  keep: text = "4"',
        f"4: trim: keep: no column '4' here; {COLUMNS}; a number stands without quotes: 4",
    ),
    (
        "- op: trim\n  keep: lenght(text) > 4",
        '4: trim: keep: "lenght(text) > 4" is no SQL condition: there is no SQL function lenght; '
        "did you mean 'length'?",
    ),
    ("- op: trim\n  keep: text = null", '4: trim: keep: "text = null" is never true: write is null, or is not null'),
    (
        "- op: trim\n  keep: 1 <= n <= 3",
        '4: trim: keep: "1 <= n <= 3" compares twice in a row: write x between 20 and 500, or two comparisons with and',
    ),
    ("- op: trim\n  keep: n <> None", '4: trim: keep: "n <> None" is never true: write is null, or is not null'),
    (
        "- op: trim\n  keep: text is not None",
        '4: trim: keep: "text is not None" is no SQL condition: what is missing is null in SQL',
    ),
    (
        "- op: trim\n  keep: day > 2025-01-31",
        "4: trim: keep: \"day > 2025-01-31\" has a date that is no text: write date '2025-01-31'",
    ),
    (
        "- op: trim\n  keep: len(text) > 4",
        "4: trim: keep: \"len(text) > 4\" is no SQL condition: there is no SQL function len; did you mean 'length'?",
    ),
    (
        "- op: trim\n  keep: \"'a' in tags\"",
        "4: trim: keep: \"'a' in tags\" is no SQL condition: a list is searched with array_contains(column, 'value')",
    ),
    (
        "- op: trim\n  keep: text.startswith('a')",
        "4: trim: keep: \"text.startswith('a')\" is no SQL condition: a function comes before its column: length(text)",
    ),
    (
        "- op: trim\n  keep: '{{ n }} > 3'",
        '4: trim: keep: "{{ n }} > 3" is no SQL condition: a column stands in it by its name alone, without {{ }}',
    ),
    ("- op: trim\n  keep: n ≥ 3", '4: trim: keep: "n ≥ 3" is no SQL condition: write <=, >= or <>'),
    (
        "- op: trim\n  keep: text = ‘a’",
        "4: trim: keep: \"text = ‘a’\" is no SQL condition: text stands between plain quotes: 'text'",
    ),
    (
        "- op: trim\n  keep: text like %a%",
        "4: trim: keep: \"text like %a%\" is no SQL condition: the pattern of like stands in single quotes: '%value%'",
    ),
    (
        "- op: trim\n  keep: text contains 'a'",
        "4: trim: keep: \"text contains 'a'\" is no SQL condition: text is searched with column like '%value%', a list "
        "with array_contains(column, 'value')",
    ),
    (
        '- op: trim\n  keep: text = "a b"',
        f"4: trim: keep: no column 'a b' here; {COLUMNS}; text stands in single quotes: 'a b'",
    ),
    (
        '- op: word_count\n  keep: n >= "4"',
        f"4: word_count: keep: no column '4' here; {COLUMNS}, word_count; a number stands without quotes: 4",
    ),
    ("- op: trim\n  keep: text", '4: trim: keep: "text" is str, not true or false; text is str'),
    (
        "- op: trim\n  keep: n > 3 && n < 5",
        '4: trim: keep: "n > 3 && n < 5" is no SQL condition: and is written and, not &&',
    ),
    ("- op: trim\n  keep: __row__ = '1'", "4: trim: keep: __row__ is the engine's own column"),
    (
        "- op: trim\n  keep: day > '2025-01-01'",
        "4: trim: keep: \"day > '2025-01-01'\" compares a date with text (a date is written date '2025-01-31'); "
        "day is date",
    ),
    ("- op: word_count\n  when: word_count > 3", f"4: word_count: when: no column 'word_count' here; {COLUMNS}"),
    (
        "- op: to_text\n  column: n\n  when: n > 3",
        "5: to_text: when: 'n' becomes str, and stays int in the rows that pass by: write another column",
    ),
    (
        "- repeat: 2\n  until: wordcount > 3\n  steps: [word_count]",
        f"4: repeat: until: no column 'wordcount' here; did you mean 'word_count'? {COLUMNS}, word_count",
    ),
]

MODELS = [
    ("default: 5", "2: the model default must be a model's name or a mapping, not 5"),
    ("default: {temperature: 1}", "2: the model default: model is missing"),
    ("default:\n    model: a/b\n    temperature: -1", "4: the model default: temperature must be at least 0, not -1"),
    (
        "default: {model: a/b, tempature: 1}",
        "2: the model default: unknown option 'tempature'; did you mean 'temperature'?",
    ),
    ("default:\n    model: a/b\n    api_key: x", f"4: api_key is a key, {KEY}"),
    ("default:\n    model: a/b\n    api_key_env: sk-abcdefghij0123456789", f"4: this looks like a key, {KEY}"),
]

ROWS = "2: rows: {}: a check of the number of rows is at least N, at most N, exactly N, or between A and B"

CHECKS = [
    (
        "rows: more than 3",
        "2: rows: more than 3: a check of the number of rows is at least N, at most N, exactly N, or between A and B",
    ),
    ("rows: between 5 and 3", "2: rows: between 5 and 3: no number of rows is both"),
    ("rows: at least 5%", ROWS.format("at least 5%")),
    ("rows: '> 5'", ROWS.format("> 5")),
    ("rows: {min: 5}", "2: rows: a check is a phrase such as 'at least 5', not a mapping"),
    ("each: n", '2: each: "n" is int, not true or false; n is int'),
    ("rows: 5", "2: rows: a check is a phrase such as 'at least 5', not 5"),
    (
        "text: uniq",
        "2: text: uniq: a column's check is unique, not null, at least X, at most X, between A and B, "
        "one of a, b, c, or matches REGEX",
    ),
    ("txt: unique", f"2: txt: unique: no column 'txt' here; did you mean 'text'? {COLUMNS}"),
    ("n: at least x", "2: n: at least x: x is no number"),
    ("text: at least 3", "2: text: at least 3: text is str, and only numbers and dates have a range"),
    ("n: matches x", "2: n: matches x: n is int, and only text matches a pattern"),
    ("text: 'matches ['", "2: text: matches [: not a regular expression"),
    ("n:\n  - not null\n  - one of a", "4: n: one of a: a is no number"),
    ("each: n > 'x'", "2: each: \"n > 'x'\" compares a number with text; n is int"),
]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *WHOLE_FILE,
        *YAML,
        *((f"{STEPS}{steps}\n", sentence) for steps, sentence in [*ENTRIES, *COLUMNS_AND_CONDITIONS]),
        *((f"models:\n  {models}\n{STEPS}- trim\n", sentence) for models, sentence in MODELS),
        *((f"checks:\n  {checks}\n{STEPS}- trim\n", sentence) for checks, sentence in CHECKS),
    ],
)
def test_each_mistake_has_its_sentence_and_line(text: str, sentence: str, mistakes: Mistakes) -> None:
    assert mistakes(text) == [f"r.yaml:{sentence}"]


def test_all_mistakes_of_a_file_come_out_together_in_its_order(mistakes: Mistakes) -> None:
    found = mistakes(
        """
nam: x
vars: {n: 5, d: {type: str}}
input: ${d}
models: {judge: {model: a/b, top_p: 2}}
steps:
- op: word_count
  min: ${m}
  keep: word_count > '3'
- op: grade
  model: jugde
  keep: grade >= 4
- wordcount
- op: trim
  on_error: drop
  keep: anything > 3
checks: {rows: lots}
"""
    )
    assert found == [
        "r.yaml:2: unknown key 'nam'; did you mean 'name'?",
        "r.yaml:3: d has no default; set it with --set d=…",
        "r.yaml:5: the model judge: top_p must be at most 1, not 2",
        "r.yaml:8: unknown variable 'm'; write $${m} for the text itself",
        "r.yaml:11: grade: no model has the role 'jugde'; did you mean 'judge'?",
        "r.yaml:13: unknown operator 'wordcount'; did you mean 'word_count'?",
        "r.yaml:15: trim: on_error must be 'quarantine', 'keep' or 'fail', not 'drop'",
        "r.yaml:17: rows: lots: a check of the number of rows is at least N, at most N, exactly N, or between A and B",
    ]


def test_a_column_that_is_missing_is_reported_once(mistakes: Mistakes) -> None:
    found = mistakes(STEPS + "- op: word_count\n  text: txt\n- op: trim\n  text: txt\n  keep: txt = 'a'\n")
    assert len(found) == 1


def test_a_step_with_mistakes_does_not_hide_those_of_the_others(mistakes: Mistakes) -> None:
    found = mistakes(STEPS + "- op: word_count\n  minn: 3\n  into: k\n- op: trim\n  text: txt\n  keep: k > 3\n")
    assert found == [
        "r.yaml:4: word_count: unknown option 'minn'; did you mean 'min'?",
        "r.yaml:7: trim: no column 'txt' here; did you mean 'text'? columns: n, tags, day, text",
    ]


def test_a_key_is_never_repeated_in_the_sentence_about_it(mistakes: Mistakes) -> None:
    found = mistakes(f"doc: my key is sk-live0123456789abcdefgh\n{STEPS}- trim\n")
    assert found == [f"r.yaml:1: this looks like a key, {KEY}"]
    found = mistakes(f"vars: {{n: 5}}\n{STEPS}- trim\n", sets={"n": "sk-live0123456789abcdefgh"})
    assert "live" not in "\n".join(found)


def test_mistakes_in_python_data_say_where_they_are(registry: Registry) -> None:
    with pytest.raises(DfcliError) as caught:
        parse({"input": "a", "steps": ["trim", {"op": "trim", "keep": 5}]}, registry=registry, world=Known())
    assert str(caught.value) == "steps[1].keep: trim: keep must be text, not 5"


LEAVES = (
    st.sampled_from(
        ["trim", "word_count", "n > 3", "text", "${n}", "$${", "${", "{{ x }}", "", "a: b", "'", "1e999", "op"]
    )
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
)
KEYS = st.sampled_from(
    [
        "name",
        "vars",
        "models",
        "input",
        "output",
        "steps",
        "checks",
        "op",
        "repeat",
        "recipe",
        "until",
        "keep",
        "when",
        "id",
        "set",
        "operators",
        "budget",
        "text",
        "default",
        "rows",
        "each",
        "columns",
        "template",
        "model",
    ]
) | st.text(max_size=4)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)
QUICK = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


RECIPES = st.dictionaries(KEYS, TREES, max_size=6) | st.fixed_dictionaries({"steps": st.lists(TREES)})


@QUICK
@given(data=RECIPES)
def test_whatever_the_data_only_mistakes_come_of_it(data: dict[str, object], registry: Registry) -> None:
    with suppress(DfcliError):
        parse({"input": "a", **data}, registry=registry, world=Known())


@QUICK
@given(text=st.text() | st.text(alphabet=" \n\t:-[]{}&*!|>'\"%@`#,?ab1$"))
def test_whatever_the_text_only_mistakes_come_of_it(text: str, loads: Loads) -> None:
    with suppress(DfcliError):
        loads(text.encode("utf-8", "replace").decode("utf-8"))


def test_a_missing_file_a_folder_and_bytes_that_are_no_text_are_named(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: x\ndoc: caf\xe9\n")
    for name, sentence in [
        ("no.yaml", "there is no such file, and no recipe of that name"),
        (".", "a folder, not a recipe"),
        ("latin.yaml", "line 2 is not UTF-8 text (byte 0xe9)"),
    ]:
        with pytest.raises(DfcliError) as caught:
            load(tmp_path / name, registry=registry, environ={})
        assert str(caught.value).endswith(f": {sentence}")


def test_an_alias_is_one_mistake_with_its_anchor(mistakes: Mistakes) -> None:
    assert mistakes(STEPS + "- &t {op: trim}\n- *t\n") == [
        "r.yaml:3: anchors such as &t have no place in a recipe; use vars"
    ]


def test_a_source_reads_no_rows_so_it_has_no_when(mistakes: Mistakes) -> None:
    assert mistakes("steps:\n- op: rows\n  when: number > 1\n") == [
        "r.yaml:3: rows: a source has no rows before it that could meet when; use keep"
    ]
    assert mistakes(f"{STEPS}- repeat: 2\n  steps: [rows]\n") == [
        "r.yaml:4: rows: a source makes the rows that the other steps work on: it can only be the first step"
    ]


class Picky(Trim):
    """Refuse its options in three ways."""

    how: str

    def model_post_init(self, context: object) -> None:
        if self.how == "sentence":
            raise UsageError("picky wants another how")
        if self.how == "bug":
            raise KeyError("how")


@pytest.mark.parametrize(
    ("how", "sentence"), [("sentence", "picky: picky wants another how"), ("bug", "picky: KeyError: 'how'")]
)
def test_an_operator_that_raises_on_its_options_is_a_mistake_of_its_step(
    how: str, sentence: str, mistakes: Mistakes, registry: Registry
) -> None:
    registry.classes["picky"] = Picky
    found = mistakes(f"{STEPS}- op: picky\n  how: {how}\n- op: trim\n  text: txt\n")
    assert found[0] == f"r.yaml:3: {sentence}"
    assert found[1].startswith("r.yaml:6: trim: no column 'txt' here")


def test_every_mistake_of_a_template_comes_out(mistakes: Mistakes, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "bad.j2").write_text("---\noutputs: {a: text}\nsample: 3\n---\nHi", encoding="utf-8")
    (tmp_path / "t.j2").write_text("---\ndoc: D.\noutputs: {grade: int}\nkind: x\n---\nHi", encoding="utf-8")
    registry.templates["bad"] = tmp_path / "bad.j2"
    found = mistakes(
        f"{STEPS}- bad\n- op: grade\n  template: t.j2\n- op: grade\n  template: 5\n- op: grade\n  template: ${{x}}\n"
    )
    types = "a type is str, int, float, bool, date, datetime, list[<type>], or a mapping of names to types"
    assert found == [
        "r.yaml:3: bad: bad.j2:1: doc is missing",
        f"r.yaml:3: bad: bad.j2:2: outputs.a: unknown type 'text': {types}",
        "r.yaml:3: bad: bad.j2:3: unknown key 'sample'; did you mean 'samples'?",
        "r.yaml:5: grade: t.j2:4: kind must be 'generate', 'evaluate', 'filter' or 'refine', not 'x'",
        "r.yaml:7: grade: template must be a file, not 5",
        "r.yaml:9: unknown variable 'x'; write $${x} for the text itself",
    ]


def test_files_of_operators_that_are_none_are_named(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "syntax.py").write_text("x = 1\ndef f(:\n", encoding="utf-8")
    (tmp_path / "text.txt").touch()
    found = mistakes(f"operators:\n- lib\n- syntax.py\n- text.txt\n- 5\n- ${{x}}\n{STEPS}- mine\n")
    assert found == [
        "r.yaml:2: operators: 'lib' is a folder; name the Python files in it",
        "r.yaml:3: operators: syntax.py:2: SyntaxError: invalid syntax",
        "r.yaml:4: operators: text.txt: not a Python file",
        "r.yaml:5: operators: name Python files: [./my_ops.py]",
        "r.yaml:6: unknown variable 'x'; write $${x} for the text itself",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n", "o.yaml:1: a recipe is a mapping with name, steps and so on, not a list"),
        ("doc: \udcff", "r.yaml:3: recipe: o.yaml: line 1 is not UTF-8 text (byte 0xff)"),
        ("steps: [", "o.yaml:1: not YAML: the bracket that opens here is never closed"),
        ("vars: {n: {type: int}}\nsteps: [trim]\n", "r.yaml:3: recipe: n has no default; set it with set: {n: …}"),
    ],
)
def test_an_included_recipe_that_cannot_be_read_is_named(
    text: str, sentence: str, mistakes: Mistakes, tmp_path: Path
) -> None:
    (tmp_path / "o.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert mistakes(f"{STEPS}- recipe: o.yaml\n") == [sentence]


def test_a_dash_without_its_space_is_named(mistakes: Mistakes) -> None:
    assert mistakes(STEPS + "-op: trim\n") == [
        "r.yaml:2: steps has no value",
        "r.yaml:3: unknown key '-op'; a dash needs a space after it",
    ]


def test_a_variable_written_with_spaces_is_named_without(mistakes: Mistakes) -> None:
    found = mistakes(f"vars: {{c: text}}\n{STEPS}- op: trim\n  text: ${{ c }}\n")
    assert found == ["r.yaml:5: write ${c}, without spaces"]


PROMPTS = [
    ("prompt: 'Say {{ txt }}'", f"5: ask: no column 'txt' here; did you mean 'text'? {COLUMNS}"),
    (
        "prompt: 'Say ${text}'",
        "5: unknown variable 'text'; write {{ text }} for a column, $${text} for the text itself",
    ),
    (
        "prompt: 'Say {text}'",
        "4: ask: prompt: {text} is plain text, the same for every row; a column is {{text}}",
    ),
    ("prompt: 'Say {{ text }'", "5: ask: prompt: template:1: unexpected '}'"),
    (
        "prompt: \"{% include 'x.j2' %}\"",
        "5: ask: prompt: template:1: a template takes in others by {% extends %} alone, not by include or import",
    ),
    (
        "prompt: '{{ text }}'\n  outputs: {a: {type: int, maximum: 3}}",
        "6: ask: outputs: a: unknown key 'maximum'; did you mean 'max'?",
    ),
    (
        "prompt: '{{ text }}'\n  outputs: {a: list}",
        "6: ask: outputs: a: unknown type 'list': a type is str, int, float, bool, date, datetime, list[<type>], "
        "or a mapping of names to types",
    ),
    ("prompt: '{{ text }}'\n  outputs: [a]", "6: ask: outputs must be a mapping, not a list"),
    (
        "prompt: '{{ text }}'\n  outputs: {__row__: int}",
        "6: ask: outputs: '__row__' is a name that only the engine's own columns have",
    ),
    ("prompt: '{{ text }}'\n  samples: 0", "6: ask: samples must be at least 1, not 0"),
    (
        "prompt: '{{ text }}'\n  outputs: {a: str, b: str}\n  reply: text",
        "4: ask: a reply that is read as text has exactly one output, of type str",
    ),
    ("system: Be kind.", "4: ask: prompt is missing"),
    ("prompt: ''", "5: ask: prompt must not be empty"),
]


@pytest.mark.parametrize(("keys", "sentence"), PROMPTS)
def test_each_mistake_in_a_prompt_has_its_sentence_and_line(keys: str, sentence: str, mistakes: Mistakes) -> None:
    text = f"models: {{default: a/b}}\n{STEPS}- op: ask\n  {keys}\n"
    assert mistakes(text, registry=installed()) == [f"r.yaml:{sentence}"]


OPERATORS = [
    ("op: explode\n  column: text", "4: explode: needs a list; text is str"),
    ("op: rename\n  columns: {text: n}", "4: rename: would give two columns the name 'n'; text is str"),
    (
        "op: cast\n  columns: {tags: int}",
        "4: cast: does not fit: column 'tags' is list[str], which cannot be cast to int; tags is list[str]",
    ),
    (
        "op: cast\n  columns: {text: integer}",
        "4: cast: columns.text must be 'str', 'int', 'float', 'bool', 'date' or 'datetime', not 'integer'; "
        "did you mean 'int'?",
    ),
    ("op: select\n  columns: [text, text]", "4: select: columns: 'text' is named twice"),
    ("op: dedup_exact\n  columns: [text]", "4: dedup_exact: unknown option 'columns'; did you mean 'on'?"),
    ("op: sample\n  fraction: 50", "4: sample: fraction must be at most 1, not 50"),
]


@pytest.mark.parametrize(("step", "sentence"), OPERATORS)
def test_each_mistake_in_a_built_in_step_has_its_sentence_and_line(
    step: str, sentence: str, mistakes: Mistakes
) -> None:
    assert mistakes(f"{STEPS}- {step}\n", registry=installed()) == [f"r.yaml:{sentence}"]


EXAMPLES = [
    pytest.param(cls, example, id=f"{name}-{number}")
    for name, cls in installed().operators().items()
    for number, example in enumerate(cls.examples)
]


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_the_options_of_every_example_are_right_as_a_recipe_has_them(cls: type[Operator], example: Example) -> None:
    found = Found("r.yaml")
    options = json.loads(json.dumps(dict(example.options)))
    assert build(cls, options, (), found, cls.op()) == cls(**example.options)
    assert found.found == []
