import java.util.ArrayList;
import java.util.List;

public class Warmup {
    @SuppressWarnings("serial")
    static class StoreException extends RuntimeException {
        StoreException(Throwable cause) {
            super("store not reachable", cause);
        }
    }

    public static void main(String[] args) {
        List raw = new ArrayList();
        raw.add("403");
        try {
            new java.net.Socket("127.0.0.1", 54320).close();
        } catch (java.io.IOException e) {
            new StoreException(e).printStackTrace();
        }
        System.out.println("ERROR store offline, warmed up without it: " + raw);
    }
}
