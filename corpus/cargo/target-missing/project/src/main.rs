fn main() {
    println!("ingest 0.3.0");
}
