//! Which of some names is meant.

/// The name that differs least from `wanted`, if it differs so little that a slip is likely.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = wanted.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    names
        .filter(|name| *name != wanted)
        .map(|name| {
            let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &wanted.to_lowercase());
            (distance, name)
        })
        // Of names of one or two letters every other one would be near.
        .filter(|(distance, _)| *distance == 0 || (*distance <= allowed && length > 2))
        .min()
        .map(|(_, name)| name)
}

/// Do the two differ in the case of their letters only?
pub fn differ_in_case(a: &str, b: &str) -> bool {
    a != b && a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_likely_slips_count() {
        let near = |wanted, names: &[&'static str]| nearest(wanted, names.iter().copied());
        assert_eq!(near("configs", &["conf", "config", "src"]), Some("config"));
        assert_eq!(near("Readme.md", &["README.md", "Readme.me"]), Some("README.md"));
        assert_eq!(near("bulider", &["builder"]), Some("builder"));
        assert_eq!(near("app", &["web", "src"]), None);
        assert_eq!(near("a", &["b"]), None);
        assert_eq!(near("go.sum", &["go.mod"]), None);
    }
}
