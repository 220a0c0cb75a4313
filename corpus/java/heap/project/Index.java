import java.util.ArrayList;
import java.util.List;

public class Index {
    public static void main(String[] args) {
        List<long[]> pages = new ArrayList<>();
        for (int page = 0; page < 64; page++)
            pages.add(new long[128 * 1024]);
        System.out.println(pages.size() + " pages indexed");
    }
}
