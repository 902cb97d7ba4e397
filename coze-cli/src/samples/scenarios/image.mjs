import { createReadStream } from "node:fs";
import { ChatEventType } from "@coze/api";

const image = await coze.files.upload({ file: createReadStream("example.png") });
const question = {
  role: "user",
  type: "question",
  content_type: "object_string",
  content: [
    { type: "text", text: "$QUESTION" },
    { type: "image", file_id: image.id },
  ],
};
for await (const { event, data } of coze.chat.stream($ARGS)) {
  if (event === ChatEventType.CONVERSATION_MESSAGE_DELTA) {
    process.stdout.write(data.content);
  }
}
console.log();
