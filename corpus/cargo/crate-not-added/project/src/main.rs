use greet::text;

fn main() {
    println!("{}", text("ingest"));
}
