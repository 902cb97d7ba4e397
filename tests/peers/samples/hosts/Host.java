import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;

/** Runs Java samples: a class per line of the input, and END with the error after the output of each. */
public class Host {
    public static void main(String[] args) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            var error = new StringWriter();
            try {
                var main = Class.forName(line).getMethod("main", String[].class);
                main.invoke(null, (Object) new String[0]);
            } catch (InvocationTargetException thrown) {
                thrown.getCause().printStackTrace(new PrintWriter(error));
            }
            System.out.print("\n\0END " + error + "\0");
            System.out.flush();
        }
    }
}
