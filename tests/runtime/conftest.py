import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import Server, running


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all of pytest's processes have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path) -> Iterator[Server]:
    with running("postgres", shared_folder) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server(shared_folder: Path) -> Iterator[Server]:
    with running("mariadb", shared_folder) as server:
        yield server
