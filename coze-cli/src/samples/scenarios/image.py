from pathlib import Path
from cozepy import ChatEventType, Message, MessageObjectString

image = coze.files.upload(file=Path("example.png"))
question = Message.build_user_question_objects(
    [
        MessageObjectString.build_text("$QUESTION"),
        MessageObjectString.build_image(file_id=image.id),
    ]
)
for event in coze.chat.stream($ARGS):
    if event.event == ChatEventType.CONVERSATION_MESSAGE_DELTA:
        print(event.message.content, end="", flush=True)
print()
