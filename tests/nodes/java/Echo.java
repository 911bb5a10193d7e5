import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;

/** Echo: answers every request with the value that it carried. */
final class Echo {
    private static Map<String, Object> answer(Map<String, Object> body) {
        Map<String, Object> answer = new HashMap<>();
        switch ((String) body.get("type")) {
            case "init" -> answer.put("type", "init_ok");
            case "echo" -> {
                answer.put("type", "echo_ok");
                answer.put("echo", body.get("echo"));
            }
            default -> {
                answer.put("type", "error");
                answer.put("code", 10);
                answer.put("text", "this node knows no " + body.get("type"));
            }
        }
        answer.put("in_reply_to", body.get("msg_id"));
        return answer;
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Object> request = Json.readObject(line);
            System.out.println(Json.write(Map.of(
                    "src", request.get("dest"),
                    "dest", request.get("src"),
                    "body", answer(Json.object(request.get("body"))))));
        }
    }
}
