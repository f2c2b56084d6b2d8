"""Names are masked by a pipeline that the test makes; none is fetched."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dfcli.errors import EnvironmentLacks
from dfcli.ops.entities import MaskEntities
from dfcli.ops.scripted import Scripted

spacy = pytest.importorskip("spacy")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a pipeline that knows three names."""
    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Ada Lovelace"},
            {"label": "PERSON", "pattern": "Alan"},
            {"label": "DATE", "pattern": "Monday"},
        ]
    )
    folder = tmp_path_factory.mktemp("spacy") / "names"
    made.to_disk(folder)
    return folder


def test_names_become_their_labels_and_are_counted(pipeline: Path) -> None:
    frame = pl.DataFrame({"text": ["Ada Lovelace met Alan on Monday.", None, "", "Nobody came."]})
    rows = MaskEntities(pipeline=str(pipeline))(frame, Scripted()).rows()
    assert rows == [("<PERSON> met <PERSON> on Monday.", 2), (None, None), ("", 0), ("Nobody came.", 0)]


def test_equal_names_have_equal_numbers(pipeline: Path) -> None:
    frame = pl.DataFrame({"text": ["Alan, Ada Lovelace, Alan"]})
    operator = MaskEntities(pipeline=str(pipeline), how="number", labels=("PERSON",))
    assert operator(frame, Scripted())["text"].item() == "<PERSON_1>, <PERSON_2>, <PERSON_1>"


def test_another_pipeline_is_another_step(pipeline: Path, tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "other")
    first, second = (MaskEntities(pipeline=str(each)).outside(Scripted()) for each in (pipeline, tmp_path / "other"))
    assert first != second


def test_a_pipeline_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(EnvironmentLacks, match="no_such_pipeline cannot be loaded"):
        MaskEntities(pipeline="no_such_pipeline")(pl.DataFrame({"text": ["a"]}), Scripted())
