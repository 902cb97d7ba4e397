const { chat, messages } = await coze.chat.createAndPoll($ARGS);
if (chat.status !== "completed") {
  throw new Error(`The chat is ${chat.status}: ${chat.last_error?.msg}`);
}
for (const message of messages) {
  if (message.type === "answer") console.log(message.content);
}
