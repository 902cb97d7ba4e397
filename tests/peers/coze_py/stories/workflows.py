"""Workflows and chatflows."""

from cozepy import CozeAPIError, WorkflowEventType, WorkflowMode

from support import ASKING_WORKFLOW, BOT, CHATFLOW, WORKFLOW, WORKSPACE, answers, known_bug, question, texts


def story_workflows_run(coze, base):
    runs = coze.workflows.runs
    run = runs.create(workflow_id=WORKFLOW, parameters={"city": "Kunming"})
    assert "Kunming" in run.data and run.debug_url, run
    run = runs.create(workflow_id=WORKFLOW, parameters={"city": "Kunming"}, is_async=True)
    statuses = []
    while not statuses or statuses[-1].value == "Running":
        history = runs.run_histories.retrieve(workflow_id=WORKFLOW, execute_id=run.execute_id)
        statuses.append(history.execute_status)
    assert statuses[-1].value == "Success" and "Kunming" in history.output, history
    for node in history.node_execute_status.values():
        ids = {"workflow_id": WORKFLOW, "execute_id": run.execute_id}
        nodes = runs.run_histories.execute_nodes
        assert nodes.retrieve(node_execute_uuid=node.node_execute_uuid, **ids).is_finish


def contents(events):
    return "".join(event.message.content for event in events if event.message)


def story_workflows_stream(coze, base):
    events = list(coze.workflows.runs.stream(workflow_id=WORKFLOW, parameters={"city": "Kunming"}))
    assert "Kunming" in contents(events)
    # A keep-alive event.
    assert {event.event for event in events if not event.message} == {WorkflowEventType.UNKNOWN}
    events = list(coze.workflows.runs.stream(workflow_id=ASKING_WORKFLOW))
    assert events[-1].event == WorkflowEventType.INTERRUPT, events
    interrupt = events[-1].interrupt.interrupt_data
    resumed = coze.workflows.runs.resume(
        workflow_id=ASKING_WORKFLOW,
        event_id=interrupt.event_id,
        resume_data="Monday",
        interrupt_type=interrupt.type,
    )
    assert "Monday" in contents(resumed)
    failing = coze.workflows.runs.stream(workflow_id=WORKFLOW, parameters={"text": "[fail 5000 Out of order]"})
    errors = [event.error for event in failing if event.event == WorkflowEventType.ERROR]
    assert [(error.error_code, error.error_message) for error in errors] == [(5000, "Out of order")]


def story_chatflows(coze, base):
    stream = coze.workflows.chat.stream(
        workflow_id=CHATFLOW, bot_id=BOT, additional_messages=[question("Hello!")], parameters={}
    )
    text, events = texts(stream)
    assert text and answers(events) == [text], text


def story_workflows_are_listed(coze, base):
    mode = {"workspace_id": WORKSPACE, "workflow_mode": WorkflowMode.WORKFLOW}
    known_bug("a member's name is sent, not its value", CozeAPIError, lambda: coze.workflows.list(**mode))
    listed = {workflow.workflow_id for workflow in coze.workflows.list(workspace_id=WORKSPACE, page_size=1)}
    assert {WORKFLOW, ASKING_WORKFLOW} <= listed, listed
    assert coze.workflows.retrieve(workflow_id=WORKFLOW).workflow_detail.workflow_id == WORKFLOW
    assert list(coze.workflows.versions.list(workflow_id=WORKFLOW))
