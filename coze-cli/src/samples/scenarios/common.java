import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

static final HttpClient CLIENT = HttpClient.newHttpClient();

static HttpRequest request(String method, String path, String kind, BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create("$BASE" + path))
            .header("authorization", "Bearer " + System.getenv("COZE_API_TOKEN"))
            .header("content-type", kind)
            .method(method, body)
            .build();
}

/** Sends a request and reads the JSON of its response. */
static JsonObject call(HttpRequest request) throws Exception {
    var reply = JsonParser.parseString(CLIENT.send(request, BodyHandlers.ofString()).body());
    var json = reply.getAsJsonObject();
    if (json.get("code").getAsInt() != 0) {
        throw new IOException(json.get("code") + ": " + json.get("msg"));
    }
    return json;
}

static JsonObject post(String path, String json) throws Exception {
    return call(request("POST", path, "application/json", BodyPublishers.ofString(json)));
}
