"""How well operators, templates and recipes are found for what somebody asks, by language and kind of query.

python -m benchmarks.retrieval                   tables: the half that calibrates, the half that is only measured
python -m benchmarks.retrieval --misses          also what is not among the first five, of the calibrating half
python -m benchmarks.retrieval --model MODEL     with embeddings of a sentence-transformers model on this machine
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from dfcli.agent.evaluation.queries import KINDS, Answer, Figures, answered, figures, queries
from dfcli.agent.retrieval.index import index
from dfcli.agent.retrieval.meaning import Fused, local
from dfcli.agent.retrieval.shortlist import Searched

NAMES = ("hit@1", "hit@3", "hit@5", "MRR", "recall@12", "abst. F1", "p50", "p95")
HEAD = f"{'':18}{'n':>5}{''.join(f'{each:>10}' for each in NAMES)}"


def line(name: str, found: Figures) -> str:
    shares = (found.hit1, found.hit3, found.hit5, found.mrr, found.recall12, found.abstention_f1)
    times = "".join(f"{each * 1e3:8.1f}ms" for each in (found.p50, found.p95))
    return f"{name:18}{found.queries:5}{''.join(f'{each:10.3f}' for each in shares)}{times}"


def table(answers: list[Answer]) -> Iterator[str]:
    yield HEAD
    yield line("all", figures(answers))
    for language in ("en", "zh"):
        yield line(language, figures([each for each in answers if each.query.language == language]))
    for kind in KINDS:
        yield line(kind, figures([each for each in answers if each.query.kind == kind]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--model")
    given = parser.parse_args()
    searched: Searched = index() if given.model is None else Fused(index(), local(given.model))
    answers = answered(queries(), searched)
    for name, calibrates in (("calibrating", True), ("only measured", False)):
        print(f"\n{name}", *table([each for each in answers if each.query.calibrates == calibrates]), sep="\n")
    print("\ntogether", *table(answers), sep="\n")
    if given.misses:
        for each in answers:
            if each.query.calibrates and (each.rank or 99) > 5 and (each.query.gold or each.found):
                print(f"{each.query.kind}: {each.query.text}: {', '.join(each.found[:5]) or 'nothing'}")


if __name__ == "__main__":
    main()
