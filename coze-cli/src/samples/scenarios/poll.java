import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Set;

public static void main(String[] args) throws Exception {
    var body = $BODY;
    var chat = post("$PATH", body).getAsJsonObject("data");
    var ids = "?conversation_id=" + chat.get("conversation_id").getAsString()
            + "&chat_id=" + chat.get("id").getAsString();
    while (Set.of("created", "in_progress").contains(chat.get("status").getAsString())) {
        Thread.sleep(1000);
        chat = get("/v3/chat/retrieve" + ids).getAsJsonObject("data");
    }
    if (!chat.get("status").getAsString().equals("completed")) {
        throw new IOException("the chat is " + chat.get("status"));
    }
    for (var message : get("/v3/chat/message/list" + ids).getAsJsonArray("data")) {
        if (message.getAsJsonObject().get("type").getAsString().equals("answer")) {
            System.out.println(message.getAsJsonObject().get("content").getAsString());
        }
    }
}

static JsonObject get(String path) throws Exception {
    return call(request("GET", path, "application/json", BodyPublishers.noBody()));
}
