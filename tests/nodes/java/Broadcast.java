import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Broadcast: flood with acknowledgement and retry.
 *
 * A value goes on to every neighbour but the one it came from, and again and again until that
 * neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.
 */
final class Broadcast {
    private static final long RETRY_MILLIS = 500;

    private record Forward(String neighbour, Map<String, Object> body) {}

    private String nodeId;
    private List<?> neighbours = List.of();
    private final Set<Object> values = new LinkedHashSet<>();
    private final Map<Long, Forward> unacknowledged = new LinkedHashMap<>(); // by msg_id
    private long lastMsgId = 0;

    // Synchronized, as is retry: the timer's thread shares the fields and stdout.
    private synchronized void handle(Map<String, Object> message) {
        Map<String, Object> body = Json.object(message.get("body"));
        String type = (String) body.get("type");
        switch (type) {
            case "init" -> {
                nodeId = (String) body.get("node_id");
                reply(message, Map.of("type", "init_ok"));
            }
            case "topology" -> {
                neighbours = (List<?>) Json.object(body.get("topology")).get(nodeId);
                reply(message, Map.of("type", "topology_ok"));
            }
            case "broadcast" -> {
                reply(message, Map.of("type", "broadcast_ok"));
                learn(body.get("message"), message.get("src"));
            }
            case "broadcast_ok" -> unacknowledged.remove(body.get("in_reply_to"));
            case "read" -> reply(message, Map.of("type", "read_ok", "messages", values));
            default -> {
                if (!body.containsKey("in_reply_to")) {
                    String text = "this node knows no " + type;
                    reply(message, Map.of("type", "error", "code", 10, "text", text));
                }
            }
        }
    }

    private void learn(Object value, Object sender) {
        if (!values.add(value)) return; // It is already on its way.
        for (Object neighbour : neighbours) {
            if (neighbour.equals(sender)) continue;
            lastMsgId++;
            Forward forward = new Forward((String) neighbour,
                    Map.of("type", "broadcast", "msg_id", lastMsgId, "message", value));
            unacknowledged.put(lastMsgId, forward);
            send(forward.neighbour(), forward.body());
        }
    }

    private synchronized void retry() {
        for (Forward forward : unacknowledged.values()) send(forward.neighbour(), forward.body());
    }

    private void reply(Map<String, Object> request, Map<String, Object> body) {
        Map<String, Object> answer = new HashMap<>(body);
        answer.put("in_reply_to", Json.object(request.get("body")).get("msg_id"));
        send((String) request.get("src"), answer);
    }

    private void send(String dest, Map<String, Object> body) {
        System.out.println(Json.write(Map.of("src", nodeId, "dest", dest, "body", body)));
    }

    public static void main(String[] args) throws IOException {
        Broadcast node = new Broadcast();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        timer.scheduleAtFixedRate(node::retry, RETRY_MILLIS, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            node.handle(Json.readObject(line));
        }
        timer.shutdownNow(); // or its thread keeps the program going
    }
}
