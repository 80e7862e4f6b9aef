"""A server that breaks the rules of its pipes as the first argument says; what it hears is kept where the second says."""

import os
import sys
import time
from json import dumps, loads
from pathlib import Path

OUT = sys.stdout.buffer
FLOOD = 2_000
READY = b'{"jsonrpc":"2.0","method":"notifications/ready"}\n'


def say(data):
    """Write bytes now."""
    OUT.write(data)
    OUT.flush()


def answer(line, **result):
    """The line that answers a request."""
    result = {"content": [], **result}
    return dumps({"jsonrpc": "2.0", "id": loads(line)["id"], "result": result}).encode() + b"\n"


def exits_at_once(_lines):
    """Never hears anything."""
    sys.exit(4)


def closes_stdout(lines):
    """Lives on without a voice."""
    next(lines)
    os.close(1)
    for _ in lines:
        pass


def closes_stdin(lines):
    """Answers the first call, hears no more, and ends."""
    line = next(lines)
    os.close(0)
    say(answer(line))


def stops_within_an_answer(lines):
    """Ends in the middle of a line."""
    say(answer(next(lines))[:20])
    os._exit(5)


def ends_after_half_a_line_of_utf8(lines):
    """Its last line lacks its newline, and is whole."""
    say(answer(next(lines)).rstrip(b"\n"))


def hangs(lines):
    """Hears a call and never answers; not even the end of its input moves it."""
    next(lines)
    say(READY)
    time.sleep(600)


def never_reads(_lines):
    """Lets its pipe fill up."""
    say(READY)
    time.sleep(600)


def greets_with_junk(lines):
    """A banner, colours, bytes that are no text and half of a message before the first answer."""
    say(b"Welcome!\r\n\x1b[31mred\x1b[0m\n\xff\xfe\x00\n{\n[]\nnull\n" + b"\n" * 50)
    for line in lines:
        say(answer(line))


def says_junk_before_json_in_one_line(lines):
    """What is before the message spoils it; the next is whole."""
    say(b"debug: " + answer(next(lines)))
    for line in lines:
        say(answer(line))


def floods_with_junk(lines):
    """Many lines that nobody asked for, and an answer among them."""
    for line in lines:
        say(b"x" * 1_000 + b"\n" + b"y\n" * FLOOD + answer(line) + b"z\n" * FLOOD)


def floods_with_notifications(lines):
    """Many sound messages that nobody asked for, and an answer among them."""
    message = dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x" * 500}}).encode()
    for line in lines:
        say((message + b"\n") * FLOOD + answer(line))


def says_a_line_without_end(lines):
    """More than is kept of one line, then an answer."""
    line = next(lines)
    for _ in range(70):
        say(b"x" * 1_000_000)
    say(b"\n" + answer(line))


def answers_in_pieces(lines):
    """One byte at a time."""
    for line in lines:
        for byte in answer(line):
            say(bytes([byte]))


def answers_twice(lines):
    """And thrice, each time with another result."""
    for line in lines:
        say(answer(line, number=1) + answer(line, number=2) + answer(line, number=3))


def answers_before_it_is_asked(lines):
    """Answers to ids that a client is likely to use."""
    say(b"".join(answer(dumps({"id": number})) for number in (0, 1, 2, "1")))
    for line in lines:
        say(answer(line, asked=True))


def answers_backwards(lines):
    """All requests, the last first."""
    for line in reversed(list(lines)):
        say(answer(line))


def listen(heard):
    """The lines of the client, each kept before it is acted upon."""
    with heard.open("wb", buffering=0) as kept:
        for line in sys.stdin.buffer:
            kept.write(line)
            yield line


if __name__ == "__main__":
    globals()[sys.argv[1]](listen(Path(sys.argv[2])))
