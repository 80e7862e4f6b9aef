"""The options that only `scan` has."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from validator.scan.run import Format

Paths: TypeAlias = Annotated[
    list[Path] | None, typer.Argument(metavar="PATH…", help="Files and folders; - is standard input.")
]
Form: TypeAlias = Annotated[Format, typer.Option("--format", help="What the report looks like.")]
Output: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report to this file.")]
Jobs: TypeAlias = Annotated[int, typer.Option(min=0, help="Worker processes; 0: one for each core.")]
Deadline: TypeAlias = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="What judging one piece of code may take.")
]
CodeField: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Where a record keeps the code.")]
IdField: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Where a record keeps its name.")]
As: TypeAlias = Annotated[
    str, typer.Option("--as", metavar="ENDING", help="What standard input and files of no known ending are: jsonl.gz …")
]
Exclude: TypeAlias = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="Leave out, as in .gitignore; repeatable.")
]
GitIgnore: TypeAlias = Annotated[
    bool, typer.Option("--gitignore/--no-gitignore", help="Leave out what .gitignore names.")
]
Comments: TypeAlias = Annotated[
    bool, typer.Option("--comments/--no-comments", help="Let `# validator: ignore[…]` in files accept findings.")
]
Baseline: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="An earlier report; only what is new counts.")
]
ShowConfig: TypeAlias = Annotated[bool, typer.Option("--show-config", help="Show what holds, and who says so.")]
