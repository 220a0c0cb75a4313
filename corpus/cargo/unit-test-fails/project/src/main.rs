/// Adds a fee of two percent, in cents.
pub fn with_fee(cents: u64) -> u64 {
    cents + cents / 20
}

fn main() {
    println!("{}", with_fee(1000));
}

#[cfg(test)]
mod tests {
    use super::with_fee;

    #[test]
    fn adds_two_percent() {
        assert_eq!(with_fee(1000), 1020);
    }
}
