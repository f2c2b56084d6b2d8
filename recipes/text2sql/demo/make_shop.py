"""Make shop.sqlite, the small database of the Text-to-SQL demo: two years of an invented bookshop.

Run `python make_shop.py` in any folder; the file is written beside this script. It needs nothing but Python, and with
the same version of SQLite gives the same bytes each time: the seed is fixed and no clock is read.
"""

from __future__ import annotations

import datetime
import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

SEED = 20260101
FIRST_DAY = datetime.date(2024, 1, 2)
LAST_DAY = datetime.date(2025, 12, 30)
BUYERS = 44
ORDERS = 170
REVIEWS = 110
UNSOLD = {29, 41, 48}

SCHEMA = """
CREATE TABLE publishers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  founded INTEGER            -- year
);
CREATE TABLE authors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT,
  birth_year INTEGER
);
CREATE TABLE books (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  publisher_id INTEGER REFERENCES publishers (id),  -- NULL: self-published
  genre TEXT NOT NULL,
  published DATE NOT NULL,
  pages INTEGER,
  price REAL NOT NULL,       -- euros
  stock INTEGER NOT NULL     -- copies in the shop
);
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  email TEXT,
  joined DATE NOT NULL,
  newsletter INTEGER NOT NULL CHECK (newsletter IN (0, 1))
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  ordered_on DATE NOT NULL,
  shipped_on DATE,           -- NULL: not shipped
  status TEXT NOT NULL CHECK (status IN ('open', 'shipped', 'delivered', 'cancelled', 'returned')),
  channel TEXT NOT NULL CHECK (channel IN ('web', 'phone', 'shop'))
);
CREATE TABLE order_items (
  order_id INTEGER NOT NULL REFERENCES orders (id),
  book_id INTEGER NOT NULL REFERENCES books (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price REAL NOT NULL,  -- euros paid per copy; less than books.price when discounted
  PRIMARY KEY (order_id, book_id)
);
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY,
  book_id INTEGER NOT NULL REFERENCES books (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
  comment TEXT,
  written_on DATE NOT NULL
);
"""

PUBLISHERS = [
    ("Halden & Moss", "Norway", 1924),
    ("Casa Ribeira", "Portugal", 1958),
    ("Nordlicht Verlag", "Germany", 1986),
    ("Pen Harbour Press", "Ireland", 2003),
    ("Lantern Row", "United Kingdom", 1971),
    ("Éditions du Pont", "France", 1937),
    ("Kite String Books", "Ireland", None),
]

AUTHORS = [
    ("Aoife Brannigan", "Ireland", 1979),
    ("Tomás Varela", "Portugal", 1951),
    ("Ingrid Solheim", "Norway", 1968),
    ("Jonas Albrecht", "Germany", 1983),
    ("Mireille Castagne", "France", 1944),
    ("Priya Raghunathan", "India", 1990),
    ("Owen Tregarth", "United Kingdom", 1962),
    ("Hanne Lykke", "Denmark", None),
    ("Kofi Asante-Boye", "Ghana", 1975),
    ("Lidia Morandi", "Italy", 1958),
    ("Sora Hayakawa", "Japan", 1986),
    ("Dmitri Velkov", "Bulgaria", 1971),
    ("Beatriz Quental", "Portugal", 1993),
    ("Ruairí Donnelly", "Ireland", 1966),
    ("E. M. Larkspur", None, None),
    ("Katrin Oberholzer", "Switzerland", 1980),
]

