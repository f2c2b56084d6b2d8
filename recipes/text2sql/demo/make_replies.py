"""Make `replies.jsonl`: the demo's replies, written by hand below, recorded through a real run of the recipe.

    python recipes/text2sql/demo/make_replies.py

Run it again after changing a prompt, the recipe or the database: the recording holds every prompt word for word.
Among the replies are wrong ones on purpose: SQL with a mistake, a write, an empty result, a repeated query, broken
JSON that is mended when the error is shown, and some that stays broken.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dfcli.recipes.load import load
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.engine import Options, run
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, TransportError

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One query a model might write, and what it is asked about it later.

    `broken` is its first reply instead of JSON; with `hopeless` the second is no better. `verdict` is a judge's
    reason to refuse the pair.
    """

    sql: str
    purpose: str
    question: str = ""
    evidence: str = ""
    verdict: str = ""
    broken: str = ""
    hopeless: bool = False


CASES: dict[str, list[Case]] = {
    "publishers": [
        Case(
            "SELECT p.name, COUNT(b.id) AS titles FROM publishers p LEFT JOIN books b ON b.publisher_id = p.id "
            "GROUP BY p.id, p.name ORDER BY titles DESC, p.name",
            "The buyer wants to see how much of the range each publisher supplies.",
            "How many titles does the shop carry from each publisher, publishers without any included? Give name and "
            "number of titles, most titles first and then by name.",
        ),
        Case(
            "SELECT name, founded FROM publishers WHERE founded IS NOT NULL ORDER BY founded, name LIMIT 1",
            "For an anniversary display, the manager looks for the oldest house.",
            "Which publisher was founded first, and in which year?",
            "publishers without a known founding year do not count",
        ),
        Case(
            "SELECT p.country, ROUND(AVG(b.price), 2) AS average_price FROM publishers p "
            "JOIN books b ON b.publisher_id = p.id GROUP BY p.country ORDER BY average_price DESC, p.country",
            "The buyer compares price levels between countries of origin.",
            "What is the average price of the books, rounded to cents, by the country of their publisher? Dearest "
            "country first.",
        ),
        Case(
            "SELECT p.name, SUM(b.stock) AS copies FROM publishers p JOIN books b ON b.publisher_id = p.id "
            "GROUP BY p.id, p.name HAVING SUM(b.stock) > 20 ORDER BY copies DESC, p.name",
            "The warehouse wants to know which publishers take up most room.",
            "Which publishers have more than 20 copies of their books in the shop, and how many? Most copies first.",
            "copies in the shop is the sum of stock",
            broken='{"sql_purpose": "The warehouse wants to know which publishers take up most room", "sql": "SELECT',
        ),
    ],
    "authors": [
        Case(
            "SELECT a.name, COUNT(*) AS titles FROM authors a JOIN books b ON b.author_id = a.id "
            "GROUP BY a.id, a.name ORDER BY titles DESC, a.name LIMIT 5",
            "Somebody plans a shelf for the authors with the broadest work.",
            "Which five authors have the most titles in the catalogue, and how many has each? On equal numbers go by "
            "name.",
        ),
        Case(
            "SELECT a.name FROM authors a WHERE NOT EXISTS (SELECT 1 FROM books b WHERE b.author_id = a.id "
            "AND b.stock > 0) ORDER BY a.name",
            "The buyer looks for authors who are completely sold out.",
            "Of which authors is no book in stock at the moment? List their names in alphabetical order.",
            "in stock means stock > 0",
        ),
        Case(
            "SELECT name, birth_year FROM authors WHERE birth_year < 1960 ORDER BY birth_year, name",
            "An article on older writers needs names.",
            "Who among the authors was born before 1960, and when? Oldest first.",
            "born is birth_year; authors without a birth year are left out",
        ),
        Case(
            "SELECT a.name, COUNT(*) AS titles FROM authors a JOIN books b ON b.author_id = a.id "
            "GROUP BY a.id, a.name ORDER BY titles DESC, a.name LIMIT 5",
            "A reading evening needs authors with several books.",
        ),
    ],
    "books": [
        Case(
            "SELECT genre, COUNT(*) AS titles, ROUND(AVG(pages), 1) AS average_pages FROM books "
            "WHERE pages IS NOT NULL GROUP BY genre ORDER BY genre",
            "The catalogue editor wants to know how long books of each genre run.",
            "For each genre, how many books have a known number of pages, and how long are these on average, to one "
            "decimal? Sort by genre.",
        ),
        Case(
            "SELECT title, price FROM books WHERE stock = 0 ORDER BY price DESC, title",
            "Purchasing decides which sold-out titles to order again first.",
            "Which books are sold out, and what does each cost? Dearest first, then by title.",
            "sold out means stock = 0; prices are in euros",
        ),
        Case(
            "SELECT strftime('%Y', published) AS year, COUNT(*) AS titles FROM books "
            "WHERE published >= '2020-01-01' GROUP BY year ORDER BY year",
            "The manager wants to see how recent the range is.",
            "How many books that came out in 2020 or later are there per year of publication, in order of the years?",
            "came out is the published date",
        ),
        Case(
            "",
            "",
            broken="Sure! I would compare the stock of each book with its sales of the last quarter.",
            hopeless=True,
        ),
    ],
    "customers": [
        Case(
            "SELECT city, COUNT(*) AS customers FROM customers GROUP BY city ORDER BY customers DESC, city",
            "Marketing wants to know where the customers live.",
            "How many customers are there in each city? Begin with the city that has most, then go by name.",
        ),
        Case(
            "SELECT ROUND(100.0 * SUM(newsletter) / COUNT(*), 1) AS percent FROM customers",
            "Marketing measures the reach of the newsletter.",
            "What percentage of the customers receives the newsletter, to one decimal?",
            "newsletter = 1 means that a customer receives it",
        ),
        Case(
            "SELECT c.name, COUNT(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
            "GROUP BY c.id, c.name HAVING COUNT(o.id) = 0 ORDER BY c.name",
            "A letter shall go to people who signed up but never bought.",
            "Which customers have never ordered anything? Show each name with the number of orders, by name.",
        ),
        Case(
            "SELECT name, last_login FROM customers ORDER BY last_login DESC LIMIT 10",
            "Support wants to see who was active lately.",
        ),
    ],
    "orders": [
        Case(
            "SELECT channel, COUNT(*) AS orders FROM orders WHERE status <> 'cancelled' "
            "GROUP BY channel ORDER BY orders DESC, channel",
            "The manager compares the sales channels.",
            "How many orders came in over each channel, leaving out cancelled ones? Busiest channel first.",
            "cancelled means status = 'cancelled'",
        ),
        Case(
            "SELECT ROUND(AVG(julianday(shipped_on) - julianday(ordered_on)), 2) AS days FROM orders "
            "WHERE shipped_on IS NOT NULL",
            "Logistics watches the time to dispatch.",
            "How many days does it take on average from the order until it is shipped, to two decimals?",
            "only orders with a shipping date count",
        ),
        Case(
            "UPDATE orders SET status = 'cancelled' WHERE status = 'open' AND ordered_on < '2025-01-01'",
            "Old open orders are cleaned up.",
        ),
        Case(
            "SELECT c.city, COUNT(*) AS orders FROM orders o JOIN customers c ON c.id = o.customer_id "
            "GROUP BY c.city ORDER BY orders DESC, c.city LIMIT 3",
            "The shop looks for a place for a branch.",
            "Which three cities brought the highest turnover?",
            verdict="The question asks for turnover, but the query counts orders and sums no money.",
        ),
    ],
    "order_items": [
        Case(
            "SELECT b.title, SUM(i.quantity) AS copies FROM order_items i JOIN books b ON b.id = i.book_id "
            "JOIN orders o ON o.id = i.order_id WHERE o.status NOT IN ('cancelled', 'returned') "
            "GROUP BY b.id, b.title ORDER BY copies DESC, b.title LIMIT 10",
            "The window display shows the bestsellers.",
            "What are the ten bestselling books, and how many copies of each were sold? On a tie go by title.",
            "cancelled and returned orders do not count as sold",
        ),
        Case(
            "SELECT ROUND(SUM(i.quantity * i.unit_price), 2) AS revenue FROM order_items i "
            "JOIN orders o ON o.id = i.order_id WHERE o.status = 'delivered'",
            "Accounting needs the revenue of what has arrived.",
            "How much revenue in euros did the delivered orders bring?",
            "revenue is the sum of quantity times unit_price",
        ),
        Case(
            "SELECT b.genre, ROUND(SUM(i.quantity * (b.price - i.unit_price)), 2) AS discount FROM order_items i "
            "JOIN books b ON b.id = i.book_id WHERE i.unit_price < b.price GROUP BY b.genre "
            "ORDER BY discount DESC, b.genre",
            "The manager wants to know where discounts cost most.",
            "How much discount in euros was given in each genre? Highest amount first.",
            "the discount on an item is quantity times the list price minus the price paid",
        ),
        Case(
            "SELECT order_id, SUM(quantity * unit_price AS total FROM order_items GROUP BY order_id "
            "ORDER BY total DESC LIMIT 5",
            "The manager wants to see the largest baskets.",
        ),
    ],
    "reviews": [
        Case(
            "SELECT b.title, ROUND(AVG(r.rating), 2) AS average_rating, COUNT(*) AS reviews FROM reviews r "
            "JOIN books b ON b.id = r.book_id GROUP BY b.id, b.title HAVING COUNT(*) >= 3 "
            "ORDER BY average_rating DESC, b.title",
            "The staff recommends what readers like.",
            "Which books with at least three reviews are rated best? Show title, average rating to two decimals and "
            "number of reviews, best first, ties by title.",
        ),
        Case(
            "SELECT rating, COUNT(*) AS reviews FROM reviews WHERE comment IS NULL GROUP BY rating ORDER BY rating",
            "The team asks whether dissatisfied readers stay silent.",
            "How many reviews without a comment are there for each rating, from the lowest rating up?",
            "without a comment means comment is NULL",
        ),
        Case(
            "SELECT c.name, COUNT(*) AS reviews FROM reviews r JOIN customers c ON c.id = r.customer_id "
            "GROUP BY c.id, c.name ORDER BY reviews DESC, c.name LIMIT 5",
            "The most active reviewers get a voucher.",
            "Who wrote the five longest reviews?",
            verdict="The query counts reviews per customer; the question asks for the length of single reviews.",
        ),
        Case(
            "SELECT b.title FROM reviews r JOIN books b ON b.id = r.book_id WHERE r.rating = 5 AND r.comment = 'great'",
            "An advertisement needs enthusiastic voices.",
        ),
    ],
}


