"""What the agent can read in a request and build from it, without a model. A new skill is a class in a file here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dfcli.agent.skills.base import Skill
from dfcli.agent.skills.budgets import Budgets
from dfcli.agent.skills.casting import Casting
from dfcli.agent.skills.chat import Chat
from dfcli.agent.skills.choosing import Choosing
from dfcli.agent.skills.cleaning import Cleaning
from dfcli.agent.skills.conditions import Categories, Conditions
from dfcli.agent.skills.containing import Containing
from dfcli.agent.skills.decontamination import Decontamination
from dfcli.agent.skills.duplicates import Duplicates
from dfcli.agent.skills.equalities import Equalities
from dfcli.agent.skills.files import Outputs, Parts
from dfcli.agent.skills.goals import Goals
from dfcli.agent.skills.groups import Groups
from dfcli.agent.skills.joining import Joining, Others
from dfcli.agent.skills.judging import Judging
from dfcli.agent.skills.languages import Languages
from dfcli.agent.skills.lengths import Lengths
from dfcli.agent.skills.measures import Measures
from dfcli.agent.skills.named_values import NamedValues
from dfcli.agent.skills.ordering import Ordering
from dfcli.agent.skills.pairs import Pairs
from dfcli.agent.skills.privacy import Privacy
from dfcli.agent.skills.quality import Quality
from dfcli.agent.skills.samples import Samples
from dfcli.agent.skills.seeds import Seeds
from dfcli.agent.skills.shaping import Shaping
from dfcli.agent.skills.sites import Sites
from dfcli.agent.skills.sql import Sql
from dfcli.agent.skills.usable import Usable
from dfcli.agent.skills.wanted import Wanted
from dfcli.agent.skills.writing import Writing

ALL: Sequence[Skill] = (
    Budgets(),
    Seeds(),
    Joining(),
    Decontamination(),
    Others(),
    Chat(),
    Pairs(),
    Samples(),
    Usable(),
    Outputs(),
    Parts(),
    Sites(),
    Measures(),
    Sql(),
    Writing(),
    Lengths(),
    Equalities(),
    Duplicates(),
    Privacy(),
    Languages(),
    Quality(),
    Judging(),
    Groups(),
    Choosing(),
    Ordering(),
    Cleaning(),
    Conditions(),
    Containing(),
    Shaping(),
    Casting(),
    Wanted(),
    NamedValues(),
    Categories(),
    Goals(),
)
"""In the order in which they read: what is said in the most particular way comes first."""

BY_NAME: Mapping[str, Skill] = {each.name: each for each in ALL}
