"""Databases on servers: PostgreSQL, MySQL and MariaDB, reached through SQLAlchemy's drivers."""

from __future__ import annotations

from importlib.util import find_spec

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import DIALECTS
from dfcli.runtime.databases.address import Address
from dfcli.runtime.databases.pool import Pool
from dfcli.runtime.databases.process import Served

_WORKERS = {"postgres": "_postgres_worker", "mysql": "_mysql_worker"}
_DRIVERS = {"postgres": "psycopg", "mysql": "pymysql"}
_SCHEMES = {"postgres": "postgresql", "mysql": "mysql"}


def opened(address: Address, connections: int) -> Pool:
    """Return a server's database over a pool of connections; EnvironmentLacks when drivers or the password lack."""
    needed = ("sqlalchemy", "sqlglot", _DRIVERS[address.dialect])
    if not all(map(find_spec, needed)):
        raise EnvironmentLacks(f"a {DIALECTS[address.dialect]} database needs an extra: pip install 'dfcli[sql]'")
    served = Served(_WORKERS[address.dialect], {"url": address.with_password()}, address.url)
    return Pool(address.url, address.name, address.dialect, served, connections)


def driver_url(address: Address) -> str:
    """Return an address as SQLAlchemy wants it: with the driver, where it names none, and the password."""
    scheme, _, rest = address.with_password().partition("://")
    named = scheme if "+" in scheme else f"{_SCHEMES[address.dialect]}+{_DRIVERS[address.dialect]}"
    return f"{named}://{rest}"
