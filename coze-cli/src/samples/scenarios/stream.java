import java.io.IOException;

public static void main(String[] args) throws Exception {
    var body = $BODY;
    stream("$PATH", body, (event, data) -> {
        if (event.equals("conversation.message.delta")) {
            System.out.print(data.get("content").getAsString());
        } else if (event.equals("conversation.chat.failed")) {
            throw new IOException("the chat failed: " + data.get("last_error"));
        }
    });
    System.out.println();
}
