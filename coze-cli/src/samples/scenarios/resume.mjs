async function follow(events) {
  for await (const { event, data } of events) {
    if (event === "Message") {
      process.stdout.write(data.content);
    } else if (event === "Error") {
      throw new Error(`The workflow failed: ${data.error_message}`);
    } else if (event === "Interrupt") {
      const { event_id, type } = data.interrupt_data;
      const answer = "Monday"; // Ask the user instead.
      await follow(
        coze.workflows.runs.resume({
          workflow_id: "$WORKFLOW_ID",
          event_id,
          interrupt_type: type,
          resume_data: answer,
        }),
      );
    }
  }
}

await follow(coze.workflows.runs.stream($ARGS));
console.log();
