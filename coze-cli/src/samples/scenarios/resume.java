import java.io.IOException;

public static void main(String[] args) throws Exception {
    var body = $BODY;
    follow("$PATH", body);
    System.out.println();
}

static void follow(String path, String body) throws Exception {
    stream(path, body, (event, data) -> {
        if (event.equals("Message")) {
            System.out.print(data.get("content").getAsString());
        } else if (event.equals("Error")) {
            throw new IOException("the workflow failed: " + data);
        } else if (event.equals("Interrupt")) {
            var asked = data.getAsJsonObject("interrupt_data");
            var resume = new JsonObject();
            resume.addProperty("workflow_id", "$WORKFLOW_ID");
            resume.add("event_id", asked.get("event_id"));
            resume.add("interrupt_type", asked.get("type"));
            resume.addProperty("resume_data", "Monday"); // Ask the user instead.
            follow("/v1/workflow/stream_resume", resume.toString());
        }
    });
}
