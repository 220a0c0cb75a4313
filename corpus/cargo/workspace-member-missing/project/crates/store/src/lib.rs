/// Rows in the store.
pub fn rows() -> usize {
    0
}
