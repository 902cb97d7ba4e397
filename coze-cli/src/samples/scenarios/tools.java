import com.google.gson.JsonArray;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

/** The functions that the bot calls, by the names of the tools of its local plugin. */
static final Map<String, Function<String, String>> TOOLS =
        Map.of("get_time", arguments -> Instant.now().toString());

public static void main(String[] args) throws Exception {
    var body = $BODY;
    answer("$PATH", body);
    System.out.println();
}

static void answer(String path, String body) throws Exception {
    stream(path, body, (event, data) -> {
        if (event.equals("conversation.message.delta")) {
            System.out.print(data.get("content").getAsString());
        } else if (event.equals("conversation.chat.requires_action")) {
            var ids = "?conversation_id=" + data.get("conversation_id").getAsString()
                    + "&chat_id=" + data.get("id").getAsString();
            answer("/v3/chat/submit_tool_outputs" + ids, outputs(data));
        }
    });
}

/** Runs the tools that a chat waits for. */
static String outputs(JsonObject chat) {
    var outputs = new JsonArray();
    var action = chat.getAsJsonObject("required_action");
    for (var each : action.getAsJsonObject("submit_tool_outputs").getAsJsonArray("tool_calls")) {
        var call = each.getAsJsonObject();
        var function = call.getAsJsonObject("function");
        var tool = TOOLS.get(function.get("name").getAsString());
        var output = new JsonObject();
        output.add("tool_call_id", call.get("id"));
        output.addProperty("output", tool.apply(function.get("arguments").getAsString()));
        outputs.add(output);
    }
    var body = new JsonObject();
    body.add("tool_outputs", outputs);
    body.addProperty("stream", true);
    return body.toString();
}
