"""What the program has changed around it, and what it has put where it is not followed by name."""

from dataclasses import dataclass, field
from typing import Final

from validator.analyse.joins import either
from validator.analyse.values import NOTHING, Function, Instance, Value
from validator.model.catalog import Entry

PATH: Final = "pathlib.Path"


@dataclass(slots=True)
class Surroundings:
    """Folders that the program changed to, the last one is where it stands; links it made, and where they lead.

    `put` is what attributes and items of unknown objects were given, by their name; `generators` are those that may be
    sent something, and `sent` is what they were. `made` are the objects that libraries made, by their type.
    """

    folders: list[Value] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    put: dict[str, Value] = field(default_factory=dict)
    generators: dict[int, tuple[Function, tuple[object, ...]]] = field(default_factory=dict)
    sent: Value = NOTHING
    made: dict[str, Value] = field(default_factory=dict)

    def remember(self, made: Instance) -> Instance:
        """Keep an object that a library made, for when we lose sight of it."""
        before = self.made.get(made.type)
        self.made[made.type] = made if before is None else either(before, made)
        return made

    def remember_class(self, entry: Entry) -> None:
        """Count a class that is taken as a value as one that was called: who takes it may call it out of sight."""
        made = PATH if entry.signature.returns == "!path" else entry.signature.returns
        if made is not None and made not in self.made and made.rpartition(".")[2] == entry.name.rpartition(".")[2]:
            self.made[made] = Instance(made)
