//! Takes out of a line what belongs to one person or one network: a signature may be shared.

use once_cell::sync::Lazy;
use regex::{Captures, Regex};

use crate::diagnosis::mask;

/// What is replaced, and by what.
static PRIVATE: Lazy<Vec<(Regex, &'static str)>> = Lazy::new(|| {
    let shapes = [
        // The name in an address of mail, not that of `git@example.org:x`, which everybody has.
        (
            r"\b[A-Za-z0-9][\w.+-]*@(?P<host>[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b(?P<rest>:?)",
            "user@example.org$rest",
        ),
        (r"(?P<scheme>\b[a-z][a-z+]*://)(?:[^\s/@]*@)?(?P<host>[^\s/:]+)", "${scheme}host.example.org"),
        (r"(?P<home>(?:/home|/Users|/mnt/[a-z]/Users)/)[^/\s:]+", "${home}user"),
        (r"(?P<home>[A-Za-z]:\\Users\\)[^\\\s:]+", "${home}user"),
        (r"\b(?P<ip>(?:\d{1,3}\.){3}\d{1,3})\b(?P<port>:\d+)?", "192.0.2.10$port"),
    ];
    shapes.iter().filter_map(|(shape, by)| Some((Regex::new(shape).ok()?, *by))).collect()
});

/// The line without secrets, with the names of people, hosts and addresses of the network replaced by neutral ones. Those that stand for
/// nobody (`localhost`, `127.0.0.1`, `example.org`) stay.
pub fn scrubbed(line: &str) -> String {
    let mut text = mask(line).0;
    for (shape, by) in PRIVATE.iter() {
        let neutral = |found: &Captures<'_>| {
            let host = found.name("host").or(found.name("ip")).map_or("", |host| host.as_str());
            if stands_for_nobody(host) || found[0].starts_with("git@") {
                return found[0].to_owned();
            }
            let mut out = String::new();
            found.expand(by, &mut out);
            out
        };
        text = shape.replace_all(&text, neutral).into_owned();
    }
    text
}

fn stands_for_nobody(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let example = |name: &&str| host == **name || host.strip_suffix(*name).is_some_and(|rest| rest.ends_with('.'));
    matches!(host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0" | "169.254.169.254" | "host.docker.internal")
        || host.starts_with("127.")
        || ["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|net| host.starts_with(net))
        || ["example.org", "example.com", "example.net", "test", "invalid"].iter().any(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_somebody_is_replaced() {
        for (line, wanted) in [
            ("open /home/mary/cello/bow.c: no", "open /home/user/cello/bow.c: no"),
            (r"C:\Users\Mary\bow.cs(3,4)", r"C:\Users\user\bow.cs(3,4)"),
            ("GET https://nexus.cellos.co/repo/x: 403", "GET https://host.example.org/repo/x: 403"),
            ("dial tcp 10.1.2.3:443: refused", "dial tcp 192.0.2.10:443: refused"),
            ("by mary.bow@cellos.co", "by user@example.org"),
            ("git@cellos.co:x/y.git at 127.0.0.1:80", "git@cellos.co:x/y.git at 127.0.0.1:80"),
            (
                "http://localhost:3000/ and https://proxy.example.org/m",
                "http://localhost:3000/ and https://proxy.example.org/m",
            ),
            ("token=abcdef123456 v1.2.3.4", "token=[masked] v1.2.3.4"),
        ] {
            assert_eq!(scrubbed(line), wanted);
        }
    }
}
