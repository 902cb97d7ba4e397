from cozepy import MessageType

poll = coze.chat.create_and_poll($ARGS)
if poll.messages is None:
    raise SystemExit(f"The chat is {poll.chat.status.value}: {poll.chat.last_error}")
for message in poll.messages:
    if message.type == MessageType.ANSWER:
        print(message.content)
