from conftest import measured, within
from queues import queue, received
from test_pipes import pipe, put, table

NAMESPACE = "AWS/EventBridge/Pipes"


def test_a_pipe_reports_what_it_delivers(aws):
    source = table(aws, "pipe-metrics")
    url, arn = queue(aws, "pipe-metrics")
    pipe(aws, "pipe-metrics", source, arn)
    put(aws, "pipe-metrics", "1")
    received(aws, url)
    assert within(5, lambda: measured(aws, NAMESPACE, "Invocations", "Sum", PipeName="pipe-metrics")) == 1
    assert measured(aws, NAMESPACE, "ExecutionFailed", "Sum", PipeName="pipe-metrics") == 0


def test_a_pipe_reports_what_it_cannot_deliver(aws):
    source = table(aws, "pipe-failures")
    _url, arn = queue(aws, "pipe-failures")
    pipe(aws, "pipe-failures", source, f"{arn}-gone", MaximumRetryAttempts=0)
    put(aws, "pipe-failures", "1")
    assert within(5, lambda: measured(aws, NAMESPACE, "ExecutionFailed", "Sum", PipeName="pipe-failures")) == 1
