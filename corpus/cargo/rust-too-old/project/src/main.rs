fn main() {
    println!("{}", ledger::sum(&[3, 4]));
}
