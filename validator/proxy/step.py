"""What the session keeps of a request, and what it says is to be sent after a line was read."""

from dataclasses import dataclass

from validator.gate import Admission
from validator.proxy.question import Question
from validator.proxy.wire import Body, Broken, Message, RequestId, ToolCall


@dataclass(frozen=True, slots=True)
class Step:
    """What to send after a line was read, each None for nothing; `note` is for the person who runs the proxy.

    `message` is what was read where it goes on, `broken` why it does not where it could not be judged; `arguments` are
    those of a call that goes on with others than it came with. `question` is to be put to the client before the call
    goes anywhere, and `heard` says that the line was for the proxy itself.
    """

    upstream: bytes | None = None
    client: bytes | None = None
    note: str = ""
    message: Message | None = None
    broken: Broken | None = None
    arguments: Body | None = None
    question: Question | None = None
    heard: bool = False

    @property
    def request(self) -> RequestId | None:
        """The id of the tool call that goes to the server, if it is one."""
        return self.message.request if self.upstream is not None and isinstance(self.message, ToolCall) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server has not answered; `admission` and `since` belong to tool calls.

    One with a `question` is held: the server has not heard of it.
    """

    method: str
    modern: bool
    admission: Admission | None = None
    since: float = 0.0
    question: Question | None = None