class ByHand(Transport):
    """A model that answers the demo's prompts from `CASES`."""

    def __init__(self) -> None:
        self._by_sql = {case.sql: case for cases in reversed(CASES.values()) for case in reversed(cases)}

    async def complete(self, request: Request) -> Completion:
        user = next(each.content for each in request.messages if each.role == "user")
        text = self._answer(user, request)
        tokens_in = sum(len(each.content) for each in request.messages) // 4
        return Completion(text, "stop", tokens_in, len(text) // 4, request.spec.model)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        raise TransportError("fatal", f"{spec.model} makes no embeddings")

    def takes_schema(self, spec: ModelSpec) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, user: str, request: Request) -> str:
        if table := re.search(r"^Table: (\w+)$", user, re.MULTILINE):
            case = CASES[table[1]][request.sample]
            if case.broken and (case.hopeless or len(request.messages) == 2):
                return case.broken
            return json.dumps({"sql_purpose": case.purpose, "sql": case.sql}, ensure_ascii=False)
        queries = re.findall(r"^Query:\n(.+)$", user, re.MULTILINE)
        case = self._by_sql[queries[-1]]
        if "Question:" not in user:
            return json.dumps({"question": case.question, "evidence": case.evidence}, ensure_ascii=False)
        reason = case.verdict or "The query returns exactly what is asked."
        return json.dumps({"consistent_reason": reason, "consistent": not case.verdict}, ensure_ascii=False)


def main() -> None:
    """Run the recipe with the replies above, and record them."""
    model = ByHand()
    recipe = load(HERE.parent / "demo.yaml", environ={})
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe.writing_to(Path(folder, "out.jsonl"))
        for _ in run(
            recipe, Options(Path(folder, "runs"), record=HERE / "replies.jsonl", transport=lambda spec: model)
        ):
            pass


if __name__ == "__main__":
    main()
