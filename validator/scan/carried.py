"""A frozen noun in, few bytes out: what crosses between processes thousands of times a second."""


class Carried:
    """A dataclass with slots that is pickled as the call that makes it, which takes half as long as the usual way."""

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """The class, and what to call it with: its slots are its fields, in order."""
        return type(self), tuple([getattr(self, name) for name in self.__slots__])
