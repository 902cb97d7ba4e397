import java.net.http.HttpRequest.BodyPublishers;

public static void main(String[] args) throws Exception {
    var body = $BODY;
    var id = post("$PATH", body).get("execute_id").getAsString();
    var path = "/v1/workflows/" + "$WORKFLOW_ID" + "/run_histories/" + id;
    JsonObject run;
    do {
        Thread.sleep(1000);
        var reply = call(request("GET", path, "application/json", BodyPublishers.noBody()));
        run = reply.getAsJsonArray("data").get(0).getAsJsonObject();
    } while (run.get("execute_status").getAsString().equals("Running"));
    System.out.println(run.get("execute_status").getAsString() + " " + run.get("output"));
}
