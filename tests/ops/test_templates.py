"""Prompt templates: what becomes of their text, and what is said about one that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from dfcli.errors import TemplateError
from dfcli.ops.base import FAILED, Message, Operator, Row
from dfcli.ops.cases import Case
from dfcli.ops.contract import PROMISES
from dfcli.ops.prompted import Prompted, operator_from
from dfcli.ops.scripted import Scripted

FRONT = "---\ndoc: Say it.\noutputs: {said: str}\n---\n"

Writes = Callable[..., Path]
Asked = Callable[..., list[tuple[Message, ...]]]


@pytest.fixture
def write(tmp_path: Path) -> Writes:
    """Write a template, `t.j2` unless it has another name."""

    def write(text: str, name: str = "t.j2") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def run(cls: type[Operator], rows: Sequence[Row], replies: Sequence[str] = ("ok",), **options: Any) -> pl.DataFrame:
    return cls(**options)(pl.DataFrame(rows, infer_schema_length=None), Scripted(replies))


def messages(cls: type[Prompted], row: Row, **options: Any) -> dict[str, str]:
    """Return what a row asks, by role."""
    context = Scripted(("ok",))
    cls(**options)(pl.DataFrame([row]), context)
    return {each.role: each.content for each in context.asked[0].messages}


def why(cls: type[Operator], row: Row) -> str:
    """Return why a row failed."""
    reason: str = run(cls, [row])[FAILED][0]
    return reason


def wrong(path: Path) -> list[str]:
    """Return what is wrong with a template, without the folder."""
    with pytest.raises(TemplateError) as caught:
        operator_from(path)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


# What a template asks


def test_a_template_without_blocks_is_the_users_message(write: Writes) -> None:
    cls = operator_from(write(FRONT + "Say {{ text }}\n"))
    assert messages(cls, {"text": "x"}) == {"user": "Say x"}
    assert cls().reads() == {"text": None}
    assert cls().writes() == {"said": pl.String()}


def test_blocks_are_the_messages_and_an_empty_system_message_is_none(write: Writes) -> None:
    body = "{% block system %}{{ tone if tone }}{% endblock %}{% block user %}{{ text }}{% endblock %}"
    cls = operator_from(write(f"---\ndoc: D.\noutputs: {{a: str}}\noptional: [tone]\n---\n{body}"))
    assert messages(cls, {"text": "x", "tone": "Be kind."}) == {"system": "Be kind.", "user": "x"}
    frame = pl.DataFrame({"text": ["x"], "tone": [None]}, schema={"text": pl.String, "tone": pl.String})
    context = Scripted(("ok",))
    assert cls()(frame, context)[FAILED].to_list() == [None]
    assert [each.role for each in context.asked[0].messages] == ["user"]


def test_an_empty_user_message_fails_the_row(write: Writes) -> None:
    cls = operator_from(write(FRONT + "{% block system %}S{% endblock %}{% block user %}{{ text }}{% endblock %}"))
    assert why(cls, {"text": " "}).endswith("the user's message is empty")


def test_a_variable_that_is_set_in_the_template_is_no_column(write: Writes) -> None:
    cls = operator_from(
        write(FRONT + "{% set n = tags|length %}{% for t in tags %}{{ loop.index }}/{{ n }} {{ t }} {% endfor %}")
    )
    assert list(cls().reads()) == ["tags"]
    assert messages(cls, {"tags": ["a", "b"]}) == {"user": "1/2 a 2/2 b"}


def test_a_null_fails_the_row_by_the_name_of_its_column_unless_it_is_optional(write: Writes) -> None:
    front = "---\ndoc: D.\noutputs: {a: str}\noptional: [hint]\n---\n"
    cls = operator_from(write(front + "{{ text }}{% if hint %} ({{ hint }}){% endif %}"))
    rows = [{"body": "x", "hint": None}, {"body": None, "hint": "h"}, {"body": "y", "hint": "h"}]
    context = Scripted(("ok",))
    done = cls(text="body")(pl.DataFrame(rows), context)  # type: ignore[call-arg]  # a template's options are made at run time
    assert done[FAILED].to_list() == [None, "null_input: body", None]
    assert done["a"].to_list() == ["ok", None, "ok"]
    assert [each.messages[0].content for each in context.asked] == ["x", "y (h)"]


def test_an_output_may_replace_the_column_it_is_made_from(write: Writes) -> None:
    cls = operator_from(write("---\ndoc: Mend it.\noutputs: {text: str}\n---\nMend {{ text }}"))
    assert list(cls().reads()) == list(cls().writes()) == ["text"]
    done = run(cls, [{"text": "teh", "n": 1}, {"text": None, "n": 2}], ["the"])
    assert done.select("text", "n").rows() == [("the", 1), (None, 2)]
    assert done[FAILED].to_list() == [None, "null_input: text"]


def test_columns_are_renamed_by_the_options(write: Writes) -> None:
    cls = operator_from(write(FRONT + "Say {{ text }}"))
    done = run(cls, [{"body": "x"}], text="body", said="answer")
    assert done.select("body", "answer").rows() == [("x", "ok")]


def test_samples_make_a_row_into_several_and_each_fails_alone(write: Writes) -> None:
    cls = operator_from(write("---\ndoc: D.\noutputs: {n: int}\nsamples: 2\n---\n{{ text }}"))
    assert cls().effect() == "more"
    assert cls(samples=1).effect() == "same"
    done = run(cls, [{"text": "x"}, {"text": None}, {"text": "y"}], ['{"n": 1}', "no", '{"n": 3}', '{"n": 4}'])
    assert done["text"].to_list() == ["x", "x", None, None, "y", "y"]
    assert done["n"].to_list() == [1, None, None, None, 3, 4]
    assert [each and each.partition(":")[0] for each in done[FAILED]] == [
        *(None, "malformed", "null_input", "null_input", None, None)
    ]


def test_an_output_outside_its_enum_or_bounds_fails_the_row(write: Writes) -> None:
    front = "---\ndoc: D.\noutputs: {tone: {type: str, enum: [warm, cold]}, score: {type: int, min: 1, max: 5}}\n---\n"
    cls = operator_from(write(front + "{{ text }}"))
    rows = [{"text": each} for each in "abcd"]
    replies = [
        '{"tone": "warm", "score": 5}',
        '{"tone": "hot", "score": 5}',
        '{"tone": "warm", "score": 6}',
        '{"tone": "cold"}',
    ]
    done = run(cls, rows, replies)
    assert done.select("tone", "score").rows() == [("warm", 5), *[(None, None)] * 3]
    assert [bool(each) for each in done[FAILED]] == [False, True, True, True]


@pytest.mark.parametrize(
    ("param", "good", "bad"),
    [
        ("formal", ["casual", ""], [5, None, True]),
        ("{type: str, default: a, enum: [a, b]}", ["b"], ["c", 1]),
        ("{type: int, default: 3, min: 1, max: 5}", [1, 5], [0, 6, "x"]),
        ("{type: float}", [0.5, 2.5], ["x"]),
        ("[a, b]", [[], ["c"]], ["a", [1]]),
        ("true", [False], ["maybe"]),
        ("{default: 0.5}", [0.1], ["x"]),
    ],
)
def test_a_param_takes_what_its_type_and_bounds_allow(
    write: Writes, param: str, good: Sequence[Any], bad: Sequence[Any]
) -> None:
    cls = operator_from(
        write(f"---\ndoc: D.\noutputs: {{a: str}}\nparams: {{p: {param}}}\n---\n{{{{ p }}}}: {{{{ text }}}}")
    )
    for value in good:
        made = cls(p=value)  # type: ignore[call-arg]  # a template's options are made at run time
        assert list(made.reads()) == ["text"]
        assert cls.model_validate_json(made.model_dump_json()) == made
        assert messages(cls, {"text": "x"}, p=value) == {"user": f"{value}: x".strip()}
    for value in bad:
        with pytest.raises(ValidationError):
            cls(p=value)  # type: ignore[call-arg]  # as above


@pytest.mark.parametrize("name", ["source", "title", "result"])
def test_columns_may_have_everyday_names(write: Writes, name: str) -> None:
    cls = operator_from(write(f"---\ndoc: x\noutputs: {{answer: str}}\n---\n{{{{ {name} }}}}"))
    made = cls()(pl.DataFrame({name: ["hello"]}), Scripted(["world"]))
    assert made["answer"].to_list() == ["world"]


OPTIONAL = "---\ndoc: x\noptional: [note]\noutputs: {answer: str}\n---\n{{ text }}{% if note %} ({{ note }}){% endif %}"


def test_an_optional_column_need_not_be_there(write: Writes) -> None:
    operator, ctx = operator_from(write(OPTIONAL))(), Scripted(["yes"])
    given = pl.DataFrame({"text": ["a"]})
    assert operator.schema_after(given.schema, ctx).names() == ["text", "answer"]
    assert operator(given, ctx)["answer"].to_list() == ["yes"]
    assert operator(given.with_columns(note=pl.lit("b")), ctx)["answer"].to_list() == ["yes"]
    assert [each.messages[-1].content for each in ctx.asked] == ["a", "a (b)"]


def test_an_optional_column_that_an_option_names_must_be_there(write: Writes) -> None:
    operator = operator_from(write(OPTIONAL)).model_validate({"note": "remark"})
    assert operator.can_lack() == set()
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="remark"):
        operator.schema_after(pl.Schema({"text": pl.String()}), Scripted())


def test_a_param_without_default_must_be_given(write: Writes) -> None:
    cls = operator_from(write("---\ndoc: D.\noutputs: {a: str}\nparams: {p: {type: str}}\n---\n{{ p }}"))
    with pytest.raises(ValidationError, match="Field required"):
        cls()


# Templates that extend others


def test_a_template_takes_over_another_block_by_block(write: Writes) -> None:
    write(
        "---\ndoc: Old.\nkind: evaluate\noutputs: {a: str}\n---\n"
        "{% block system %}S {{ s }}{% endblock %}{% block user %}U {{ u }}{% endblock %}",
        "base.j2",
    )
    write(
        "---\ndoc: Middle.\n---\n{% extends 'base.j2' %}{% block user %}M {{ m }} {{ super() }}{% endblock %}", "mid.j2"
    )
    cls = operator_from(write("---\nversion: 3\n---\n{% extends 'mid.j2' %}{% block system %}Mine{% endblock %}"))
    assert messages(cls, {"m": 1, "u": 2}) == {"system": "Mine", "user": "M 1 U 2"}
    assert list(cls().reads()) == ["m", "u"]
    assert (cls.__doc__, cls.kind, cls.version, list(cls().writes())) == ("Middle.", "evaluate", 3, ["a"])
    assert all(part in cls().identity() for part in ("Mine", "M {{ m }}", "S {{ s }}"))


@pytest.mark.parametrize(
    ("block", "said", "reads"),
    [
        ("{{ super() }}!", "U 2!", ["u"]),
        ("{% if true %}{{ super()|upper }}{% endif %}", "U 2", ["u"]),
        ("{% for c in xs %}{{ c }}{{ super() }}{% endfor %}", "aU 2", ["u", "xs"]),
        ("new", "new", []),
    ],
)
def test_super_is_the_parents_block_and_its_variables_are_read_too(
    write: Writes, block: str, said: str, reads: list[str]
) -> None:
    write(FRONT + "{% block user %}U {{ u }}{% endblock %}", "base.j2")
    cls = operator_from(write(f"---\ndoc: D.\n---\n{{% extends 'base.j2' %}}{{% block user %}}{block}{{% endblock %}}"))
    assert messages(cls, {"u": 2, "xs": ["a"]}) == {"user": said}
    assert list(cls().reads()) == reads


def test_a_block_inside_a_message_may_be_replaced_alone(write: Writes) -> None:
    write(FRONT + "{% block user %}A {% block inner %}{{ old }}{% endblock %} Z{% endblock %}", "base.j2")
    cls = operator_from(write("---\ndoc: D.\n---\n{% extends 'base.j2' %}{% block inner %}{{ new }}{% endblock %}"))
    assert messages(cls, {"new": "n"}) == {"user": "A n Z"}
    assert list(cls().reads()) == ["new"]


def test_a_shipped_template_may_be_extended_by_name_and_keeps_its_promises(write: Writes) -> None:
    text = "---\nversion: 2\n---\n{% extends 'judge_helpfulness.j2' %}"
    text += "{% block system %}{{ super() }}\nBe strict.{% endblock %}"
    cls = operator_from(write(text, "strict_judge.j2"))
    assert cls.op() == "strict_judge"
    assert list(cls().writes()) == ["helpfulness_reason", "helpfulness"]
    assert messages(cls, {"instruction": "i", "response": "r"})["system"].endswith("\nBe strict.")
    for promise in PROMISES:
        promise(Case(cls, cls.examples[0]))


def test_the_parent_may_lie_in_a_folder_beneath_and_have_no_front_matter(write: Writes) -> None:
    write("{% block user %}U {{ u }}{% endblock %}", "parts/base.j2")
    assert list(operator_from(write(FRONT + "{% extends 'parts/base.j2' %}"))().reads()) == ["u"]


def test_a_changed_parent_changes_the_identity(write: Writes) -> None:
    write("{% block user %}U {{ u }}{% endblock %}", "base.j2")
    before = operator_from(write(FRONT + "{% extends 'base.j2' %}"))().identity()
    write("{% block user %}You {{ u }}{% endblock %}", "base.j2")
    assert operator_from(write(FRONT + "{% extends 'base.j2' %}"))().identity() != before


# Templates that are not trusted


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("''.__class__.__mro__", "access to attribute '__class__' of 'str' object is unsafe"),
        ("text|attr('__class__')", "access to attribute '__class__' of 'str' object is unsafe"),
        ("text['__class__']", "access to attribute '__class__' of 'str' object is unsafe"),
        ("'{0.__class__.__mro__}'.format(text)", "access to attribute '__class__' of 'str' object is unsafe"),
        ("'{a.__class__}'.format_map({'a': text})", "access to attribute '__class__' of 'str' object is unsafe"),
        ("(text,)|map(attribute='__class__')|join", "access to attribute '__class__' of 'str' object is unsafe"),
        ("self.__init__.__globals__", "access to attribute '__init__' of 'TemplateReference' object is unsafe"),
        ("namespace.__init__", "access to attribute '__init__' of 'type' object is unsafe"),
        ("text.upper.__self__", "access to attribute '__self__' of 'builtin_function_or_method' object is unsafe"),
        ("range(10 ** 9)|list", "OverflowError: Range too big"),
        ("'x' * 10 ** 9", "the result of * is too large"),
        ("[text] * 1000000", "the result of * is too large"),
        ("10 ** 9 * text", "the result of * is too large"),
        ("9 ** (9 ** 9)", "the result of ** is too large"),
        ("tags.append(text)", "access to attribute 'append' of 'list' object is unsafe"),
        ("tags.__setitem__(0, 1)", "access to attribute '__setitem__' of 'list' object is unsafe"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("text.nothing", "'str object' has no attribute 'nothing'"),
        ("text + 1", "TypeError: can only concatenate str"),
        ("tags[9]", "object has no element 9"),
    ],
)
def test_what_a_template_may_not_do_fails_the_row_and_asks_nobody(write: Writes, expression: str, reason: str) -> None:
    cls = operator_from(write(FRONT + f"{{{{ {expression} }}}}{{{{ text }}}}{{{{ tags }}}}"))
    context = Scripted(("ok",))
    done = cls()(pl.DataFrame({"text": ["x"], "tags": [["a"]]}), context)
    assert reason in done[FAILED][0]
    assert context.asked == []


def test_an_endless_macro_fails_the_row(write: Writes) -> None:
    cls = operator_from(write(FRONT + "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}{{ text }}"))
    assert "RecursionError" in why(cls, {"text": "x"})


def test_products_and_powers_of_a_sensible_size_are_fine(write: Writes) -> None:
    cls = operator_from(write(FRONT + "{{ '-' * 20 }}{{ 3 * 1.5 }}{{ 2 ** 10 }}{{ [1] * 2 }}{{ n * 7 }}"))
    assert messages(cls, {"n": 6}) == {"user": f"{'-' * 20}4.51024[1, 1]42"}


def test_jinjas_own_helpers_are_no_names_here(write: Writes) -> None:
    assert list(operator_from(write(FRONT + "{{ cycler }} {{ lipsum }} {{ joiner }}"))().reads()) == [
        *("cycler", "joiner", "lipsum")
    ]


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret.j2", "sub/../../secret.j2", ".env", "secret.txt", "*.j2"])
def test_only_templates_beside_it_or_shipped_ones_can_be_extended(write: Writes, tmp_path: Path, name: str) -> None:
    for secret in ("secret.j2", "inner/.env", "inner/secret.txt"):
        write("{% block user %}secret{% endblock %}", secret)
    path = write(FRONT + f"{{% extends '{name}' %}}", "inner/t.j2")
    assert wrong(path) == [f"t.j2:5: there is no template {name!r} beside this one or among the shipped ones"]


# Mistakes

TYPES = "a type is str, int, float, bool, date, datetime, list[<type>], or a mapping of names to types"
NO_FRONT = "t.j2:1: a template starts with front matter between two lines of ---"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello {{ text }}", [NO_FRONT]),
        ("---\ndoc: x\nHello", [NO_FRONT]),
        ("", [NO_FRONT]),
        ("---\n---\nHello", ["t.j2:1: doc is missing", "t.j2:1: outputs is missing"]),
        ("---\n- doc\n---\nHello", ["t.j2:1: front matter is a mapping with doc, outputs and so on"]),
        (
            "---\ndoc: x\noutputs: [a\n---\nHello",
            ["t.j2:4: front matter is not YAML: expected ',' or ']', but got '<stream end>'"],
        ),
        (
            "---\ndoc: x\ndoc: y\n---\nHello",
            ['t.j2:3: front matter is not YAML: found duplicate key "doc" with value "y" (original value: "x")'],
        ),
        ("---\ndoc: ''\noutputs: {a: str}\n---\nHello", ["t.j2:2: doc must not be empty"]),
        (
            "---\ndoc: 5\noutputs: {}\n---\nHello",
            ["t.j2:2: doc must be text, not 5", "t.j2:3: outputs: name at least one"],
        ),
        ("---\ndoc: x\noutputs: [a]\n---\nHello", ["t.j2:3: outputs must be a mapping, not a list"]),
        (
            "---\ndoc: x\noutputs:\n  a: str\n  b: string\n---\nHello",
            [f"t.j2:5: outputs.b: unknown type 'string': {TYPES}"],
        ),
        (
            "---\ndoc: x\noutputs:\n  a: {type: int, minimum: 1}\n---\nHello",
            ["t.j2:4: outputs.a: unknown key 'minimum'; did you mean 'min'?"],
        ),
        (
            "---\ndoc: x\noutputs:\n  a: {type: str, min: 1}\n---\nHello",
            ["t.j2:4: outputs.a: min and max are bounds of a number, not of str"],
        ),
        (
            "---\ndoc: x\noutputs:\n  a: {type: int, min: 5, max: 1}\n---\nHello",
            ["t.j2:4: outputs.a: min is 5, and max is less: 1"],
        ),
        (
            "---\ndoc: x\noutputs:\n  a: {type: int, enum: [1, two]}\n---\nHello",
            ["t.j2:4: outputs.a: enum must hold values of type int, not 'two'"],
        ),
        (
            "---\ndoc: x\noutput: {a: str}\noutputs: {a: str}\n---\nHello",
            ["t.j2:3: unknown key 'output'; did you mean 'outputs'?"],
        ),
        (
            "---\ndoc: x\nkind: score\noutputs: {a: str}\n---\nHello",
            ["t.j2:3: kind must be 'generate', 'evaluate', 'filter' or 'refine', not 'score'"],
        ),
        ("---\ndoc: x\nsamples: 0\noutputs: {a: str}\n---\nHello", ["t.j2:3: samples must be at least 1, not 0"]),
        (
            "---\ndoc: x\nreply: yaml\noutputs: {a: str}\n---\nHello",
            [
                "t.j2:3: reply: there is no reader 'yaml'; there are text, json, code, tag, number, numbers, verdict, "
                "yes_no, list"
            ],
        ),
        (
            "---\ndoc: x\nreply: text\noutputs: {a: int}\n---\nHello",
            ["t.j2:1: a reply that is read as text has exactly one output, of type str"],
        ),
        (
            "---\ndoc: x\nparams: {p: {type: text}}\noutputs: {a: str}\n---\n{{ p }}",
            [f"t.j2:3: params.p: unknown type 'text': {TYPES}"],
        ),
        (
            "---\ndoc: x\nparams: {p: {defualt: z}}\noutputs: {a: str}\n---\n{{ p }}",
            ["t.j2:3: params.p: needs a type, such as {type: int, default: 3}, or a default that shows it"],
        ),
        (
            "---\ndoc: x\nparams: {p: {type: str, defualt: z}}\noutputs: {a: str}\n---\n{{ p }}",
            ["t.j2:3: params.p: unknown key 'defualt'; did you mean 'default'?"],
        ),
        (
            "---\ndoc: x\nparams: {p: {type: str, default: z, enum: [a, b]}}\noutputs: {a: str}\n---\n{{ p }}",
            ["t.j2:3: params.p: its default must be 'a' or 'b', not 'z'"],
        ),
        (
            "---\ndoc: x\nparams: {p: {type: int, default: 9, max: 3}}\noutputs: {a: str}\n---\n{{ p }}",
            ["t.j2:3: params.p: its default must be at most 3, not 9"],
        ),
        (
            "---\ndoc: x\nparams: {p: [a, 1]}\noutputs: {a: str}\n---\n{{ p }}",
            ["t.j2:3: params.p: needs a type, such as {type: int, default: 3}, or a default that shows it"],
        ),
        (
            "---\ndoc: x\nparams: {p: hi}\noutputs: {a: str}\n---\nHello",
            ["t.j2:3: the template never uses the param 'p'"],
        ),
        (
            "---\ndoc: x\nparams: {a: hi}\noutputs: {a: str}\n---\n{{ a }}",
            ["t.j2:3: 'a' is an output as well; a param needs a name of its own"],
        ),
        (
            "---\ndoc: x\noptional: [txt]\noutputs: {a: str}\n---\n{{ text }}",
            ["t.j2:3: optional: the template has no variable 'txt'; did you mean 'text'?"],
        ),
        (
            "---\ndoc: x\noutputs: {_a: str}\n---\n{{ text }}",
            ["t.j2:3: the name '_a' starts with _, which no column or option may here"],
        ),
        (
            "---\ndoc: x\noutputs: {copy: str}\n---\n{{ kind }}",
            [
                "t.j2:1: 'kind' cannot be the name of a variable, output or param; choose another",
                "t.j2:3: 'copy' cannot be the name of a variable, output or param; choose another",
            ],
        ),
        (
            "---\ndoc: x\noutputs: {a: str}\nexamples:\n- {givn: [], want: []}\n---\nHello",
            ["t.j2:5: examples[0].given is missing", "t.j2:5: examples[0]: unknown key 'givn'; did you mean 'given'?"],
        ),
        (FRONT, ["t.j2:5: the template says nothing"]),
        (FRONT + "one\n{{ text }", ["t.j2:6: unexpected '}'"]),
        (FRONT + "{{ text|uper }}", ["t.j2:5: No filter named 'uper'"]),
        (FRONT + "{% debug %}", ["t.j2:5: Encountered unknown tag 'debug'"]),
        (
            FRONT + "{% block user %}\n{{ text }}",
            [
                "t.j2:6: Unexpected end of template. Jinja was looking for the following tags: 'endblock'. "
                "The innermost block that needs to be closed is 'block'"
            ],
        ),
        (
            FRONT + "{% block usr %}{{ text }}{% endblock %}",
            ["t.j2:5: the block 'usr' is part of neither message, system or user; did you mean 'user'?"],
        ),
        (FRONT + "{% block system %}S{% endblock %}", ["t.j2:1: there is a block system, and no block user"]),
        (
            FRONT + "\n{% set x = 1 %}{% block user %}{{ x }}{% endblock %}",
            ["t.j2:6: what stands outside the blocks system and user is never sent; put it into one"],
        ),
        (
            FRONT + "Hi\n{% block user %}{{ x }}{% endblock %}",
            ["t.j2:5: what stands outside the blocks system and user is never sent; put it into one"],
        ),
        (
            FRONT + "{% include 'other.j2' %}",
            ["t.j2:5: a template takes in others by {% extends %} alone, not by include or import"],
        ),
        (
            FRONT + "\n\n{% from 'other.j2' import m %}",
            ["t.j2:7: a template takes in others by {% extends %} alone, not by include or import"],
        ),
        (FRONT + "{% extends text %}", ["t.j2:5: extends needs the name of a template in quotes"]),
        (FRONT + "{% extends 't.j2' %}", ["t.j2:5: t.j2 extends itself"]),
    ],
)
def test_each_mistake_has_its_sentence_and_line(write: Writes, text: str, sentences: list[str]) -> None:
    assert wrong(write(text)) == sentences


def test_a_mistake_in_a_parent_is_told_with_its_place(write: Writes) -> None:
    write("---\ndoc: D.\noutputs:\n  a: string\n---\nHello\n", "base.j2")
    assert wrong(write("---\nversion: 2\n---\n{% extends 'base.j2' %}")) == [
        f"base.j2:4: outputs.a: unknown type 'string': {TYPES}"
    ]
    write(FRONT + "\n\n{{ x }", "base.j2")
    assert wrong(write(FRONT + "{% extends 'base.j2' %}")) == ["base.j2:7: unexpected '}'"]


def test_templates_that_extend_each_other_are_refused(write: Writes) -> None:
    write("{% extends 'b.j2' %}", "a.j2")
    write("{% extends 'a.j2' %}", "b.j2")
    assert wrong(write(FRONT + "{% extends 'a.j2' %}")) == ["b.j2:1: a.j2 extends itself"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert wrong(tmp_path / "none.j2") == ["none.j2: cannot be read: No such file or directory"]
    (tmp_path / "latin.j2").write_bytes(b"---\ndoc: caf\xe9\n---\n")
    assert wrong(tmp_path / "latin.j2") == ["latin.j2: is not UTF-8 text"]


@pytest.mark.parametrize("text", ["\ufeff" + FRONT, FRONT.replace("---\n", "--- \n"), FRONT.replace("\n", "\r\n")])
def test_marks_of_other_editors_do_no_harm(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.j2").write_bytes(f"{text}Say {{{{ text }}}}".encode())
    assert messages(operator_from(tmp_path / "t.j2"), {"text": "x"}) == {"user": "Say x"}


def test_an_operator_has_the_name_of_its_file(write: Writes) -> None:
    assert operator_from(write(FRONT + "x", "a_b.j2")).op() == "a_b"
    assert operator_from(write(FRONT + "x", "judge_V2.j2")).op() == "judge_V2"
