import com.google.gson.JsonArray;
import com.google.gson.JsonPrimitive;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.UUID;

public static void main(String[] args) throws Exception {
    var text = new JsonObject();
    text.addProperty("type", "text");
    text.addProperty("text", "$QUESTION");
    var image = new JsonObject();
    image.addProperty("type", "image");
    image.addProperty("file_id", upload(Path.of("example.png")));
    var content = new JsonArray();
    content.add(text);
    content.add(image);
    var body = $BODY;
    // The content is JSON inside a string.
    body = body.replace("\"CONTENT\"", new JsonPrimitive(content.toString()).toString());
    stream("$PATH", body, (event, data) -> {
        if (event.equals("conversation.message.delta")) {
            System.out.print(data.get("content").getAsString());
        }
    });
    System.out.println();
}

/** Uploads a file, and returns its id. */
static String upload(Path file) throws Exception {
    var boundary = UUID.randomUUID().toString();
    var head = "--" + boundary + "\r\ncontent-disposition: form-data; name=\"file\"; filename=\""
            + file.getFileName() + "\"\r\n\r\n";
    var body = BodyPublishers.concat(
            BodyPublishers.ofString(head),
            BodyPublishers.ofFile(file),
            BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
    var kind = "multipart/form-data; boundary=" + boundary;
    var reply = call(request("POST", "/v1/files/upload", kind, body));
    return reply.getAsJsonObject("data").get("id").getAsString();
}
