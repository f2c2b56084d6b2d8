"""Ask a model with a prompt or a rubric that stands in the recipe; for a prompt with a name, write a template file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from dfcli.errors import TemplateError
from dfcli.ops.base import Example, Reads, Row, Writes, is_hidden
from dfcli.ops.prompted import Prompted
from dfcli.ops.reading import How, Output, Outputs
from dfcli.ops.template import Template, inline

_SINGLE = re.compile(r"(?<![{\w])\{ ?[a-z_]\w* ?\}(?!\})")
"""What other tools have for a column: `{name}`."""


class Ask(Prompted):
    """Ask a model about each row with a prompt written in the recipe, and write what it replies.

    `prompt` and `system` are Jinja templates over the row's columns. One output of type str is the reply as it is;
    other outputs are read from a JSON object, so the prompt should ask for one. `reply` names another way to read it:
    `code(python)`, `tag(answer)`, `number`, `verdict(A, B, tie)`, `yes_no` or `list`.
    """

    use_for = ("ask a model anything", "custom prompt in the recipe", "generate text with an LLM", "用自定义提示词生成")
    aliases = (
        "LLM call",
        "prompt a model",
        "custom generation",
        "translate with a model",
        "summarize",
        "rewrite text",
        "extract fields",
        "classify with a prompt",
        "调用大模型",
        "翻译",
        "摘要",
        "改写",
        "抽取信息",
        "sentiment",
        "annotate rows with a model",
        "label with a prompt",
        "情感分析",
        "用提示词标注",
        "free-form prompt",
        "anything a model can write",
        "sentiment of a text",
        "keywords by a model",
        "paraphrase by a model",
        "写成另一种风格",
        "情绪判断",
        "提取关键词",
    )
    not_for = ("a score by a rubric: use judge",)
    examples = [
        Example(
            [{"question": "2 + 2?"}],
            [{"question": "2 + 2?", "answer": "4"}],
            {"prompt": "Answer briefly: {{ question }}"},
            replies=["4"],
        ),
        Example(
            [{"text": "Ada met Li in Rome."}],
            [{"people": ["Ada", "Li"], "tone": "neutral"}],
            {
                "system": "You answer with one JSON object.",
                "prompt": "Give the people in this text, and its tone (warm, neutral, cold):\n{{ text }}",
                "outputs": {"people": "list[str]", "tone": {"type": "str", "enum": ["warm", "neutral", "cold"]}},
            },
            replies=['{"people": ["Ada", "Li"], "tone": "neutral"}'],
        ),
        Example(
            [{"question": "Is 7 prime?", "answer": "Yes."}],
            [{"right": True}],
            {"prompt": "{{ question }}\n{{ answer }}\nIs that right?", "outputs": {"right": "bool"}, "reply": "yes_no"},
            replies=["Yes: only 1 and 7 divide it."],
        ),
    ]

    prompt: str = Field(min_length=1, description="The user's message; {{ column }} stands for the row's value.")
    system: str = Field(default="", description="The system message; none by default.")
    outputs: dict[str, Any] = Field({"answer": "str"}, min_length=1, description="Output: its type, as in a template.")
    reply: How | None = Field(default=None, description="How the reply is read; by default as its outputs suggest.")

    @field_validator("prompt", "system")
    @classmethod
    def _is_template(cls, source: str) -> str:
        try:
            inline("template", source or "…")
        except TemplateError as error:
            raise ValueError(str(error)) from error
        return source

    @field_validator("outputs")
    @classmethod
    def _are_outputs(cls, outputs: dict[str, Any]) -> dict[str, Any]:
        for name, each in outputs.items():
            if is_hidden(name):
                raise ValueError(f"{name!r} is a name that only the engine's own columns have")
            try:
                Output.of(each)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return outputs

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        self.expects()
        try:
            template = self.template()
        except TemplateError as error:
            raise ValueError(str(error)) from error
        if not template.variables and (found := _SINGLE.search(self.prompt)):
            raise ValueError(f"prompt: {found[0]} is plain text, the same for every row; a column is {{{found[0]}}}")
        return self

    def template(self) -> Template:
        return _template(self.system, self.prompt)

    def expects(self) -> Outputs:
        return _outputs(json.dumps(self.outputs), self.reply)

    def reads(self) -> dict[str, pl.DataType | None]:
        return dict.fromkeys(self.template().variables)

    def writes(self) -> dict[str, pl.DataType | None]:
        return {name: output.dtype for name, output in self.expects().outputs.items()}


class Judge(Prompted):
    """Let a model score each row by a rubric written in the recipe, with a reason of one sentence.

    The model sees the named columns under their names. The reason is asked for first, so that the score follows it.
    """

    use_for = ("LLM as a judge", "score rows by a rubric", "rate quality with a model", "用评分标准打分")
    aliases = (
        "LLM judge",
        "rubric scoring",
        "rate with a model",
        "own criteria",
        "大模型打分",
        "评审",
        "自定义评分标准",
        "score by my guidelines",
        "custom scale",
        "grade answers with GPT",
        "按我的要求评分",
        "自定义打分",
    )
    not_for = ("the helpfulness of a response: use judge_helpfulness", "anything but a score: use ask")
    examples = [
        Example(
            [{"instruction": "Name a prime.", "response": "7"}],
            [{"score": 5, "score_reason": "7 is prime."}],
            {"rubric": "Is the response correct? 5: entirely. 1: not at all."},
            replies=['{"reason": "7 is prime.", "score": 5}'],
        ),
        Example(
            [{"text": "Buy now!!!"}],
            [{"calm": 0, "calm_reason": "It shouts."}],
            {"rubric": "Is the text free of hype?", "columns": ["text"], "scale": [0, 1], "into": "calm"},
            replies=['{"reason": "It shouts.", "score": 0}'],
        ),
    ]
    kind = "evaluate"

    rubric: str = Field(min_length=1, description="What to judge, and what the scores mean; plain text.")
    columns: tuple[Reads, ...] = Field(
        default=("instruction", "response"), min_length=1, description="What the model sees."
    )
    scale: tuple[int, int] = Field(default=(1, 5), description="The lowest and the highest score.")
    into: Annotated[Writes, pl.Int64] = "score"
    reason_into: Annotated[Writes, pl.String] = Field(
        default_factory=lambda given: f"{given['into']}_reason", description="`into` with _reason by default."
    )

    @field_validator("scale")
    @classmethod
    def _rises(cls, scale: tuple[int, int]) -> tuple[int, int]:
        if scale[0] >= scale[1]:
            raise ValueError(f"a scale goes from the lowest score to the highest, not from {scale[0]} to {scale[1]}")
        return scale

    def template(self) -> Template:
        return _rubric(len(self.columns))

    def expects(self) -> Outputs:
        return _verdict(*self.scale)

    def params(self) -> Row:
        return {"rubric": self.rubric, "low": self.scale[0], "high": self.scale[1], "columns": self.columns}

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.reason_into: pl.String(), self.into: pl.Int64()}

    def column(self, name: str) -> str:
        if name.startswith("value_"):
            return self.columns[int(name.removeprefix("value_"))]
        return {"score": self.into, "reason": self.reason_into}[name]


@lru_cache(maxsize=256)
def _template(system: str, prompt: str) -> Template:
    if not system:
        return inline("prompt", prompt)
    return inline("prompt", f"{{% block system %}}{system}{{% endblock %}}{{% block user %}}{prompt}{{% endblock %}}")


@lru_cache(maxsize=256)
def _outputs(declared: str, reply: How | None) -> Outputs:
    specs: Mapping[str, Any] = json.loads(declared)
    return Outputs({name: Output.of(each) for name, each in specs.items()}, reply)


@lru_cache(maxsize=256)
def _rubric(columns: int) -> Template:
    shown = "\n\n".join(f"{{{{ columns[{number}] }}}}:\n{{{{ value_{number} }}}}" for number in range(columns))
    return inline("judge", f"{{% extends '_rubric.j2' %}}{{% block user %}}{shown}{{% endblock %}}")


@lru_cache(maxsize=256)
def _verdict(low: int, high: int) -> Outputs:
    reason = Output(type="str", doc="One sentence that names what decides the score.")
    return Outputs({"reason": reason, "score": Output(type="int", min=low, max=high)})
