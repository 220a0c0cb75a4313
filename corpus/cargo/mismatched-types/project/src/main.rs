fn size(line: &str) -> u32 {
    line.len()
}

fn main() {
    println!("{}", size("ingest"));
}
