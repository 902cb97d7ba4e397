from cozepy import ChatEventType

for event in coze.chat.stream($ARGS):
    if event.event == ChatEventType.CONVERSATION_MESSAGE_DELTA:
        print(event.message.content, end="", flush=True)
    elif event.event == ChatEventType.CONVERSATION_CHAT_FAILED:
        raise SystemExit(f"The chat failed: {event.chat.last_error}")
print()
