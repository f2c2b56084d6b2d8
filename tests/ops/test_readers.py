"""Each reader takes what its docstring says, and refuses what a person could not read without a doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.errors import BadReply
from dfcli.ops.readers import READERS
from dfcli.ops.reading import How, Output, Outputs

REFUSED = object()


def read(how: How, reply: str, **declared: Any) -> Any:
    """Return the one value read, several as a list, or REFUSED."""
    outputs = Outputs({name: Output.of(each) for name, each in declared.items()}, how)
    try:
        values = list(outputs.read(reply).values())
    except BadReply:
        return REFUSED
    return values if len(values) > 1 else values[0]


CODE = [
    ("code(python)", "```python\nx = 1\n```", "x = 1"),
    ("code(python)", "```py\nx = 1\n```\nthen\n```Python3\ny = 2\n```\n```output\n2\n```", "y = 2"),
    ("code(python)", "Only this:\n\n   ```\n   x = 1\n   ```", "   x = 1"),
    ("code(python)", "~~~python\nprint('```')\n~~~", "print('```')"),
    ("code(python)", "````python\n```\n````", "```"),
    ("code(python)", "```python\nx = 1```", "x = 1"),
    ("code(python)", "x = 1\nprint(x)", "x = 1\nprint(x)"),
    ("code(python)", "<think>\n```python\nno = 0\n```\n</think>\n```python\nx = 1\n```", "x = 1"),
    ("code(python)", "```js\nx = 1\n```", REFUSED),
    ("code(python)", "```\nx = 1\n```\n```\ny = 2\n```", REFUSED),
    ("code(python)", "```python\nx = 1\n```\n```python\ny = 2", REFUSED),
    ("code(python)", "```python\n\n```", REFUSED),
    ("code(python)", "Hello", REFUSED),
    ("code(python)", "42", REFUSED),
    ("code(python)", "Here is the code:\nx = 1", REFUSED),
    ("code", "```a\n1\n```\n```b\n2\n```", "2"),
    ("code", "SELECT 1;", "SELECT 1;"),
    ("code", "It is done.", REFUSED),
    ("code(sql)", "`SELECT 1`", "SELECT 1"),
    ("code(sql)", "```SELECT 1```", "SELECT 1"),
    ("code(sql)", "```sql SELECT 1```", "SELECT 1"),
    ("code(sql)", "```postgresql\nSELECT 1\n```", "SELECT 1"),
    ("code(sql)", "select a\nfrom t;", "select a\nfrom t;"),
    ("code(sql)", "SELECT a FROM t\n\nThis gives all rows.", REFUSED),
    ("code(sql)", "SELECT a FROM t\nThis gives all rows.", REFUSED),
    ("code(sql)", "Select the best one of these", REFUSED),
    ("code(sql)", "With pleasure; here it is", REFUSED),
]
TAGS = [
    ("tag(answer)", "<answer> 5 </answer>", "5"),
    ("tag(answer)", "<answer>a</answer> no: <answer>b</answer>.", "b"),
    ("tag(answer)", "<think><answer>a</answer></think><answer>b</answer>", "b"),
    ("tag(reasoning)", "<reasoning>a</reasoning><answer>b</answer>", "a"),
    ("tag(answer)", "<answer>a</answer><answer>b", REFUSED),
    ("tag(answer)", "<answer>a", REFUSED),
    ("tag(answer)", "<answer></answer>", REFUSED),
    ("tag(answer)", "a", REFUSED),
]


@pytest.mark.parametrize(("how", "reply", "value"), CODE + TAGS)
def test_text_is_taken_out_of_fences_and_tags(how: How, reply: str, value: Any) -> None:
    assert read(how, reply, out="str") == value


def test_a_tag_holds_a_value_of_its_output() -> None:
    assert read("tag(score)", "<score> 5 </score>", score="int") == 5
    assert read("tag(score)", "<score>4/5</score>", score={"type": "int", "max": 5}) == 4
    assert read("tag(ok)", "<ok>Yes</ok>", ok="bool") is True
    assert read("tag(tone)", "<tone>Warm</tone>", tone={"enum": ["warm", "cold"]}) == "warm"
    assert read("tag(score)", "<score>five</score>", score="int") is REFUSED


FIVE = {"type": "int", "min": 1, "max": 5}
TEN = {"type": "float", "min": 0, "max": 10}
SHARE = {"type": "float", "min": 0, "max": 1}


@pytest.mark.parametrize(
    ("output", "reply", "value"),
    [
        (FIVE, "4", 4),
        (FIVE, "**4**", 4),
        (FIVE, "4.", 4),
        (FIVE, "4/5", 4),
        (FIVE, "4 / 5 stars", 4),
        (FIVE, "Rating: [[5]]", 5),
        (FIVE, "**Rating:** 4", 4),
        (FIVE, "Rating: **4**/5", 4),
        (FIVE, "Score (1-5): 4\nThe text has 3 mistakes.", 4),
        (FIVE, 'It is clear.\n\n"score": 4', 4),
        (FIVE, "I would rate this a 4 out of 5.", 4),
        (FIVE, "It has 2 faults, so it is 4 out of 5 for me.", 4),
        (FIVE, "Clarity score: 3\nDepth score: 5\nOverall score: 4", 4),
        (FIVE, "A good text with 12 examples.\n4", 4),
        (FIVE, "4\n\nA good text with 12 examples.", 4),
        (FIVE, "Rating: 4\n1. It is clear.\n2. It is short.", 4),
        (FIVE, "If the rating is 5, it is perfect. My rating: 4", 4),
        (FIVE, "<think>Score: 1</think>Score: 2", 2),
        (TEN, "9/10", 9.0),
        (TEN, "Score: 8.5", 8.5),
        (TEN, "It is 90% done.\nScore: 8.5 points", 8.5),
        (SHARE, "Answer: 60%", 0.6),
        (SHARE, "3/4", 0.75),
        ("float", "#### 1,234.5", 1234.5),
        ("float", "The answer is \\boxed{\\frac{3}{4}}.", 0.75),
        ("float", "It is $\\boxed{25\\%}$ of the day.", 25.0),
        ("float", "so $\\boxed{16 \\text{ yards}}$", 16.0),
        ("float", "The answer is $20.", 20.0),
        ("float", "The answer is −3.5", -3.5),
        ("int", "The answer is 1{,}000", 1000),
        ("int", "The total is: 12,345,678 people", 12345678),
        ("int", "5.0", 5),
        ("int", "The answer is 5kg", 5),
    ],
)
def test_a_number_is_the_one_that_is_stated(output: Any, reply: str, value: float) -> None:
    found = read("number", reply, score=output)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("output", "reply"),
    [
        (FIVE, "7"),
        (FIVE, "4.5"),
        (FIVE, "9/10"),
        (FIVE, "4-5"),
        (FIVE, "Rating: 4 to 5"),
        (FIVE, "Rating: 4 or 5"),
        (FIVE, "[[4]] or [[5]]"),
        (FIVE, "Give [[1]] to [[5]]."),
        (FIVE, "4\nOn second thought:\n5"),
        (FIVE, "Rating: 4\nRating: 5"),
        (FIVE, "[[4]]\nNo, my rating is 5."),
        (FIVE, "8 9"),
        (FIVE, "There are 3 reasons why I cannot rate this."),
        (FIVE, "Assistant 1 is good."),
        (FIVE, "The rating is not 4."),
        (FIVE, "If it is right, the rating is 4."),
        (FIVE, "Is the rating 4?"),
        (FIVE, "I would give it a 4 if it were shorter."),
        (FIVE, "- 4"),
        ("float", "The answer is 5k"),
        ("float", "The answer is 5 million"),
        ("float", "The answer is 1,5"),
        ("float", "The answer is 12:30"),
        ("float", "The answer is 5 * 3"),
        ("float", "The answer is 5 1/2"),
        ("float", "7 out of 10"),
        ("float", "The answer is 2024-05-01"),
        ("int", "1/2"),
        ("int", "9" * 30),
        ("float", "9" * 600),
        ("int", f"{'9' * 5000} or so"),
        ("float", "1e999"),
        ("float", "\\boxed{x = 5}"),
        ("float", "\\boxed{5} or \\boxed{6}"),
        ("float", "about a dozen"),
    ],
)
def test_a_number_that_may_be_read_otherwise_is_refused(output: Any, reply: str) -> None:
    assert read("number", reply, score=output) is REFUSED


@given(st.integers(-(10**12), 10**12))
def test_every_whole_number_reads_back_as_it_is_written(number: int) -> None:
    for form in (
        f"{number}",
        f"{number:,}",
        f"Answer: {number:,}.",
        f"So it is\n#### {number}",
        f"\\boxed{{{number}}}",
    ):
        assert read("number", form, answer="int") == number


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ("8 9\nAssistant 1 gave 3 reasons.", [8, 9]),
        ("8, 9", [8, 9]),
        ("(8, 9.5)", [8, 9.5]),
        ("8/10 9/10", [8, 9]),
        ("Both are good.\n\nOutput: (1, 10)", [1, 10]),
        ("Scores:\nAssistant 1: 8 (3 faults)\n\nAssistant 2: 9/10 - one fault", [8, 9]),
        ("Assistant A: 8\nAssistant B: 9", [8, 9]),
        ("Assistant 1: 8, Assistant 2: 9", [8, 9]),
        ("**second:** 9\n**first:** 8", [8, 9]),
        ("8 9\nSo again:\nScores: 8 9", [8, 9]),
        ("8", REFUSED),
        ("8 9 7", REFUSED),
        ("8 11", REFUSED),
        ("8 9\nNo:\n9 8", REFUSED),
        ("8 9\nAssistant 1: 8\nAssistant 2: 7", REFUSED),
        ("Assistant 1: 8\nAssistant 2: 9\nAssistant 1: 7", REFUSED),
        ("Assistant 1: 8-9\nAssistant 2: 9", REFUSED),
        ("Step 1: 2\nStep 2: 4\nAssistant 1: 8\nAssistant 2: 9", REFUSED),
        ("Assistant 2: 9", REFUSED),
        ("first is 8 and second is good", REFUSED),
    ],
)
def test_numbers_are_taken_together_in_their_order(reply: str, values: Any) -> None:
    assert read("numbers", reply, first=TEN, second=TEN) == values


VERDICTS = [
    ("[[A]]", "A"),
    ("B is wordy. [[A]]", "A"),
    ("Assistant B is better. Or not: [[A]]", "A"),
    ("\\boxed{\\text{B}}", "B"),
    ("A", "A"),
    ("**Assistant B**", "B"),
    ("Output (A).", "A"),
    ("Tie", "tie"),
    ("Verdict: B", "B"),
    ("**Final verdict:** Assistant B", "B"),
    ("Winner: A, because it is right.", "A"),
    ("The better response is Response B.", "B"),
    ("My answer is: A", "A"),
    ("A\n\nExplanation: B is wordy.", "A"),
    ("B is wordy.\n\nA", "A"),
    ("Therefore, Output (B) is better.", "B"),
    ("B is clearly the better answer for the given instruction, as it is right.", "B"),
    ("Response A is better than Response B.", "A"),
    ("While B is not wrong, A is better overall.", "A"),
    ("I would say that Output (A) is better.", "A"),
    ("I prefer Assistant B.", "B"),
    ("A is better than the other one, as it is right.", "A"),
    ("Assistant A wins.", "A"),
    ("A is not better. B is better.", "B"),
    ("Both answers are equally good.", "tie"),
    ("It is a tie.", "tie"),
    ("Neither is better.", "tie"),
    ("Both answers are equally good in style. A is better overall.", "A"),
    ("<think>B is better.</think>A is better.", "A"),
]
NO_VERDICTS = [
    "",
    "[[A]] or [[B]]",
    "I will say [[A]], [[B]] or [[tie]]. [[A]]",
    "[[A]]\nNo, B is better.",
    "A is better. B is better.",
    "A is better. On second thought, A is not better.",
    "A is better in style.",
    "A is better written.",
    "A is better than I thought.",
    "A is better than B at grammar.",
    "A is better as a summary.",
    "A is better at grammar, but B is more accurate.",
    "A is a better choice for beginners.",
    "A is better if you like jokes.",
    "If A is right, A is better.",
    "I cannot say whether A is better.",
    "I do not think that A is better.",
    "A might be better.",
    "Perhaps A is better.",
    "Is it true that A is better?",
    "Some might say that A is better.",
    'The user said "A is better".',
    "It is hard to say that A is better.",
    "A is not better.",
    "A is worse.",
    "Neither A nor B is right.",
    "Winner: A or B",
    "Winner: A, B",
    "Winner: A and B",
    "Winner: A/B",
    "The better answer is a short one.",
    "Verdict: A concise answer is what B gave.",
    "Output (A):\nwordy\n\nOutput (B):\nshort",
    "**Output (A)**\n\nIt is wordy. The other one is not.",
    "Therefore, Output (",
    "[[C]]",
    "A is better. It is a tie.",
    "A is better. Both answers are equally good.",
]


@pytest.mark.parametrize(("reply", "label"), [*VERDICTS, *((reply, REFUSED) for reply in NO_VERDICTS)])
def test_a_verdict_is_read_when_there_is_no_doubt(reply: str, label: Any) -> None:
    assert read("verdict(A, B, tie)", reply, winner="str") == label


@pytest.mark.parametrize("reply", [reply for reply, _ in VERDICTS] + NO_VERDICTS)
def test_swapping_the_labels_swaps_the_verdict(reply: str) -> None:
    swapped = reply.translate({ord("A"): "B", ord("B"): "A"}).replace("Aoth", "Both").replace("Bssist", "Assist")
    other = {"A": "B", "B": "A", "tie": "tie", REFUSED: REFUSED}
    assert read("verdict(A, B, tie)", swapped, winner="str") == other[read("verdict(A, B, tie)", reply, winner="str")]
    assert read("verdict(B, A, tie)", reply, winner="str") == read("verdict(A, B, tie)", reply, winner="str")


SENTENCES = st.sampled_from([reply for reply, _ in VERDICTS] + NO_VERDICTS)


@given(SENTENCES, SENTENCES)
def test_two_verdicts_in_sentences_give_one_of_them_or_none(first: str, second: str) -> None:
    says = {read("verdict(A, B, tie)", each, winner="str") for each in (first, second)}
    both = read("verdict(A, B, tie)", f"{first}\n{second}", winner="str")
    assert both is REFUSED or both in says or "\n" in first + second


@pytest.mark.parametrize(
    ("how", "reply", "label"),
    [
        ("verdict(1, 2)", "Assistant 2 is better because it has 1 fault.", "2"),
        ("verdict(1, 2)", "Neither is better.", REFUSED),
        ("verdict(a, b)", "Output (a)", "a"),
        ("verdict(a, b)", "A", "a"),
        ("verdict(supported, not supported)", "Verdict: not supported.", "not supported"),
        ("verdict(supported, refuted)", "Verdict: not supported.", REFUSED),
        ("verdict(correct, incorrect)", "It adds up wrongly.\n\nIncorrect", "incorrect"),
        ("verdict(correct, incorrect)", "[[correct]]", "correct"),
    ],
)
def test_labels_may_be_any_words(how: How, reply: str, label: Any) -> None:
    assert read(how, reply, winner="str") == label


def test_a_verdict_is_a_choice_among_its_labels() -> None:
    outputs = Outputs({"winner": Output.of("str")}, "verdict(A, B)")
    assert outputs.outputs["winner"].enum == ("A", "B")
    assert outputs.schema is None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Yes", True),
        ("no.", False),
        ("**Yes**, it does.", True),
        ("No, there is no error in it.", False),
        ("Yes\n\nBecause no rule is broken.", True),
        ("It follows from the rule.\n\nAnswer: no", False),
        ("The rule holds, so the answer is yes.", True),
        ("[[True]]", True),
        ("It holds.\nFalse", False),
        ("Yes and no", REFUSED),
        ("Yes, no, who knows.", REFUSED),
        ("Yes. The answer is no.", REFUSED),
        ("No doubt about it: yes", REFUSED),
        ("No doubt about it", REFUSED),
        ("Yes, maybe.", REFUSED),
        ("Probably yes", REFUSED),
        ("The answer is no longer known.", REFUSED),
        ("It depends.", REFUSED),
        ("I know no rule for that", REFUSED),
        ("Yesterday", REFUSED),
    ],
)
def test_yes_or_no_is_read_when_there_is_no_doubt(reply: str, value: Any) -> None:
    assert read("yes_no", reply, ok="bool") is value


@pytest.mark.parametrize(
    ("reply", "entries"),
    [
        ('["a", "b"]', ["a", "b"]),
        ("[]", []),
        ("```json\n['a', 'it is',]\n```", ["a", "it is"]),
        ('Here: ["a", "b"]. Done.', ["a", "b"]),
        ("1. a\n2. b", ["a", "b"]),
        ("Sure:\n\n1) a\n2) b\n\nAnything else?", ["a", "b"]),
        ("- a\n- b", ["a", "b"]),
        ("* a\n\n* b\n  and more\n", ["a", "b and more"]),
        ("1. a\n1. b\n1. c", ["a", "b", "c"]),
        ("• see [1]\n• b", ["see [1]", "b"]),
        ("a, b", REFUSED),
        ("a\nb", REFUSED),
        ('["a", 1]', REFUSED),
        ('["a", "b', REFUSED),
        ('{"a": ["b", "c"]}', REFUSED),
        ('Here: {"a": ["b", "c"]}', REFUSED),
        ("Here: {a: ['b', 'c']}", REFUSED),
        ("1. a\n   - b\n2. c", REFUSED),
        ("1. a\n3. b", REFUSED),
        ("1. a\n2. b\n\nOr:\n\n1. c", REFUSED),
        ("1. a\nb\n2. c", REFUSED),
        ("- a\n- b\nThat is all.", REFUSED),
        ("- a\n1. b", REFUSED),
    ],
)
def test_a_list_is_one_flat_list(reply: str, entries: Any) -> None:
    assert read("list", reply, items="list[str]") == entries


@given(st.lists(st.text("ab c.,'", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=5), st.booleans())
def test_lines_with_numbers_or_bullets_read_back(entries: list[str], numbered: bool) -> None:
    lines = [f"{number}. {each}" if numbered else f"- {each}" for number, each in enumerate(entries, 1)]
    assert read("list", "Here they are:\n\n" + "\n".join(lines) + "\n\nDone.", items="list[str]") == entries


PLAIN = [
    ("text", "Hello", {"out": "str"}),
    ("code(sql)", "```sql\nSELECT 1\n```", {"out": "str"}),
    ("tag(x)", "<x>5</x>", {"out": "int"}),
    ("number", "Score: 5", {"out": "int"}),
    ("numbers", "Scores: 5 6", {"out": "int", "more": "int"}),
    ("verdict(A, B)", "Verdict: A", {"out": "str"}),
    ("yes_no", "Answer: yes", {"out": "bool"}),
    ("list", "- a\n- b", {"out": "list[str]"}),
]


@pytest.mark.parametrize(("how", "reply", "declared"), PLAIN)
@pytest.mark.parametrize("before", ["<think>B, no, 1. 7\n- x</think>\n", "Verdict: B\n</think>\n\n", " \n"])
def test_reasoning_before_an_answer_changes_nothing(how: How, reply: str, declared: Any, before: str) -> None:
    assert read(how, before + reply, **declared) == read(how, reply, **declared) is not REFUSED


@pytest.mark.parametrize(("how", "reply", "declared"), PLAIN)
def test_reasoning_that_never_ends_is_no_answer(how: How, reply: str, declared: Any) -> None:
    assert read(how, f"<think>So {reply}", **declared) is REFUSED
    assert read(how, f"<think>{reply}</think>", **declared) is REFUSED


@pytest.mark.parametrize(("how", "reply", "declared"), [each for each in PLAIN if each[0] not in ("text", "list")])
def test_chatter_around_an_answer_changes_nothing(how: How, reply: str, declared: Any) -> None:
    assert read(how, f"Let me see what is asked.\n\n{reply}", **declared) == read(how, reply, **declared)


@pytest.mark.parametrize("how", ["text", "code", "number", "yes_no", "list", "verdict(A, B)", "tag(x)", "json"])
@given(st.text(st.sampled_from("AB()[].,:5- \n`<x>/yesno{}\"'is better")))
def test_any_text_is_read_or_refused(how: How, reply: str) -> None:
    kinds = {"number": "int", "yes_no": "bool", "list": "list[str]"}
    read(how, reply, x=kinds.get(how, "str"))


@pytest.mark.parametrize(
    ("how", "declared", "says"),
    [
        ("xml", {"a": "str"}, "there is no reader 'xml'; there are text, json, code,"),
        ("tags(a)", {"a": "str"}, "there is no reader 'tags'; did you mean 'tag'?"),
        ("tag", {"a": "str"}, "tag is written tag(name), not 'tag'"),
        ("verdict(A)", {"a": "str"}, "verdict is written verdict(A, B, tie), not 'verdict(A)'"),
        ("number(5)", {"a": "int"}, "number is written number, not 'number(5)'"),
        ("verdict(a, A)", {"a": "str"}, "the labels of 'verdict(a, A)' differ in more than their case"),
        ("number", {"a": "str"}, "a reply that is read as number has exactly one output, of type int or float"),
        ("number", {"a": "int", "b": "int"}, "a reply that is read as number has exactly one output,"),
        ("numbers", {"a": "int"}, "a reply that is read as numbers has two outputs or more, of type int or float"),
        ("yes_no", {"a": "str"}, "a reply that is read as yes_no has exactly one output, of type bool"),
        ("list", {"a": "list[int]"}, "a reply that is read as list has exactly one output, of type list[str]"),
        ("tag(x)", {"a": "list[str]"}, "a reply that is read as tag has exactly one output, no list or object"),
        (
            "verdict(A, B)",
            {"a": {"enum": ["A", "C"]}},
            "a reply that is read as verdict has the labels A, B as its enum",
        ),
        (
            "code",
            {"a": {"enum": ["A"]}},
            "a reply that is read as code has exactly one output, of type str, without an",
        ),
    ],
)
def test_a_reader_that_does_not_fit_is_refused(how: How, declared: Any, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the sentence is looked at below
        Outputs({name: Output.of(each) for name, each in declared.items()}, how)
    assert str(caught.value).startswith(says)


def test_every_reader_says_what_it_takes() -> None:
    assert all(reader.read.__doc__ for reader in READERS.values())
