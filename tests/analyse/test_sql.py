"""SQL leaves its tables by a few phrases: each names what it reaches, and ordinary statements name nothing."""

import pytest

from validator.analyse.sql import find_uses

USES = (
    ("COPY (SELECT 1) TO 'out.csv'", [("fs.write", {"path": "out.csv"})]),
    ("copy t to 's3://b/out.parquet' (format parquet)", [("network.connect", {"url": "s3://b/out.parquet"})]),
    ("EXPORT DATABASE 'folder'", [("fs.write", {"path": "folder"})]),
    ("ATTACH DATABASE 'other.db' AS x", [("fs.write", {"path": "other.db"})]),
    ("VACUUM INTO '/srv/copy.db'", [("fs.write", {"path": "/srv/copy.db"})]),
    ("SELECT 1 INTO OUTFILE '/srv/a'", [("fs.write", {"path": "/srv/a"})]),
    ("SELECT * FROM 'data.parquet'", [("fs.read", {"path": "data.parquet"})]),
    ("SELECT * FROM read_text('/etc/passwd')", [("fs.read", {"path": "/etc/passwd"})]),
    ("SELECT * FROM read_csv(['https://x.example/a'])", [("network.connect", {"url": "https://x.example/a"})]),
    ("SELECT pg_read_file('/etc/passwd')", [("fs.read", {"path": "/etc/passwd"})]),
    ("LOAD DATA LOCAL INFILE 'a.csv' INTO TABLE t", [("fs.read", {"path": "a.csv"})]),
    ("SELECT load_extension('evil.so')", [("native.load", {"library": "evil.so"})]),
    ("INSTALL httpfs; LOAD 'x.duckdb_extension'", [
        ("native.load", {"library": "httpfs"}), ("native.load", {"library": "x.duckdb_extension"})]),
    ("COPY t FROM PROGRAM 'id'", [("process.shell", {"command": "id"})]),
    ("EXEC xp_cmdshell 'whoami'", [("process.shell", {"command": "whoami"})]),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "wanted"), USES)
def test_what_a_statement_reaches_outside_its_tables_is_found(
    statement: str, wanted: list[tuple[str, dict[str, str]]]
) -> None:
    assert list(find_uses((statement,))) == wanted


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name, 'a/b' AS c FROM people WHERE city = '/etc/passwd'",
        "INSERT INTO t VALUES ('x', 'https://x.example/')",
        "SELECT EXTRACT(YEAR FROM '2020-01-01')",
        "SELECT * FROM 'table' JOIN \"other\" USING (id)",
        "UPDATE t SET a = 'load me' WHERE b LIKE '%to%'",
        "ATTACH ':memory:' AS scratch",
    ],
)
def test_an_ordinary_statement_reaches_nothing(statement: str) -> None:
    assert list(find_uses((statement,))) == []


def test_a_name_that_is_partly_known_keeps_what_is_known() -> None:
    ((capability, roles),) = find_uses(("COPY t TO '/srv/", None, ".csv'"))
    assert (capability, str(roles["path"])) == ("fs.write", "/srv/{…}.csv")
