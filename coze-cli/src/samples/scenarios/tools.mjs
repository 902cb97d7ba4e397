import { ChatEventType } from "@coze/api";

// The functions that the bot calls, by the names of the tools of its local plugin.
const tools = {
  get_time: () => new Date().toISOString(),
};

async function answer(events) {
  for await (const { event, data } of events) {
    if (event === ChatEventType.CONVERSATION_MESSAGE_DELTA) {
      process.stdout.write(data.content);
    } else if (event === ChatEventType.CONVERSATION_CHAT_REQUIRES_ACTION) {
      const calls = data.required_action.submit_tool_outputs.tool_calls;
      await answer(
        coze.chat.submitToolOutputs({
          conversation_id: data.conversation_id,
          chat_id: data.id,
          tool_outputs: calls.map((call) => ({
            tool_call_id: call.id,
            output: tools[call.function.name](JSON.parse(call.function.arguments)),
          })),
          stream: true,
        }),
      );
    }
  }
}

await answer(coze.chat.stream($ARGS));
console.log();
