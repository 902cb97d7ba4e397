"""Conversations, files, chats."""

import asyncio

from cozepy import (
    AsyncCoze,
    AsyncTokenAuth,
    ChatEventType,
    ChatStatus,
    Message,
    MessageContentType,
    MessageObjectString,
    MessageRole,
    MessageType,
    ToolOutput,
)
from cozepy.conversations.message.feedback import FeedbackType

from support import BOT, answers, question, refused, texts


def story_a_conversation_with_messages(coze, base):
    conversations = coze.conversations
    made = conversations.create(messages=[question("One")], bot_id=BOT, meta_data={"a": "b"})
    assert conversations.retrieve(conversation_id=made.id).meta_data == {"a": "b"}
    messages = conversations.messages
    for number in range(3):
        message = messages.create(
            conversation_id=made.id,
            role=MessageRole.USER,
            content=f"Number {number}",
            content_type=MessageContentType.TEXT,
        )
    messages.update(conversation_id=made.id, message_id=message.id, content="The last")
    assert messages.retrieve(conversation_id=made.id, message_id=message.id).content == "The last"
    shown = [message.content for message in messages.list(conversation_id=made.id, limit=2)]
    assert shown == ["The last", "Number 1", "Number 0", "One"], shown
    messages.delete(conversation_id=made.id, message_id=message.id)
    refused(4200, lambda: messages.retrieve(conversation_id=made.id, message_id=message.id))
    assert conversations.update(conversation_id=made.id, name="Numbers").name == "Numbers"
    assert made.id in [one.id for one in conversations.list(bot_id=BOT, page_size=1)]
    assert conversations.clear(conversation_id=made.id).conversation_id == made.id
    conversations.delete(conversation_id=made.id)
    refused(4200, lambda: conversations.retrieve(conversation_id=made.id))


def story_files(coze, base):
    file = coze.files.upload(file=("trains.txt", b"At noon."))
    assert coze.files.retrieve(file_id=file.id).bytes == 8
    parts = [MessageObjectString.build_text("What is it?"), MessageObjectString.build_file(file_id=file.id)]
    message = Message.build_user_question_objects(parts)
    stream = coze.chat.stream(bot_id=BOT, user_id="peer", additional_messages=[message])
    text, _ = texts(stream)
    assert "trains.txt" in text, text


def story_a_chat_that_streams(coze, base):
    stream = coze.chat.stream(bot_id=BOT, user_id="peer", additional_messages=[question("Hello!")])
    text, events = texts(stream)
    assert stream.response.logid
    assert answers(events) == [text] == ["You said: Hello!"], text
    assert events[-1].event == ChatEventType.CONVERSATION_CHAT_COMPLETED
    assert events[-1].chat.usage.token_count > 0


def story_a_chat_that_is_polled(coze, base):
    poll = coze.chat.create_and_poll(bot_id=BOT, user_id="peer", additional_messages=[question("Hello!")])
    assert poll.chat.status == ChatStatus.COMPLETED, poll.chat
    [answer] = [message for message in poll.messages if message.type == MessageType.ANSWER]
    assert answer.content == "You said: Hello!"
    ids = {"conversation_id": poll.chat.conversation_id, "message_id": answer.id}
    feedback = coze.conversations.messages.feedback
    feedback.create(feedback_type=FeedbackType.LIKE, **ids)
    feedback.delete(**ids)


def story_a_chat_that_calls_tools(coze, base):
    ask = question('[tool get_time {"zone":"UTC"}]When?')
    for stream in (True, False):
        _, events = texts(coze.chat.stream(bot_id=BOT, user_id="peer", additional_messages=[ask]))
        chat = events[-1].chat
        assert chat.status == ChatStatus.REQUIRES_ACTION, chat
        call = chat.required_action.submit_tool_outputs.tool_calls[0]
        assert (call.function.name, call.function.arguments) == ("get_time", '{"zone":"UTC"}')
        outputs = [ToolOutput(tool_call_id=call.id, output="noon")]
        reply = coze.chat.submit_tool_outputs(
            conversation_id=chat.conversation_id, chat_id=chat.id, tool_outputs=outputs, stream=stream
        )
        if stream:
            text, _ = texts(reply)
            assert "noon" in text, text
        else:
            assert reply.status == ChatStatus.IN_PROGRESS, reply
            ids = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
            assert any("noon" in message.content for message in coze.chat.messages.list(**ids))


def story_chats_that_fail_or_are_canceled(coze, base):
    failing = [question("[fail 5000 Out of order]")]
    events = list(coze.chat.stream(bot_id=BOT, user_id="peer", additional_messages=failing))
    assert events[-1].event == ChatEventType.CONVERSATION_CHAT_FAILED
    assert (events[-1].chat.last_error.code, events[-1].chat.last_error.msg) == (5000, "Out of order")
    chat = coze.chat.create(bot_id=BOT, user_id="peer", additional_messages=[question("[hold]")])
    ids = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
    again = {"conversation_id": chat.conversation_id, "additional_messages": [question("Hello?")]}
    refused(4016, lambda: coze.chat.create(bot_id=BOT, user_id="peer", **again))
    assert coze.chat.cancel(**ids).status == ChatStatus.CANCELED
    assert coze.chat.retrieve(**ids).status == ChatStatus.CANCELED


def story_everything_at_once(coze, base):
    async def all_of_them():
        peer = AsyncCoze(auth=AsyncTokenAuth("pat_peer"), base_url=base)

        async def one(number):
            text = ""
            messages = [question(f"Number {number}")]
            async for event in peer.chat.stream(bot_id=BOT, user_id="peer", additional_messages=messages):
                if event.event == ChatEventType.CONVERSATION_MESSAGE_DELTA:
                    text += event.message.content
            return text

        return await asyncio.gather(*(one(number) for number in range(20)))

    assert asyncio.run(all_of_them()) == [f"You said: Number {number}." for number in range(20)]
