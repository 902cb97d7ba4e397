"""Runs the Python package `openai` against `coze serve --mock`."""

import sys

import openai
from serving import serving

QUESTION = {"role": "user", "content": "Hello!"}
WEATHER = {"role": "user", "content": "What is the weather in Kunming?"}
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def completes(client):
    done = client.chat.completions.create(model="bot", messages=[QUESTION], user="ann")
    assert done.choices[0].message.content == "You said: Hello!", done
    assert done.choices[0].finish_reason == "stop", done
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens
    assert done.object == "chat.completion" and done.id.startswith("chatcmpl-")
    assert done.coze["conversation_id"], done


def streams(client):
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(
            model="bot",
            messages=[{"role": "user", "content": "[think Hm.] Hello!"}],
            stream=True,
            stream_options=options,
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "You said: Hello!", chunks
    reasoning = [getattr(delta, "reasoning_content", None) or "" for delta in deltas]
    assert "".join(reasoning) == "Hm.", chunks
    assert chunks[-1].usage.total_tokens > 0, chunks[-1]


def accumulates(client):
    """The helper of the package checks the order of the chunks."""
    with client.chat.completions.stream(model="bot", messages=[QUESTION]) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "You said: Hello!", final


def calls_tools(client):
    asked = client.chat.completions.create(model="bot", messages=[WEATHER])
    message = asked.choices[0].message
    assert asked.choices[0].finish_reason == "tool_calls", asked
    call = message.tool_calls[0]
    assert call.function.name == "get_weather" and "Kunming" in call.function.arguments
    result = {"role": "tool", "tool_call_id": call.id, "content": "22 °C"}
    messages = [WEATHER, message, result]
    answered = client.chat.completions.create(model="bot", messages=messages)
    text = answered.choices[0].message.content
    assert text == "The tool get_weather says: 22 °C.", answered


def sends_images(client):
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": IMAGE}},
    ]
    messages = [{"role": "user", "content": parts}]
    done = client.chat.completions.create(model="bot", messages=messages)
    assert "the image image.png (8 bytes)" in done.choices[0].message.content, done


def continues_conversations(client):
    raw = client.chat.completions.with_raw_response
    first = raw.create(model="bot", messages=[QUESTION])
    header = "x-coze-conversation-id"
    headers = {header: first.headers[header]}
    messages = [QUESTION, first.parse().choices[0].message, QUESTION]
    second = client.chat.completions.create(model="bot", messages=messages, extra_headers=headers)
    assert "This is turn 2" in second.choices[0].message.content, second


def responds(client):
    first = client.responses.create(model="bot", input="[think Hm.] Hello!", user="ann")
    assert first.output_text == "You said: Hello!", first
    assert first.status == "completed" and first.output[0].type == "reasoning", first
    assert first.usage.total_tokens == first.usage.input_tokens + first.usage.output_tokens
    second = client.responses.create(
        model="bot",
        input=[{"role": "user", "content": "Go on"}],
        instructions="Be brief.",
        previous_response_id=first.id,
    )
    assert "of our conversation" in second.output_text, second
    assert second.conversation.id == first.conversation.id


def streams_responses(client):
    events = list(client.responses.create(model="bot", input="Hello!", stream=True))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == "You said: Hello!", events
    assert events[-1].type == "response.completed", events
    with client.responses.stream(model="bot", input="[think Hm.] Hello!") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == "You said: Hello!"
    failing = "[answer Well] [fail 5000 Out of order]"
    events = list(client.responses.create(model="bot", input=failing, stream=True))
    assert events[-1].type == "response.failed", events
    assert "Out of order" in events[-1].response.error.message, events


def responds_with_tools(client):
    asked = client.responses.create(model="bot", input=WEATHER["content"])
    call = next(item for item in asked.output if item.type == "function_call")
    assert call.name == "get_weather" and "Kunming" in call.arguments
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "22 °C"}
    answered = client.responses.create(
        model="bot", input=[result], previous_response_id=asked.id
    )
    assert answered.output_text == "The tool get_weather says: 22 °C.", answered


def responds_to_images(client):
    parts = [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
    ]
    done = client.responses.create(model="bot", input=[{"role": "user", "content": parts}])
    assert "the image image.png (8 bytes)" in done.output_text, done


def runs_workflows(client):
    done = client.chat.completions.create(model="flow", messages=[QUESTION])
    assert '{"input":"Hello!"}' in done.choices[0].message.content, done
    with client.responses.stream(model="flow", input="Hello!") as stream:
        response = stream.until_done().get_final_response()
    assert '{"input":"Hello!"}' in response.output_text, response


def lists_models(client):
    assert [model.id for model in client.models.list()] == ["bot", "flow"]
    assert client.models.retrieve("bot").owned_by == "coze"


def raises_errors(client):
    try:
        client.chat.completions.create(model="other", messages=[QUESTION])
        raise AssertionError("an unknown model was accepted")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found" and error.param == "model", error
    try:
        client.with_options(api_key="wrong").models.list()
        raise AssertionError("a wrong key was accepted")
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key", error
    failing = [{"role": "user", "content": "[answer Well] [fail 5000 Out of order]"}]
    try:
        for _ in client.chat.completions.create(model="bot", messages=failing, stream=True):
            pass
        raise AssertionError("a failed stream was accepted")
    except openai.APIError as error:
        assert "Out of order" in str(error), error


STORIES = [
    completes,
    streams,
    accumulates,
    calls_tools,
    sends_images,
    continues_conversations,
    responds,
    streams_responses,
    responds_with_tools,
    responds_to_images,
    runs_workflows,
    lists_models,
    raises_errors,
]


def main(program):
    with serving(program) as (base_url, key):
        client = openai.OpenAI(
            base_url=base_url,
            api_key=key,
            max_retries=0,
            timeout=30,
            # By default, the package accepts responses that its types do not allow.
            _strict_response_validation=True,
        )
        for story in STORIES:
            story(client)
    print(f"openai {openai.__version__} for Python: {len(STORIES)} stories passed")


main(sys.argv[1])
