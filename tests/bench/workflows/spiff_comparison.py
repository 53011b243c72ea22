"""Run a fork of user tasks with SpiffWorkflow, in an interpreter of its own: Doorward does not depend on it.

The arguments are the sizes of forks. Each is run to its end, with the state saved as JSON after each decision, as a program has to that
must survive a restart. Printed as JSON: milliseconds a run, milliseconds a decision, and bytes of a saved execution.
"""

import json
import sys
import time

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

RUNS = 20


def diagram(size: int) -> str:
    """Return a process that forks into user tasks and joins them."""
    tasks = "".join(
        f'<userTask id="t{i}"><incoming>a{i}</incoming><outgoing>b{i}</outgoing></userTask>'
        f'<sequenceFlow id="a{i}" sourceRef="fork" targetRef="t{i}"/><sequenceFlow id="b{i}" sourceRef="t{i}" targetRef="join"/>'
        for i in range(size)
    )
    forks = "".join(f"<outgoing>a{i}</outgoing>" for i in range(size))
    joins = "".join(f"<incoming>b{i}</incoming>" for i in range(size))
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="http://bpmn.io/schema/bpmn">'
        '<process id="p" isExecutable="true"><startEvent id="start"><outgoing>s</outgoing></startEvent>'
        '<sequenceFlow id="s" sourceRef="start" targetRef="fork"/>'
        f'<parallelGateway id="fork"><incoming>s</incoming>{forks}</parallelGateway>{tasks}'
        f'<parallelGateway id="join">{joins}<outgoing>e</outgoing></parallelGateway>'
        '<sequenceFlow id="e" sourceRef="join" targetRef="end"/><endEvent id="end"><incoming>e</incoming></endEvent>'
        "</process></definitions>"
    )


def run(size: int) -> dict[str, float]:
    """Return the figures of a fork."""
    parser = BpmnParser()
    parser.add_bpmn_str(diagram(size).encode())
    spec, serializer, saved = parser.get_spec("p"), BpmnWorkflowSerializer(), ""
    began = time.perf_counter()
    for _ in range(RUNS):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        saved = serializer.serialize_json(workflow)
        while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
            ready[0].run()
            workflow.do_engine_steps()
            saved = serializer.serialize_json(workflow)
        assert workflow.is_completed()
    run_ms = (time.perf_counter() - began) * 1_000 / RUNS
    return {"run_ms": round(run_ms, 2), "decision_ms": round(run_ms / size, 2), "bytes": len(saved)}


print(json.dumps({size: run(int(size)) for size in sys.argv[1:]}))
