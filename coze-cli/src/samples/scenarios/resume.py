from cozepy import WorkflowEventType


def follow(events):
    for event in events:
        if event.event == WorkflowEventType.MESSAGE:
            print(event.message.content, end="", flush=True)
        elif event.event == WorkflowEventType.ERROR:
            raise SystemExit(f"The workflow failed: {event.error.error_message}")
        elif event.event == WorkflowEventType.INTERRUPT:
            interrupt = event.interrupt.interrupt_data
            answer = "Monday"  # Ask the user instead.
            follow(
                coze.workflows.runs.resume(
                    workflow_id="$WORKFLOW_ID",
                    event_id=interrupt.event_id,
                    interrupt_type=interrupt.type,
                    resume_data=answer,
                )
            )


follow(coze.workflows.runs.stream($ARGS))
print()
