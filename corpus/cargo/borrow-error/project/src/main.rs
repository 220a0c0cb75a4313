fn total(entries: Vec<i64>) -> i64 {
    entries.iter().sum()
}

fn main() {
    let entries = vec![3, 4];
    let sum = total(entries);
    println!("{sum} in {} entries", entries.len());
}