# title, author, publisher (None: self-published), genre, published, pages, price
BOOKS = [
    ("The Tide Clerk", 1, 4, "fiction", "2019-03-14", 312, 16.90),
    ("Salt on the Ledger", 1, 4, "fiction", "2022-09-01", 288, 17.50),
    ("A Harbour of Small Debts", 1, 4, "crime", "2024-05-23", 341, 18.90),
    ("Cork for Beginners", 2, 2, "cooking", "1998-04-02", 176, 24.00),
    ("The Convent Kitchen", 2, 2, "cooking", "2007-11-15", 224, 29.50),
    ("Letters from the Alentejo", 2, 2, "history", "2011-06-30", 402, 22.00),
    ("Under the Glacier Road", 3, 1, "crime", "2009-10-08", 368, 12.90),
    ("The Ferryman's Second Watch", 3, 1, "crime", "2013-02-21", 391, 13.90),
    ("Nine Winters in Bodø", 3, 1, "crime", "2018-01-18", 420, 14.90),
    ("The Lighthouse Inventory", 3, 1, "crime", "2025-02-06", 376, 19.90),
    ("How Bridges Stand", 4, 3, "science", "2016-08-25", 256, 21.00),
    ("The Patience of Concrete", 4, 3, "science", "2020-03-12", 298, 23.50),
    ("Why Towers Sway", 4, 3, "science", "2023-10-19", 240, 22.90),
    ("The Year We Kept Bees", 5, 6, "fiction", "1982-05-05", 204, 9.90),
    ("Rue des Martyrs, Morning", 5, 6, "poetry", "1991-03-21", 96, 11.00),
    ("Ashes and Apricots", 5, 6, "fiction", "1999-09-09", 233, 10.90),
    ("Late Poems", 5, 6, "poetry", "2015-04-16", 112, 13.00),
    ("The Monsoon Algorithm", 6, 5, "science", "2021-06-17", 318, 20.00),
    ("Counting Rain", 6, 5, "science", "2024-08-29", 274, 21.50),
    ("The Clockmaker of Fowey", 7, 5, "history", "2004-10-14", 448, 15.90),
    ("Tin and Tallow", 7, 5, "history", "2010-03-04", 512, 18.00),
    ("A Short History of Fog", 7, 5, "history", "2017-11-02", 264, 16.00),
    ("Mirna and the Paper Boat", 8, 7, "children", "2014-05-08", 40, 12.50),
    ("Mirna and the Borrowed Moon", 8, 7, "children", "2016-09-22", 40, 12.50),
    ("Mirna Learns to Whistle", 8, 7, "children", "2020-10-01", 44, 13.50),
    ("The Goat Who Read Maps", 8, 7, "children", "2023-03-16", 36, 13.90),
    ("Harmattan Season", 9, 5, "fiction", "2008-02-28", 326, 13.50),
    ("The Cartographer's Daughter-in-Law", 9, 5, "fiction", "2015-07-09", 356, 14.90),
    ("Gold Coast Ledgers, 1870–1900", 9, None, "history", "2019-12-12", None, 34.00),
    ("Bread for a Long Table", 10, 6, "cooking", "2003-10-30", 312, 27.00),
    ("Pasta Without Permission", 10, 6, "cooking", "2012-04-19", 198, 25.50),
    ("The Vinegar Diaries", 10, None, "cooking", "2021-11-25", 150, 19.00),
    ("The Silent Platform", 11, 1, "fantasy", "2015-01-29", 384, 14.50),
    ("The Silent Orchard", 11, 1, "fantasy", "2017-02-23", 402, 15.50),
    ("The Silent Crown", 11, 1, "fantasy", "2020-08-13", 455, 16.50),
    ("Teahouse at the End of the Line", 11, 1, "fantasy", "2025-06-12", 298, 18.50),
    ("The Danube Accounts", 12, 3, "crime", "2011-05-12", 333, 11.90),
    ("Black Sea, Grey Suit", 12, 3, "crime", "2014-09-18", 347, 12.90),
    ("The Notary of Varna", 12, 3, "crime", "2019-06-06", 362, 13.90),
    ("Thirteen Ways to Leave Lisbon", 13, 2, "poetry", "2022-02-10", 88, 12.00),
    ("Small Hours, Small Boats", 13, None, "poetry", "2024-11-07", 72, 9.50),
    ("The Bog Cutters", 14, 4, "history", "2001-09-20", 376, 14.00),
    ("A Parish Divided", 14, 4, "history", "2006-03-09", 420, 15.00),
    ("The Last Hedge School", 14, 4, "fiction", "2018-10-11", 294, 14.50),
    ("Wren Day", 14, 4, "children", "2021-10-28", 48, 11.90),
    ("A Thimbleful of Thunder", 15, 7, "children", "2012-03-01", 56, 9.90),
    ("The Marmalade Weather Station", 15, 7, "children", "2018-06-21", 64, 10.90),
    ("Moth Season", 15, None, "poetry", "2023-01-26", None, 8.00),
    ("What Glaciers Remember", 16, 3, "science", "2018-04-26", 336, 24.00),
    ("The Weight of Snow", 16, 3, "science", "2022-11-10", 288, 23.00),
    ("Alpine Soups", 16, 3, "cooking", "2024-10-17", 160, 26.00),
]

