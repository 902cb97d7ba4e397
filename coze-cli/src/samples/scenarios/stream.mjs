import { ChatEventType } from "@coze/api";

for await (const { event, data } of coze.chat.stream($ARGS)) {
  if (event === ChatEventType.CONVERSATION_MESSAGE_DELTA) {
    process.stdout.write(data.content);
  } else if (event === ChatEventType.CONVERSATION_CHAT_FAILED) {
    throw new Error(`The chat failed: ${data.last_error.msg}`);
  }
}
console.log();
