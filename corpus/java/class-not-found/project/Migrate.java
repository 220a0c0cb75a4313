public class Migrate {
    public static void main(String[] args) throws Exception {
        Class<?> driver = Class.forName("com.example.store.PostgresDriver");
        System.out.println(driver.getName());
    }
}
