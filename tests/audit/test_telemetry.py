"""What OpenTelemetry is told where it is set up, and that it is not even imported where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from validator.audit.telemetry import part_of

PROGRAM = """
import sys
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))
from tests.audit.records import make_record
from validator.audit.log import AuditLog
from validator.model.decision import Action

log = AuditLog(sys.argv[1])
number = log.append(make_record())
print(len(spans.get_finished_spans()))
log.settle(number, time=2.0, outcome="ok", milliseconds=5.0)
log.append(make_record(action=Action.REFUSE, tool="password=hunter2 " + "t" * 500))
print(any("hunter2" in span.attributes["validator.tool"] for span in spans.get_finished_spans()))
for span in spans.get_finished_spans():
    print(span.name, span.attributes["validator.action"], span.attributes.get("validator.outcome"), len(span.attributes["validator.tool"]))
for each in reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics:
    print(each.name, [sorted(point.attributes.items()) for point in each.data.data_points])
"""


def test_a_call_is_a_span_and_is_counted_under_bounded_labels(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk.trace", reason="opentelemetry-sdk IS NOT INSTALLED: spans are not tested")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "audit.jsonl")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], text=True, capture_output=True, check=True)
    assert done.stdout.splitlines() == [
        "0",
        "False",
        "tools/call forward ok 1",
        "tools/call refuse None 60",
        "validator.calls [[('action', 'forward'), ('part', '(allowed)'), ('verdict', 'allow')], "
        "[('action', 'refuse'), ('part', '(allowed)'), ('verdict', 'allow')]]",
        "validator.score [[('verdict', 'allow')]]",
        "validator.upstream.duration [[('outcome', 'ok')]]",
    ]


def test_nothing_is_imported_where_it_is_not_set_up(tmp_path: Path) -> None:
    program = (
        "import sys; from validator.audit.log import AuditLog; AuditLog(sys.argv[1])\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'sqlite3', 'psycopg', 'pyarrow'))])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "audit.jsonl")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], text=True, capture_output=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("(verdict)", "(verdict)"),
        ("/tools/whatever/deny_if/args.x-gt", "deny_if"),
        ("/all_tools/limits/calls", "limits"),
        ("/tools/a/rules/own name", "rules"),
        ("/something/else", "other"),
    ],
)
def test_the_label_of_a_rule_is_the_part_of_the_policy(rule: str, part: str) -> None:
    assert part_of(rule) == part
