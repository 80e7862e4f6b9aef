from typing import Any

class _Result:
    x: Any
    status: int
    message: str

def linprog(c: Any, A_ub: Any = ..., b_ub: Any = ..., *, bounds: Any = ..., method: str = ...) -> _Result: ...
