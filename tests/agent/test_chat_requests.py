"""Requests for chat formats, pairs of preference and the best of several answers, and the recipes that rules make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from answers import jsonl

from dfcli.agent.planner import Plan, plan
from dfcli.agent.profile import profile
from dfcli.agent.reading import read
from dfcli.agent.spec import Spec

FILES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "asks.jsonl": [{"id": at, "prompt": f"Say something about thing {at}.", "topic": "a"} for at in range(6)],
    "votes.jsonl": [
        {"id": at, "question": f"What is thing {at}?", "reply_a": "It is made of wood.", "reply_b": "No idea, sorry.",
         "score_a": at, "score_b": 3}
        for at in range(6)
    ],
    "duels.jsonl": [
        {"id": at, "prompt": f"What is thing {at}?", "answer_1": f"It is made of {at} planks.", "answer_2": "No idea."}
        for at in range(6)
    ],
    "calls.jsonl": [
        {"nr": at, "caller": f"Where is parcel {at}?", "clerk": f"Parcel {at} is on its way.", "mood": "5"}
        for at in range(6)
    ],
    "tries.jsonl": [
        {"prompt": f"Count to {at % 3}.", "try": f"One, two, {at} and so on.", "rating_text": str(at)}
        for at in range(6)
    ],
    "logs.jsonl": [
        {"key": at, "turns": [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": f"Hi {at}."}],
         "meta": {"source": "web", "stars": str(at)}}
        for at in range(6)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("chat")
    for name, rows in FILES.items():
        jsonl(made / name, rows)
    return made


def asked(folder: Path, request: str, data: str) -> tuple[Spec, Plan]:
    found = profile([f"{data}.jsonl"], None, folder)
    spec = read(request, found)
    return spec, plan(spec, found)


def short(step: Any) -> str:
    if isinstance(step, str):
        return step
    said = step.get("keep") or step.get("condition") or step.get("samples")
    return f"{step['op']}: {said}" if said else str(step["op"])


@pytest.mark.parametrize(
    ("request_", "output"),
    [
        ("turn calls.jsonl into sharegpt format: caller is the human, clerk is gpt",
         {"format": "sharegpt", "fields": {"human": "caller", "gpt": "clerk"}}),
        ("Export to alpaca format, caller as the instruction and clerk as the output",
         {"format": "alpaca", "fields": {"instruction": "caller", "output": "clerk"}}),
        ("convert calls.jsonl to openai messages (user = caller, assistant = clerk), keep the nr as an extra column",
         {"format": "messages", "fields": {"user": "caller", "assistant": "clerk"}, "columns": ["nr"]}),
        ("Write it as ChatML for axolotl with caller as the user and clerk as the assistant, with nr and mood kept",
         {"format": "messages", "fields": {"user": "caller", "assistant": "clerk"}, "columns": ["nr", "mood"]}),
        ("转成 sharegpt 格式，caller 作为 human，clerk 作为 gpt，保留 nr",
         {"format": "sharegpt", "fields": {"human": "caller", "gpt": "clerk"}, "columns": ["nr"]}),
        ("the preferred answer is clerk, the rejected one is mood, prompt is caller; save it in DPO format",
         {"format": "dpo", "fields": {"prompt": "caller", "chosen": "clerk", "rejected": "mood"}}),
    ],
)  # fmt: skip
def test_columns_become_the_fields_that_they_are_said_to_be(
    folder: Path, request_: str, output: dict[str, Any]
) -> None:
    spec, found = asked(folder, request_, "calls")
    assert spec.unread == ()
    assert found.recipe["output"] == {"path": "output.jsonl", **output}


def test_a_field_that_no_column_is_known_for_is_asked_for(folder: Path) -> None:
    _, found = asked(folder, "convert it to DPO format", "calls")
    assert [each.partition("?")[0] for each in found.questions] == [
        f"Which column is '{field}' in the format dpo" for field in ("prompt", "chosen", "rejected")
    ]


@pytest.mark.parametrize(
    ("data", "request_", "steps"),
    [
        ("votes", "the higher scored answer is chosen, the lower scored one rejected, DPO format",
         ["where: score_a <> score_b", "compute", "compute", "where: chosen <> rejected", "rename"]),
        ("votes", "Make a DPO file: better answer becomes the chosen one. Drop pairs whose score gap is below 2.",
         ["where: abs(score_a - score_b) >= 2", "where: score_a <> score_b", "compute", "compute",
          "where: chosen <> rejected", "rename"]),
        ("votes", "分差至少3分才要，高分的作为 chosen，低分的作为 rejected，输出 DPO 格式",
         ["where: abs(score_a - score_b) >= 3", "where: score_a <> score_b", "compute", "compute",
          "where: chosen <> rejected", "rename"]),
        ("duels", "drop pairs where either answer is empty and identical answers, have a model score both from 1 to 5, "
         "drop ties, higher is chosen and lower is rejected, dpo format",
         ["where: trim(answer_1) <> '' and trim(answer_2) <> ''", "where: answer_1 <> answer_2", "judge_helpfulness",
          "judge_helpfulness", "where: answer_1_helpfulness <> answer_2_helpfulness", "compute", "compute",
          "where: chosen <> rejected"]),
        ("duels", "任一回答为空的、两个回答相同的、含“抱歉”的都去掉，再用模型给两个回答打1到5分，高分的为 chosen，"
         "低分的为 rejected，DPO 格式",
         ["where: trim(answer_1) <> '' and trim(answer_2) <> ''", "where: answer_1 <> answer_2",
          "where: strpos(lower(answer_1), '抱歉') = 0 and strpos(lower(answer_2), '抱歉') = 0", "judge_helpfulness",
          "judge_helpfulness", "where: answer_1_helpfulness <> answer_2_helpfulness", "compute", "compute",
          "where: chosen <> rejected"]),
        ("asks", "Sample 4 answers for each prompt, rate every answer from 1 to 5 and keep the best one per prompt",
         ["answer_question: 4", "judge_helpfulness", "best_of"]),
        ("asks", "let the model answer each prompt 3 times and keep only the best answer per prompt, only if it scores "
         "at least 4", ["answer_question: 3", "judge_helpfulness", "best_of", "where: helpfulness >= 4"]),
        ("asks", "每个 prompt 采样4个回答，让模型打分，每个 prompt 只保留得分最高的回答",
         ["answer_question: 4", "judge_helpfulness", "best_of"]),
        ("tries", "keep the best rated one for each prompt, but only if it got at least 3",
         ["cast", "top_k", "where: rating_text >= 3"]),
        ("tries", "ignore rows with no try or no usable rating",
         ["where: trim(try) <> '' and try_cast(rating_text as double) is not null"]),
        ("logs", "keep conversations with at least 2 turns whose last turn is by the assistant, as sharegpt",
         ["where: array_length(turns) >= 2", "compute", "compute", "where: last_role in ('assistant', 'gpt')"]),
        ("logs", "drop repeats of a conversation and write it in messages format", ["dedup_exact"]),
        ("logs", "Keep conversations with at most 6 messages, not from source 'bot', in sharegpt format with key kept",
         ["where: array_length(turns) <= 6", "compute", "where: meta_source <> 'bot'"]),
    ],
)  # fmt: skip
def test_a_request_about_pairs_samples_and_turns_becomes_the_steps_that_it_means(
    folder: Path, data: str, request_: str, steps: list[str]
) -> None:
    spec, found = asked(folder, request_, data)
    assert spec.unread == ()
    assert [short(each) for each in found.recipe["steps"]] == steps
    assert found.questions == ()


def test_what_is_said_of_the_data_after_the_name_of_the_file_asks_for_nothing(folder: Path) -> None:
    request = (
        'tries.jsonl: several attempts per "prompt" with a rating_text (numbers as text). Drop rows with an empty try.'
    )
    spec, found = asked(folder, request, "tries")
    assert spec.unread == ()
    assert [short(each) for each in found.recipe["steps"]] == ["where: trim(try) <> ''"]


def test_words_about_one_column_that_must_not_be_do_not_cancel_what_is_said_of_another(folder: Path) -> None:
    spec, found = asked(folder, "keep rows with meta.stars >= 3, not from source 'bot'", "logs")
    assert spec.unread == ()
    assert [short(each) for each in found.recipe["steps"] if each["op"] == "where"] == [
        "where: try_cast(meta_stars as double) >= 3",
        "where: meta_source <> 'bot'",
    ]
