"""One prompt's way to its reply, without any I/O: what to ask now, and what an answer leads to.

A reply that cannot be read is shown to the model once, with what is wrong with it; if that does not help, the prompt is
asked once more from the beginning. A reply cut off by its length is asked for once more with twice the room. Each of
these is a question of its own, with its own key; the way a JSON Schema reaches the model makes no difference to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from dfcli.errors import BadReply
from dfcli.ops.base import Message, Prompt, Reply, Row
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.replies import Stored, asked, key
from dfcli.runtime.transports import Completion, Mode, Request, TransportError

_CORRECTED, _FRESH = 1, 2
"""After so many replies that cannot be read the last is shown to the model, or the prompt is asked as if anew."""

_CUT = {"length": "truncated", "content_filter": "content_filter"}


class Question(NamedTuple):
    """A request with its canonical JSON and the key of its reply."""

    request: Request
    body: bytes
    key: str

    def answered(self, completion: Completion) -> Stored:
        """Return an answer as it is stored; one that was cut off or filtered is a failure."""
        return answered(self.key, self.body.decode(), completion)

    def unanswered(self, error: TransportError) -> Stored:
        """Return a failed call as it is stored."""
        return unanswered(self.key, self.body.decode(), error)


class Asking:
    """A prompt on its way; `reply` is there at the end of it."""

    __slots__ = ("_asked", "_identity", "_prompt", "_roomier", "_tries", "_turns", "_why", "reply", "spec")

    def __init__(self, spec: ModelSpec, identity: Mapping[str, Any], prompt: Prompt) -> None:
        self.reply: Reply | None = None
        self.spec = spec
        self._identity = identity
        self._prompt = prompt
        self._turns: tuple[Message, ...] = ()
        self._tries = 0
        self._asked: bytes | None = None
        self._roomier = False
        self._why: tuple[str, str | None, str] | None = None

    @property
    def begun(self) -> bool:
        """Whether there was an answer already that led to a further question."""
        return self._why is not None

    @property
    def opening(self) -> str:
        """The first words of the prompt, to tell people which it is."""
        return " ".join(self._prompt.messages[-1].content.split())[:80] if self._prompt.messages else ""

    @property
    def family(self) -> tuple[int, str]:
        """What the samples of one row have in common, and no other prompt at the same time."""
        return id(self._prompt.messages), self._prompt.twin

    @property
    def structured(self) -> bool:
        """Whether the reply must meet a JSON Schema."""
        return self._prompt.schema is not None

    def key(self) -> str:
        """Return the key under which an answer to what is asked now is stored."""
        return key(self._body())

    def question(self, mode: Mode) -> Question:
        """Return what to ask now."""
        prompt = self._prompt
        messages, schema = (*prompt.messages, *self._turns), prompt.schema
        if schema is not None and mode in ("json", "text"):
            messages, schema = (*_spelled_out(prompt.messages, schema), *self._turns), None
        body = self._body()
        return Question(Request(self.spec, messages, schema, prompt.sample, mode), body, key(body))

    def can_read(self, stored: Stored) -> bool:
        """Tell whether a reply can be read."""
        try:
            self._read(stored.text or "")
        except BadReply:
            return False
        return True

    def _body(self) -> bytes:
        if self._asked is None:
            self._asked = self._written()
        return self._asked

    def _written(self) -> bytes:
        prompt = self._prompt
        identity = {**self._identity, "again": 1} if self._tries == _FRESH else self._identity
        return asked(identity, (*prompt.messages, *self._turns), prompt.schema, prompt.sample, prompt.twin)

    def spared_by(self, stored: Stored) -> bool:
        """Tell whether a stored reply spares the call; failures are asked again, but with more room if that helps."""
        return stored.failed is None or (stored.failed == "truncated" and self._room(stored) > 0)

    def land(self, stored: Stored) -> None:
        """Take what came back: the reply is known then, or there is another question."""
        self._asked = None
        if stored.failed is not None:
            self._land_failure(stored, stored.failed)
            return
        text = stored.text or ""
        try:
            self.reply = Reply(stored.key, text, self._read(text))
        except BadReply as error:
            self._why = stored.key, text, f"bad_reply: {error}"
            self._tries += 1
            if self._tries == _CORRECTED:
                self._turns = (Message("assistant", text.strip() or "(no answer)"), Message("user", _correction(error)))
            elif self._tries == _FRESH and self.spec.temperature != 0:
                self._turns = ()
            else:
                self.give_up()

    def give_up(self) -> None:
        """Fail for the reason that led to the question at hand, which will get no answer."""
        assert self._why is not None
        last, text, failed = self._why
        self.reply = Reply(last, text, None, failed)

    def _land_failure(self, stored: Stored, failed: str) -> None:
        if failed == "truncated" and (room := self._room(stored)):
            self._roomier = True
            self._why = stored.key, stored.text, "truncated: the reply was cut off by its length"
            self.spec = self.spec.model_copy(update={"max_tokens": room})
            self._identity = {**self._identity, "max_tokens": room}
            return
        if self._roomier and failed in ("truncated", "context_length", "bad_request"):
            self.give_up()
            return
        text = self._why[1] if stored.text is None and self._why is not None else stored.text
        self.reply = Reply(stored.key, text, None, f"{failed}: {stored.why}" if stored.why else failed)

    def _room(self, stored: Stored) -> int:
        """Return how many tokens a reply that was cut off may have the second time; 0 when there is none."""
        return 0 if self._roomier else 2 * (self.spec.max_tokens or stored.tokens_out)

    def _read(self, text: str) -> Row:
        try:
            return self._prompt.read(text)
        except BadReply:
            raise
        except Exception as error:
            raise BadReply(f"it cannot be read ({type(error).__name__}: {error})") from error


def answered(key: str, body: str, completion: Completion) -> Stored:
    """Return an answer to a question's canonical JSON as it is stored; one that was cut off is a failure."""
    text = _encodable(completion.text)
    failed = _CUT.get(completion.finish or "")
    finish, model = completion.finish, completion.model
    return Stored(key, body, text, finish, completion.tokens_in, completion.tokens_out, model, failed)


def unanswered(key: str, body: str, error: TransportError) -> Stored:
    """Return a failed call as it is stored."""
    return Stored(key, body, None, failed=error.kind, why=_encodable(str(error)))


def _spelled_out(messages: tuple[Message, ...], schema: Mapping[str, Any]) -> tuple[Message, ...]:
    """Return messages of which the last one by the user ends with the schema."""
    form = (
        f"Answer with one JSON object, and nothing else, that meets this JSON Schema:\n{orjson.dumps(schema).decode()}"
    )
    last = max((number for number, each in enumerate(messages) if each.role == "user"), default=None)
    if last is None:
        return (*messages, Message("user", form))
    longer = Message("user", f"{messages[last].content}\n\n{form}")
    return (*messages[:last], longer, *messages[last + 1 :])


def _correction(error: BadReply) -> str:
    return f"Your answer cannot be used: {error}.\nGive only the corrected answer, with nothing before or after it."


def _encodable(text: str) -> str:
    """Return a text without the halves of surrogate pairs that a provider's JSON may hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