FIRST_NAMES = (
    "Ana Bruno Clara Declan Elif Fionn Greta Hugo Iris Jamal Klara Liam Maeve Nuno Olga Pedro Róisín Stefan Tilda Umar "
    "Vera Wanda Xenia Yusuf Zoë Amira Bastian Carla Diego Emer"
)
LAST_NAMES = (
    "Hansen Iversen Jansen Keane Lopes Murphy Nilsen O'Shea Pereira Quinn Rossi Santos Thorsen Ullmann Vieira Walsh "
    "Ximenes Young Zimmer Brandt Castro Dunne Egan Almeida Byrne Costa Doyle Eriksen Fischer Gallagher Keane Murphy "
    "Lopes Nilsen Santos Pereira Walsh Quinn Dunne Rossi Hansen Byrne Vieira Doyle Egan Costa Fischer Castro"
)
CITIES = ["Dublin", "Cork", "Galway", "Porto", "Lisbon", "Bergen", "Hamburg", "Lyon"]
CITY_WEIGHTS = [30, 16, 10, 12, 12, 6, 10, 4]
CHANNELS, CHANNEL_WEIGHTS = ["web", "phone", "shop"], [60, 12, 28]
COMMENTS = {
    1: ["Not for me.", "Gave up after fifty pages.", "The binding fell apart."],
    2: ["Slower than I hoped.", "Good idea, thin book."],
    3: ["Pleasant, no more.", "Half of it is excellent.", "Fine for a train ride."],
    4: ["Warm and well made.", "Would read the next one.", "A gift that was much liked."],
    5: ["Read it twice.", "The best I bought here.", "I keep giving it away."],
}

Row = tuple[object, ...]


def main() -> None:
    """Write shop.sqlite beside this script."""
    write(Path(__file__).with_name("shop.sqlite"))


def write(path: Path) -> None:
    """Make the database at a path, in place of whatever is there."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SCHEMA)
        for table, rows in tables(random.Random(SEED)):
            fill(connection, table, rows)
        connection.commit()
        connection.execute("VACUUM")


def tables(chance: random.Random) -> Iterator[tuple[str, list[Row]]]:
    """Yield each table's name and rows, in an order that foreign keys allow."""
    yield "publishers", list(numbered(PUBLISHERS))
    yield "authors", list(numbered(AUTHORS))
    yield "books", [(*book, chance.choice([0, 2, 3, 5, 8, 13, 21, 34])) for book in numbered(BOOKS)]
    customers = list(make_customers(chance))
    yield "customers", customers
    orders = list(make_orders(chance, customers))
    yield "orders", orders
    yield "order_items", [item for order in orders for item in make_items(chance, order)]
    yield "reviews", list(make_reviews(chance, customers))


