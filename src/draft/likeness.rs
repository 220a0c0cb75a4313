//! Guesses what kind of failure a line tells of: that of the signatures whose own words it shares.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::signature::{Class, Owner, Retry, Role, Signature, SignatureDb};

/// Signatures that have a say.
const VOTERS: usize = 9;
/// A line less like the best of them than this (0 to 1) is like none.
const LEAST: f64 = 0.2;
/// A class with at least this part of the votes is a guess, with less it is only named.
const SURE: f64 = 0.5;

/// What the likest signatures say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The kind of failure.
    pub class: Class,
    /// Most of the likest signatures agree.
    pub sure: bool,
    /// Who acts.
    pub owner: Owner,
    /// Does another run help?
    pub retry: Retry,
    /// The likest signature of this class.
    pub like: String,
}

/// The words of a text that can tell one failure from another, in lower case, each once.
pub fn words(text: &str) -> Vec<String> {
    let mut known = HashSet::new();
    let all = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    all.filter(|word| word.len() > 1 && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|word| known.insert(word.clone()))
        .collect()
}

/// The kind of failure that a line tells of, where some signature's words are like it.
pub fn guess(line: &str, db: &SignatureDb) -> Option<Guess> {
    guess_among(line, db.signatures())
}

fn guess_among<'s>(line: &str, signatures: impl Iterator<Item = &'s Signature>) -> Option<Guess> {
    let causes: Vec<(&Signature, Vec<String>)> = signatures
        .filter(|signature| signature.role == Role::Cause && signature.class != Class::Unknown)
        .map(|signature| (signature, words(&format!("{} {}", signature.prose().sample, signature.title))))
        .collect();
    let mut spread: HashMap<&str, f64> = HashMap::new();
    for word in causes.iter().flat_map(|(_, words)| words) {
        *spread.entry(word).or_default() += 1.0;
    }
    // A word that few signatures have says more.
    let weight = |word: &str| (causes.len() as f64 / spread.get(word).copied().unwrap_or(1.0)).ln().powi(2);
    let wanted: HashSet<String> = words(line).into_iter().collect();
    let known = wanted.iter().filter(|word| spread.contains_key(word.as_str()));
    let size: f64 = known.map(|word| weight(word)).sum::<f64>().sqrt();
    let mut scored: Vec<(f64, &Signature)> = causes
        .iter()
        .map(|(signature, words)| {
            let shared: f64 = words.iter().filter(|word| wanted.contains(*word)).map(|word| weight(word)).sum();
            let own: f64 = words.iter().map(|word| weight(word)).sum::<f64>().sqrt();
            (if shared > 0.0 { shared / (size * own) } else { 0.0 }, *signature)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.truncate(VOTERS);
    if scored.first()?.0 < LEAST {
        return None;
    }
    let mut votes: BTreeMap<&str, f64> = BTreeMap::new();
    for (score, signature) in &scored {
        *votes.entry(signature.class.as_str()).or_default() += score * score;
    }
    let all: f64 = votes.values().sum();
    let (class, vote) = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (_, best) = scored.iter().find(|(_, signature)| signature.class.as_str() == class)?;
    let sure = vote >= SURE * all;
    Some(Guess { class: best.class, sure, owner: best.owner, retry: best.retry, like: best.id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each signature's first example is guessed as if the signature itself were not there.
    #[test]
    fn a_sure_guess_is_mostly_right() {
        let db = SignatureDb::built_in();
        let (mut right, mut wrong, mut silent) = (0, 0, 0);
        for signature in db.signatures().filter(|s| s.role == Role::Cause && s.class != Class::Unknown) {
            let others = db.signatures().filter(|other| other.id != signature.id);
            match guess_among(&signature.prose().sample, others).filter(|guess| guess.sure) {
                Some(guess) if guess.class == signature.class => right += 1,
                Some(_) => wrong += 1,
                None => silent += 1,
            }
        }
        println!("right {right}, wrong {wrong}, no guess {silent}");
        assert!(right >= 2 * wrong && right > 150, "right {right}, wrong {wrong}, no guess {silent}");
    }

    #[test]
    fn a_line_of_unknown_words_is_like_nothing() {
        assert_eq!(guess("cello violin bow", &SignatureDb::built_in()), None);
        assert_eq!(guess("", &SignatureDb::built_in()), None);
    }
}
