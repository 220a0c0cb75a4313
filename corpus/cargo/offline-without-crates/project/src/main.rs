fn main() {
    println!("{}", greet::text("ingest"));
}
