"""What a person may say about the inputs of a scan."""

from dataclasses import dataclass, field

from validator.scan.inputs.opening import Meter


@dataclass(frozen=True, slots=True)
class Fields:
    """The names under which a record keeps its code and its identity."""

    code: str = "code"
    id: str = "id"


@dataclass(frozen=True, slots=True)
class Reading:
    """How inputs are read: names of fields, what files without a known ending are, and what is left out.

    `form` is a file ending such as `jsonl.gz`; `exclude` are patterns as in `.gitignore`.
    """

    fields: Fields = Fields()
    form: str = ""
    gitignore: bool = True
    exclude: tuple[str, ...] = ()
    meter: Meter = field(default_factory=Meter)
