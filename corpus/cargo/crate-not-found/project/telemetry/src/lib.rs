/// Tells that a service has started.
pub fn started(service: &str) {
    println!("{service} started");
}
