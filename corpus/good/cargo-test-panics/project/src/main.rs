fn parse(line: &str) -> u32 {
    line.parse().expect("error: not a number")
}

fn unused() {}

fn main() {
    println!("{}", parse("17"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic]
    fn rejects_checksum_mismatch() {
        parse("checksum mismatch");
    }

    #[test]
    fn permission_denied_is_reported() {
        eprintln!("error: permission denied (os error 13)");
        assert!(std::fs::read("/nonexistent").is_err());
    }
}
