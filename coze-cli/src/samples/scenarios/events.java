import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

interface Handler {
    void handle(String event, JsonObject data) throws Exception;
}

/** Posts JSON and handles each event of the response. */
static void stream(String path, String json, Handler handler) throws Exception {
    var request = request("POST", path, "application/json", BodyPublishers.ofString(json));
    var event = "";
    try (var lines = CLIENT.send(request, BodyHandlers.ofLines()).body()) {
        for (var line : (Iterable<String>) lines::iterator) {
            if (line.startsWith("event:")) {
                event = line.substring("event:".length()).strip();
            } else if (line.startsWith("data:{") || line.startsWith("data: {")) {
                var data = JsonParser.parseString(line.substring("data:".length()));
                handler.handle(event, data.getAsJsonObject());
            } else if (line.startsWith("{")) {
                throw new IOException(line);
            }
        }
    }
}
