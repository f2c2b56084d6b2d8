"""Queries on the Chinook schema, with what they have and how hard Spider's rules make them, worked out by hand.

The counts are component1, component2 and others; what is not named is 0, empty or False.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Query(NamedTuple):
    """A query, its hardness, Spider's three counts, and the features that are not 0, empty or False."""

    sql: str
    hardness: str
    counts: tuple[int, int, int]
    features: dict[str, Any]


QUERIES = [
    Query("SELECT Name FROM Artist", "easy", (0, 0, 0), {"tables": 1, "length": 4}),
    Query(
        "SELECT count(*) FROM Track",
        "easy",
        (0, 0, 0),
        {"tables": 1, "aggregates": 1, "functions": ["count"], "length": 7},
    ),
    Query("SELECT DISTINCT Country FROM Customer;", "easy", (0, 0, 0), {"tables": 1, "distinct": True, "length": 5}),
    Query("SELECT Title FROM Album WHERE ArtistId = 1", "easy", (1, 0, 0), {"tables": 1, "conditions": 1, "length": 8}),
    Query("SELECT FirstName, LastName FROM Employee", "medium", (0, 0, 1), {"tables": 1, "length": 6}),
    Query(
        # ORDER BY is one token.
        "SELECT Name FROM Track ORDER BY Milliseconds DESC LIMIT 1",
        "medium",
        (2, 0, 0),
        {"tables": 1, "order_by": True, "limit": True, "length": 9},
    ),
    Query(
        "SELECT Country, count(*) FROM Customer GROUP BY Country",
        "medium",
        (1, 0, 1),
        {"tables": 1, "aggregates": 1, "functions": ["count"], "group_by": True, "length": 11},
    ),
    Query(
        "SELECT Name FROM Genre WHERE Name LIKE 'R%'", "medium", (2, 0, 0), {"tables": 1, "conditions": 1, "length": 8}
    ),
    Query(
        # WHERE and LIKE. The NOT passes for one aggregate, and one is not several.
        "SELECT Name FROM Playlist WHERE Name NOT LIKE '%Music%'",
        "medium",
        (2, 0, 0),
        {"tables": 1, "conditions": 1, "length": 9},
    ),
    Query(
        # The NOT passes for an aggregate beside count(*), so there are several.
        "SELECT count(*) FROM Customer WHERE Country NOT IN ('USA', 'Canada')",
        "medium",
        (1, 0, 1),
        {"tables": 1, "aggregates": 1, "functions": ["count"], "conditions": 1, "length": 16},
    ),
    Query(
        "SELECT Album.Title FROM Album JOIN Artist ON Album.ArtistId = Artist.ArtistId WHERE Artist.Name = 'AC/DC'",
        "medium",
        (2, 0, 0),
        {"tables": 2, "joins": 1, "conditions": 2},
    ),
    Query(
        # The rules name no case for component1 = others = 2, so it is extra although each part is simple.
        "SELECT Track.Name, Genre.Name FROM Track, Genre WHERE Track.GenreId = Genre.GenreId AND Genre.Name = 'Jazz'",
        "extra",
        (2, 0, 2),
        {"tables": 2, "joins": 1, "conditions": 2},
    ),
    Query(
        "SELECT Name FROM Track WHERE AlbumId IN (SELECT AlbumId FROM Album WHERE ArtistId = 90)",
        "hard",
        (1, 1, 0),
        {"tables": 2, "subqueries": 1, "nesting": 1, "conditions": 2},
    ),
    Query(
        "SELECT Name FROM Artist EXCEPT SELECT Composer FROM Track",
        "hard",
        (0, 1, 0),
        {"tables": 2, "set_operations": 1},
    ),
    Query(
        # One for all that UNION adds, and ORDER BY and LIMIT belong to the last SELECT.
        "SELECT City FROM Customer UNION SELECT City FROM Employee UNION SELECT BillingCity FROM Invoice "
        "ORDER BY 1 LIMIT 10",
        "hard",
        (0, 1, 0),
        {"tables": 3, "set_operations": 2, "order_by": True, "limit": True},
    ),
    Query(
        # GROUP BY, ORDER BY and a join. count(*) in HAVING is not seen, and ORDER BY names an output column: one
        # aggregate. Two output columns.
        "SELECT a.Name, count(*) AS Albums FROM Artist AS a JOIN Album AS b ON a.ArtistId = b.ArtistId "
        "GROUP BY a.ArtistId HAVING count(*) > 5 ORDER BY Albums DESC",
        "hard",
        (3, 0, 1),
        {"tables": 2, "joins": 1, "conditions": 2, "aggregates": 2, "functions": ["count"]}
        | {"group_by": True, "having": True, "order_by": True},
    ),
    Query(
        # A join, GROUP BY, ORDER BY and LIMIT. Two aggregates, two output columns.
        "SELECT g.Name, count(*) FROM Track AS t JOIN Genre AS g ON t.GenreId = g.GenreId GROUP BY g.Name "
        "ORDER BY count(*) DESC LIMIT 3",
        "extra",
        (4, 0, 2),
        {"tables": 2, "joins": 1, "conditions": 1, "aggregates": 2, "functions": ["count"]}
        | {"group_by": True, "order_by": True, "limit": True},
    ),
    Query(
        "SELECT e.LastName, m.LastName FROM Employee AS e LEFT JOIN Employee AS m ON e.ReportsTo = m.EmployeeId",
        "medium",
        (1, 0, 1),
        {"tables": 1, "joins": 1, "conditions": 1},
    ),
    Query(
        "SELECT Name FROM Track WHERE Milliseconds > 600000 OR Bytes > 20000000",
        "medium",
        (2, 0, 1),
        {"tables": 1, "conditions": 2},
    ),
    Query(
        # WHERE and two ORs; the AND of BETWEEN joins nothing. Four conditions.
        "SELECT InvoiceId FROM Invoice WHERE (BillingCountry = 'France' OR BillingCountry = 'Germany' "
        "OR BillingCountry = 'Spain') AND Total BETWEEN 5 AND 10",
        "hard",
        (3, 0, 1),
        {"tables": 1, "conditions": 4},
    ),
    Query(
        "SELECT max(Total), min(Total), avg(Total) FROM Invoice",
        "medium",
        (0, 0, 2),
        {"tables": 1, "aggregates": 3, "functions": ["avg", "max", "min"]},
    ),
    Query(
        # The aggregates in HAVING are not seen, but its two ANDs pass for two.
        "SELECT BillingCountry FROM Invoice GROUP BY BillingCountry "
        "HAVING sum(Total) > 100 AND count(*) > 20 AND min(Total) < 1",
        "medium",
        (1, 0, 1),
        {"tables": 1, "conditions": 3, "aggregates": 3, "functions": ["count", "min", "sum"]}
        | {"group_by": True, "having": True},
    ),
    Query(
        # GROUP BY and OR. The OR passes for one aggregate, and one is not several.
        "SELECT BillingCountry FROM Invoice GROUP BY BillingCountry HAVING sum(Total) > 100 OR count(*) > 20",
        "medium",
        (2, 0, 0),
        {"tables": 1, "conditions": 2, "aggregates": 2, "functions": ["count", "sum"]}
        | {"group_by": True, "having": True},
    ),
    Query(
        "SELECT Name, Milliseconds FROM Track WHERE Milliseconds > (SELECT avg(Milliseconds) FROM Track) "
        "ORDER BY Milliseconds",
        "extra",
        (2, 1, 1),
        {"tables": 1, "subqueries": 1, "nesting": 1, "conditions": 1, "aggregates": 1}
        | {"functions": ["avg"], "order_by": True},
    ),
    Query(
        # A query in FROM counts as a table, and nothing in it counts.
        "SELECT avg(Lines) FROM (SELECT InvoiceId, count(*) AS Lines FROM InvoiceLine GROUP BY InvoiceId) AS t",
        "easy",
        (0, 0, 0),
        {"tables": 1, "subqueries": 1, "nesting": 1, "aggregates": 2, "functions": ["avg", "count"]}
        | {"group_by": True},
    ),
    Query(
        # The NOT passes for an aggregate, the only one.
        "SELECT Name FROM Artist AS a WHERE NOT EXISTS (SELECT 1 FROM Album AS b WHERE b.ArtistId = a.ArtistId)",
        "hard",
        (1, 1, 0),
        {"tables": 2, "subqueries": 1, "nesting": 1, "conditions": 2},
    ),
    Query(
        # WHERE and a join; the CTE counts as a query inside.
        "WITH Spent AS (SELECT CustomerId, sum(Total) AS Amount FROM Invoice GROUP BY CustomerId) "
        "SELECT c.LastName, s.Amount FROM Customer AS c JOIN Spent AS s ON s.CustomerId = c.CustomerId "
        "WHERE s.Amount > 40",
        "extra",
        (2, 1, 1),
        {"tables": 2, "joins": 1, "nesting": 1, "ctes": 1, "aggregates": 1, "conditions": 2}
        | {"functions": ["sum"], "group_by": True},
    ),
    Query(
        # Only the CTE counts: its own UNION, join and condition are not the outer query's.
        "WITH RECURSIVE Boss(EmployeeId, Level) AS (SELECT EmployeeId, 0 FROM Employee WHERE ReportsTo IS NULL "
        "UNION ALL SELECT e.EmployeeId, b.Level + 1 FROM Employee AS e JOIN Boss AS b ON e.ReportsTo = b.EmployeeId) "
        "SELECT max(Level) FROM Boss",
        "hard",
        (0, 1, 0),
        {"tables": 1, "joins": 1, "nesting": 1, "ctes": 1, "set_operations": 1, "aggregates": 1, "conditions": 2}
        | {"functions": ["max"]},
    ),
    Query(
        # ORDER BY in a window is no ORDER BY; the window function passes for the only aggregate.
        "SELECT Name, rank() OVER (PARTITION BY AlbumId ORDER BY Milliseconds DESC) FROM Track",
        "medium",
        (0, 0, 1),
        {"tables": 1, "window_functions": 1, "functions": ["rank"]},
    ),
    Query(
        # WHERE and ORDER BY; several window functions, which pass for aggregates, and several columns: no rule for it.
        "SELECT InvoiceDate, sum(Total) OVER (ORDER BY InvoiceDate) AS Running, avg(Total) OVER () AS Mean "
        "FROM Invoice WHERE BillingCountry = 'Brazil' ORDER BY InvoiceDate",
        "extra",
        (2, 0, 2),
        {"tables": 1, "window_functions": 2, "conditions": 1, "functions": ["avg", "sum"], "order_by": True},
    ),
    Query(
        "SELECT CASE WHEN UnitPrice > 1 THEN 'dear' ELSE 'cheap' END AS Price, count(*) FROM Track GROUP BY 1",
        "medium",
        (1, 0, 1),
        {"tables": 1, "cases": 1, "aggregates": 1, "functions": ["count"], "group_by": True},
    ),
    Query(
        # Three joins and GROUP BY; several output and GROUP BY columns.
        "SELECT p.Name, sum(il.UnitPrice * il.Quantity) FROM Playlist AS p "
        "JOIN PlaylistTrack AS pt ON p.PlaylistId = pt.PlaylistId JOIN Track AS t ON pt.TrackId = t.TrackId "
        "JOIN InvoiceLine AS il ON il.TrackId = t.TrackId GROUP BY p.PlaylistId, p.Name",
        "extra",
        (4, 0, 2),
        {"tables": 4, "joins": 3, "conditions": 3, "aggregates": 1, "functions": ["sum"], "group_by": True},
    ),
    Query(
        # USING is no condition, DISTINCT in a function no DISTINCT.
        "SELECT count(DISTINCT CustomerId) FROM Invoice INNER JOIN InvoiceLine USING (InvoiceId)",
        "easy",
        (1, 0, 0),
        {"tables": 2, "joins": 1, "aggregates": 1, "functions": ["count"]},
    ),
    Query(
        # Of the three queries inside each other the outer one has one.
        "SELECT Name FROM Artist WHERE ArtistId IN (SELECT ArtistId FROM Album WHERE AlbumId IN "
        "(SELECT AlbumId FROM Track WHERE GenreId = (SELECT GenreId FROM Genre WHERE Name = 'Blues')))",
        "hard",
        (1, 1, 0),
        {"tables": 4, "subqueries": 3, "nesting": 3, "conditions": 4},
    ),
    Query(
        "SELECT CustomerId FROM Invoice WHERE Total > 15 "
        "INTERSECT SELECT CustomerId FROM Invoice WHERE BillingState IS NOT NULL",
        "hard",
        (1, 1, 0),
        {"tables": 1, "set_operations": 1, "conditions": 2},
    ),
    Query(
        # A query in SELECT is one inside, and count(*) is its own; two output columns make it more than hard.
        "SELECT Name, (SELECT count(*) FROM Album WHERE Album.ArtistId = Artist.ArtistId) FROM Artist",
        "extra",
        (0, 1, 1),
        {"tables": 2, "subqueries": 1, "nesting": 1, "aggregates": 1, "conditions": 1, "functions": ["count"]},
    ),
    Query(
        # sum() in SELECT and the NOT in HAVING pass for two aggregates; two output columns.
        "SELECT strftime('%Y', InvoiceDate) AS Year, round(sum(Total), 2) FROM Invoice "
        "GROUP BY strftime('%Y', InvoiceDate) HAVING NOT sum(Total) < 400",
        "medium",
        (1, 0, 2),
        {"tables": 1, "aggregates": 2, "conditions": 1, "functions": ["round", "strftime", "sum"]}
        | {"group_by": True, "having": True},
    ),
    Query(
        # Several aggregates, output columns and GROUP BY columns.
        "SELECT Country, State, count(*), max(CustomerId) FROM Customer GROUP BY Country, State",
        "hard",
        (1, 0, 3),
        {"tables": 1, "aggregates": 2, "functions": ["count", "max"], "group_by": True},
    ),
    Query(
        # The same with several conditions: everything that comes more than once, and still hard.
        "SELECT Country, City, count(*), max(SupportRepId) FROM Customer WHERE Company IS NULL AND Fax IS NULL "
        "GROUP BY Country, City",
        "hard",
        (2, 0, 4),
        {"tables": 1, "aggregates": 2, "conditions": 2, "functions": ["count", "max"], "group_by": True},
    ),
    Query(
        # GLOB counts as LIKE; IS NOT NULL passes for no aggregate.
        "SELECT count(*) FROM Track WHERE Name GLOB 'A*' AND Composer IS NOT NULL",
        "medium",
        (2, 0, 1),
        {"tables": 1, "aggregates": 1, "conditions": 2, "functions": ["count"]},
    ),
    Query(
        # A cross join without a condition, and ORDER BY.
        'SELECT "m"."Name" FROM [MediaType] AS "m" CROSS JOIN `Playlist` ORDER BY lower("m"."Name")',
        "medium",
        (2, 0, 0),
        {"tables": 2, "joins": 1, "functions": ["lower"], "order_by": True},
    ),
]
