"""Helpers that the stories share."""

import httpx
from cozepy import ChatEventType, CozeAPIError, Message, MessageType

# The ids that every mock has; see coze-mock/src/state.
USER = "2478774393201234"
WORKSPACE = "7361424235321600001"
BOT = "7342866812345000001"
WORKFLOW = "7366468917055000001"
ASKING_WORKFLOW = "7366468917055000002"
CHATFLOW = "7366468917055000003"
ENTERPRISE = "volcano_2100000001"
TEMPLATE = "7396737158901000001"
FOLDER = "7523161237887000001"
WEB_APP = "1000000000000000001.app.coze"
PKCE_APP = "1000000000000000002.app.coze"
DEVICE_APP = "1000000000000000003.app.coze"
JWT_APP = "1000000000000000004"


def known_bug(why, error, call):
    """Makes a call that fails because of a bug in cozepy, and fails once the bug is fixed."""
    try:
        call()
    except error:
        return
    raise AssertionError(f"cozepy has fixed this: {why}")


def refused(code, call):
    """Makes a call that the API refuses."""
    try:
        call()
    except CozeAPIError as error:
        assert error.code == code, error
        assert error.logid, error
        return
    raise AssertionError(f"it was not refused with {code}")


def create_without_cozepy(base, path, body):
    """Creates an entity for which cozepy has no call."""
    headers = {"Authorization": "Bearer pat_peer"}
    return httpx.post(base + path, json=body, headers=headers).json()["data"]


def question(text):
    return Message.build_user_question_text(text)


def texts(events):
    """Returns the deltas of a chat stream as one text, and its other events."""
    text, others = "", []
    for event in events:
        if event.event == ChatEventType.CONVERSATION_MESSAGE_DELTA:
            text += event.message.content
        else:
            others.append(event)
    return text, others


def answers(events):
    completed = ChatEventType.CONVERSATION_MESSAGE_COMPLETED
    messages = [event.message for event in events if event.event == completed]
    return [message.content for message in messages if message.type == MessageType.ANSWER]
