import json
from datetime import datetime, timezone
from cozepy import ChatEventType, ToolOutput

# The functions that the bot calls, by the names of the tools of its local plugin.
tools = {
    "get_time": lambda arguments: datetime.now(timezone.utc).isoformat(),
}


def answer(events):
    for event in events:
        if event.event == ChatEventType.CONVERSATION_MESSAGE_DELTA:
            print(event.message.content, end="", flush=True)
        elif event.event == ChatEventType.CONVERSATION_CHAT_REQUIRES_ACTION:
            chat = event.chat
            outputs = []
            for call in chat.required_action.submit_tool_outputs.tool_calls:
                output = tools[call.function.name](json.loads(call.function.arguments))
                outputs.append(ToolOutput(tool_call_id=call.id, output=output))
            answer(
                coze.chat.submit_tool_outputs(
                    conversation_id=chat.conversation_id,
                    chat_id=chat.id,
                    tool_outputs=outputs,
                    stream=True,
                )
            )


answer(coze.chat.stream($ARGS))
print()
