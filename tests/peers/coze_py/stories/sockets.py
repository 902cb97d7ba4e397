"""Speech and chats over WebSocket."""

import contextlib
import threading

from cozepy.websockets.audio import WebsocketsAudioClient
from cozepy.websockets.audio.speech import InputTextBufferAppendEvent
from cozepy.websockets.audio.transcriptions import InputAudioBufferAppendEvent
from cozepy.websockets.chat import ConversationMessageCreateEvent, WebsocketsChatBuildClient
from cozepy.websockets.ws import WebsocketsEventType

from support import BOT, known_bug

# The maximum wait for an event of a WebSocket.
PATIENCE = 30


@contextlib.contextmanager
def session(create, last, **arguments):
    """A session that collects its events. `wait` waits for the last one."""
    events, over = [], threading.Event()

    def collect(_, event):
        events.append(event)
        if isinstance(event, Exception) or event.event_type in (last, WebsocketsEventType.ERROR):
            over.set()

    def wait():
        # `client.wait()` returns only if no other event has arrived.
        assert over.wait(PATIENCE), events
        assert not isinstance(events[-1], Exception) and events[-1].event_type == last, events
        return events

    handlers = {event: collect for event in WebsocketsEventType if event != WebsocketsEventType.CLOSED}
    with create(on_event=handlers, **arguments)() as client:
        yield client, wait


def of(kind, events):
    return [event for event in events if event.event_type == kind]


def sockets(coze, base):
    # The constructor of `coze.websockets` accepts only https://. The clients that it creates accept
    # any address.
    known_bug("a WebSocket on this machine needs no TLS", ValueError, lambda: coze.websockets)
    address = base.replace("http://", "ws://")
    return WebsocketsAudioClient(address, coze._requester), WebsocketsChatBuildClient(address, coze._requester)


def story_a_spoken_text_and_its_transcription(coze, base):
    audio, _ = sockets(coze, base)
    text = "The train leaves at noon."
    with session(audio.speech.create, WebsocketsEventType.SPEECH_AUDIO_COMPLETED) as (client, wait):
        client.input_text_buffer_append(InputTextBufferAppendEvent.Data(delta=text))
        client.input_text_buffer_complete()
        pieces = of(WebsocketsEventType.SPEECH_AUDIO_UPDATE, wait())
    spoken = b"".join(piece.data.delta for piece in pieces)
    completed = WebsocketsEventType.TRANSCRIPTIONS_MESSAGE_COMPLETED
    with session(audio.transcriptions.create, completed) as (client, wait):
        for start in range(0, len(spoken), 4800):
            client.input_audio_buffer_append(InputAudioBufferAppendEvent.Data(delta=spoken[start : start + 4800]))
        client.input_audio_buffer_complete()
        updates = of(WebsocketsEventType.TRANSCRIPTIONS_MESSAGE_UPDATE, wait())
    assert updates[-1].data.content == text, updates


def story_a_chat_by_websocket(coze, base):
    _, chat = sockets(coze, base)
    completed = WebsocketsEventType.CONVERSATION_CHAT_COMPLETED
    with session(chat.create, completed, bot_id=BOT) as (client, wait):
        message = {"role": "user", "content_type": "text", "content": "Hello!"}
        client.conversation_message_create(ConversationMessageCreateEvent.Data(**message))
        events = wait()
    deltas = of(WebsocketsEventType.CONVERSATION_MESSAGE_DELTA, events)
    assert "".join(delta.data.content for delta in deltas) == "You said: Hello!"
    assert of(WebsocketsEventType.CONVERSATION_AUDIO_DELTA, events)
    assert events[0].event_type == WebsocketsEventType.CHAT_CREATED
