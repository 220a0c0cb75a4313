record Invoice(int pieces, long price) {
    long total() {
        return pieces * price;
    }
}
