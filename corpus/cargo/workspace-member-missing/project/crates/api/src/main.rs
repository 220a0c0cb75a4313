fn main() {
    println!("{} rows", store::rows());
}
