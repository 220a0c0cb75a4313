public class Main {
    public static void main(String[] args) {
        Invoice invoice = new Invoice(3, 400);
        System.out.println(invoice.totalAmount());
    }
}
