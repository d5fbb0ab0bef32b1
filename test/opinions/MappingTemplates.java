import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.runtime.RuntimeConstants;

/**
 * Renders mapping templates with Apache Velocity 1.7, and what API Gateway puts beside it: {@code $input}, {@code $util} and
 * {@code $context}.
 *
 * <p>Reads a JSON array of exchanges from the first file, and writes what each gives to the second. What Velocity calls must be
 * public: the method and its class.
 *
 * <p>https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
public class MappingTemplates {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    VelocityEngine velocity = new VelocityEngine();
    velocity.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM_CLASS, "org.apache.velocity.runtime.log.NullLogChute");
    velocity.init();
    List<Object> rendered = new ArrayList<>();
    for (Object exchange : JSON.readValue(new File(args[0]), List.class)) {
      rendered.add(render(velocity, map(exchange)));
    }
    JSON.writeValue(new File(args[1]), rendered);
  }

  private static Map<String, Object> render(VelocityEngine velocity, Map<String, Object> exchange) {
    Map<String, Object> override = new OnceOnly();
    override.put("header", new OnceOnly());
    Map<String, Object> context = new LinkedHashMap<>(map(exchange.get("context")));
    context.put("responseOverride", override);
    VelocityContext names = new VelocityContext();
    names.put("context", context);
    names.put("input", new Input(exchange));
    names.put("util", new Util());
    Map<String, Object> result = new LinkedHashMap<>();
    try {
      StringWriter writer = new StringWriter();
      velocity.evaluate(names, writer, "template", (String) exchange.get("template"));
      result.put("text", writer.toString());
      result.put("status", override.get("status"));
      result.put("headers", override.get("header"));
    } catch (RuntimeException error) {
      result.put("error", String.valueOf(error.getMessage()));
    }
    return result;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** To override a header or the status twice fails the request. */
  public static class OnceOnly extends LinkedHashMap<String, Object> {
    @Override
    public Object put(String name, Object value) {
      if (containsKey(name)) {
        throw new IllegalStateException(name + " is overridden twice");
      }
      return super.put(name, value);
    }
  }

  /** {@code $input}. */
  public static class Input {
    private final Map<String, Object> exchange;

    Input(Map<String, Object> exchange) {
      this.exchange = exchange;
    }

    public String getBody() {
      return (String) exchange.get("body");
    }

    public Map<String, Object> params() {
      return Map.of("header", exchange.get("headers"), "path", exchange.get("path"), "querystring", Map.of());
    }

    /** The value at a definite path; empty text where there is none. */
    public Object path(String path) throws Exception {
      Object value = JSON.readValue(getBody(), Object.class);
      String[] names = path.split("\\.");
      for (int index = 1; index < names.length; index++) {
        value = value instanceof Map ? map(value).get(names[index]) : null;
      }
      return value == null ? "" : value;
    }
  }

  /** {@code $util}. */
  public static class Util {
    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeJavaScript(text);
    }

    public String base64Encode(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public Object parseJson(String text) throws Exception {
      return JSON.readValue(text, Object.class);
    }
  }
}
