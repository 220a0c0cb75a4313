fn mean(batch: &[f64]) -> f64 {
    batch.iter().sum::<f64>() / batch.len() as f64
}

fn main() {
    println!("{}", mean(&[1.0, 2.0]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values() {
        assert_eq!(mean(&[1.0, 2.0]), 1.5);
    }

    #[test]
    fn empty_batch() {
        assert_eq!(mean(&[]), 0.0);
    }
}
