import { setTimeout } from "node:timers/promises";

const { execute_id } = await coze.workflows.runs.create($ARGS);
let history;
do {
  await setTimeout(1000);
  [history] = await coze.workflows.runs.history("$WORKFLOW_ID", execute_id);
} while (history.execute_status === "Running");
console.log(history.execute_status, history.output || history.error_message);
