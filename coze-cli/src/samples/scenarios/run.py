import time
from cozepy import WorkflowExecuteStatus

run = coze.workflows.runs.create($ARGS)
while True:
    history = coze.workflows.runs.run_histories.retrieve(
        workflow_id="$WORKFLOW_ID", execute_id=run.execute_id
    )
    if history.execute_status != WorkflowExecuteStatus.RUNNING:
        break
    time.sleep(1)
print(history.execute_status.value, history.output or history.error_message)