def fill(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    """Insert the rows of one table."""
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """Put an id before each row."""
    for number, row in enumerate(rows, start=1):
        yield (number, *row)


def make_customers(chance: random.Random) -> Iterator[Row]:
    """Yield the customers; the last few joined on the last day and have ordered nothing."""
    names = zip(FIRST_NAMES.split() * 2, LAST_NAMES.split(), strict=False)
    for number, (first, last) in enumerate(names, start=1):
        name = f"{first} {last}"
        mail = name.lower().replace(" ", ".").replace("'", "").encode("ascii", "ignore").decode()
        email = None if chance.random() < 0.15 else f"{mail}@example.org"
        joined = a_day(chance, FIRST_DAY, datetime.date(2025, 6, 30)) if number <= BUYERS else LAST_DAY
        [city] = chance.choices(CITIES, CITY_WEIGHTS)
        yield (number, name, city, email, joined.isoformat(), int(chance.random() < 0.55))


def make_orders(chance: random.Random, customers: list[Row]) -> Iterator[Row]:
    """Yield orders by date; regular customers order more often, and the last ones are still open."""
    buyers = customers[:BUYERS]
    weights = [1 + 6 / (1 + number % 11) for number in range(len(buyers))]
    drawn = []
    for _ in range(ORDERS):
        [buyer] = chance.choices(buyers, weights)
        drawn.append((a_day(chance, datetime.date.fromisoformat(str(buyer[4])), LAST_DAY), buyer[0]))
    for number, (day, buyer_id) in enumerate(sorted(drawn, key=lambda each: each[0]), start=1):
        [channel] = chance.choices(CHANNELS, CHANNEL_WEIGHTS)
        status, shipped = fate(chance, day, channel)
        yield (number, buyer_id, day.isoformat(), shipped and shipped.isoformat(), status, channel)


def fate(chance: random.Random, day: datetime.date, channel: str) -> tuple[str, datetime.date | None]:
    """Return an order's status and the day it was shipped."""
    if day > LAST_DAY - datetime.timedelta(days=12):
        return "open", None
    if chance.random() < 0.07:
        return "cancelled", None
    shipped = day if channel == "shop" else day + datetime.timedelta(days=chance.randint(1, 9))
    if shipped > LAST_DAY - datetime.timedelta(days=20):
        return "shipped", shipped
    return ("returned" if chance.random() < 0.05 else "delivered"), shipped


def make_items(chance: random.Random, order: Row) -> Iterator[Row]:
    """Yield one to four books of an order; none before it was published, one in six with a tenth off."""
    day = str(order[2])
    on_sale = [(number, book) for number, book in enumerate(BOOKS, start=1) if book[4] <= day and number not in UNSOLD]
    for number, book in sorted(chance.sample(on_sale, chance.choice([1, 1, 2, 2, 3, 4]))):
        price = round(book[6] * 0.9, 2) if chance.random() < 1 / 6 else book[6]
        yield (order[0], number, chance.choice([1, 1, 1, 1, 2, 3]), price)


def make_reviews(chance: random.Random, customers: list[Row]) -> Iterator[Row]:
    """Yield reviews by date; some books have none, and some reviews no words."""
    drawn = []
    for _ in range(REVIEWS):
        book = chance.randint(1, len(BOOKS) - 3)
        [rating] = chance.choices([1, 2, 3, 4, 5], [6, 8, 22, 36, 28] if book % 4 else [22, 26, 26, 16, 10])
        comment = None if chance.random() < 0.35 else chance.choice(COMMENTS[rating])
        customer = chance.choice(customers[:BUYERS])
        day = max(a_day(chance, FIRST_DAY, LAST_DAY).isoformat(), BOOKS[book - 1][4], str(customer[4]))
        drawn.append((day, book, customer[0], rating, comment))
    for number, (written_on, *rest) in enumerate(sorted(drawn, key=lambda each: each[0]), start=1):
        yield (number, *rest, written_on)


def a_day(chance: random.Random, first: datetime.date, last: datetime.date) -> datetime.date:
    """Return a day between two, both included."""
    return first + datetime.timedelta(days=chance.randint(0, (last - first).days))


if __name__ == "__main__":
    main()
