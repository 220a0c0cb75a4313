//! Secrets that are known by their names: `NPM_TOKEN=…`, `--password …`, `"auth": "…"`, `Authorization: Bearer …`, a line of
//! .netrc, and options of a few programs.

use std::ops::Range;

use super::{is_placeholder, is_unlike_words};

/// How a name of secrets is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It means a secret wherever something is assigned to it.
    Always,
    /// So it does, but it may be a word in a sentence, or stand for something harmless: then the value must look like a secret.
    Often,
    /// Only what is unlike a word is a secret.
    Doubtful,
    /// A header that holds credentials behind their kind.
    Header,
    /// The kind itself: `Bearer …`.
    Kind,
}

/// A word with which names of secrets end.
pub struct Name {
    /// The word, in lower case.
    pub word: &'static str,
    usage: Use,
    /// It may be glued to letters before it, as in `dbpassword`.
    glued: bool,
}

const fn name(word: &'static str, usage: Use, glued: bool) -> Name {
    Name { word, usage, glued }
}

/// Words with which names of secrets end.
pub static NAMES: &[Name] = &[
    name("password", Use::Always, true),
    name("passwd", Use::Always, true),
    name("passphrase", Use::Always, true),
    name("pwd", Use::Doubtful, true),
    name("pass", Use::Doubtful, false),
    name("secret", Use::Often, true),
    name("token", Use::Often, false),
    name("authtoken", Use::Always, true),
    name("apikey", Use::Often, true),
    name("api_key", Use::Often, true),
    name("api-key", Use::Often, true),
    name("access_key", Use::Often, true),
    name("access-key", Use::Often, true),
    name("accesskey", Use::Often, true),
    name("secret_key", Use::Often, true),
    name("secret-key", Use::Often, true),
    name("secretkey", Use::Often, true),
    name("private_key", Use::Often, true),
    name("encryption_key", Use::Often, true),
    name("signing_key", Use::Often, true),
    name("auth_key", Use::Often, true),
    name("accountkey", Use::Always, true),
    name("sharedaccesskey", Use::Always, true),
    name("sharedaccesssignature", Use::Always, true),
    name("credentials", Use::Doubtful, false),
    name("_key", Use::Doubtful, true),
    name("_auth", Use::Always, true),
    name("auth", Use::Doubtful, false),
    name("sas", Use::Doubtful, false),
    name("sig", Use::Doubtful, false),
    name("signature", Use::Doubtful, false),
    name("x-jfrog-art-api", Use::Always, false),
    name("authorization", Use::Header, false),
    name("cookie", Use::Header, false),
    name("bearer", Use::Kind, false),
];

/// Kinds of credentials in a header.
const KINDS: [&str; 8] = ["bearer", "basic", "token", "digest", "negotiate", "apikey", "ntlm", "aws4-hmac-sha256"];

/// Values that are none: what a program says of a secret, and types.
const WORDS: [&str; 62] = [
    "a",
    "an",
    "and",
    "any",
    "are",
    "argument",
    "as",
    "at",
    "bool",
    "but",
    "by",
    "can",
    "does",
    "empty",
    "expected",
    "expired",
    "false",
    "file",
    "flag",
    "for",
    "from",
    "has",
    "if",
    "in",
    "instead",
    "int",
    "invalid",
    "is",
    "may",
    "missing",
    "must",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "object",
    "of",
    "off",
    "on",
    "option",
    "optional",
    "or",
    "provided",
    "required",
    "set",
    "should",
    "stdin",
    "str",
    "string",
    "the",
    "this",
    "to",
    "true",
    "undefined",
    "unset",
    "value",
    "via",
    "was",
    "when",
    "with",
    "yes",
];

/// How a value is tied to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// `name=value`.
    Glued,
    /// `name = value`, `name: value`, `name => value`.
    Loose,
    /// `--name value`.
    Blank,
}

impl Name {
    /// The secret that belongs to the name that ends with the word at `hit`.
    pub fn find(&self, text: &str, hit: Range<usize>) -> Option<Range<usize>> {
        if self.usage == Use::Kind {
            return kind(text, hit);
        }
        let (start, end) = self.identifier(text, &hit)?;
        let name = text.get(start..end)?;
        let (tie, at, quote) = tie(text, end, name)?;
        let value =
            value(text, at, quote.as_deref(), self.usage == Use::Header || self.word == "sharedaccesssignature")?;
        if self.usage == Use::Header {
            return header(text, value);
        }
        let said = text.get(value.clone())?;
        let known = self.is_secret(text, start, name, tie, quote.is_some(), said);
        known.then_some(value)
    }

    /// Where the whole name starts and ends, if the word is its end.
    fn identifier(&self, text: &str, hit: &Range<usize>) -> Option<(usize, usize)> {
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let before = text.get(..hit.start)?.as_bytes();
        let start = hit.start - before.iter().rev().take_while(|byte| part(byte)).count();
        let last = before.last().copied().unwrap_or(b' ');
        let capital = text.as_bytes().get(hit.start).is_some_and(u8::is_ascii_uppercase);
        let apart = !last.is_ascii_alphanumeric()
            || (last.is_ascii_lowercase() && capital)
            || written_out(text.get(..hit.start)?);
        if !apart && !self.glued {
            return None;
        }
        // `TOKEN_2`, `PASSWORD_BASE64` and `tokens` are names of secrets; `token_count` and `password-stdin` are none.
        let rest = text.get(hit.end..)?;
        let after = rest.bytes().take_while(part_ref(&part)).count();
        let suffix = rest.get(..after)?.trim_start_matches(['_', '-']).to_ascii_lowercase();
        let known = suffix.is_empty()
            || suffix.bytes().all(|byte| byte.is_ascii_digit())
            || ["base64", "b64"].contains(&&*suffix);
        // `token.` ends a sentence.
        (known && !rest.get(..after)?.contains('.')).then_some((start, hit.end + after))
    }

    fn is_secret(&self, text: &str, start: usize, name: &str, tie: Tie, quoted: bool, value: &str) -> bool {
        let bare = value.trim_end_matches([',', '.', ':', ')']);
        if bare.is_empty() || is_placeholder(value) || WORDS.contains(&&*bare.to_ascii_lowercase()) || is_path(value) {
            return false;
        }
        let unlike = is_unlike_words(value) && !value.contains(['(', ')']);
        // Spelled like a variable of the environment, an option or a header.
        let shouted = name.contains('_') && !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let option = name.starts_with("--");
        let header = name.contains('-') && !option;
        match (self.usage, tie) {
            (Use::Always, Tie::Glued) => value.chars().count() >= 3 || (quoted && !value.is_empty()),
            (Use::Always, Tie::Blank) => value.chars().count() >= 3,
            (Use::Always, Tie::Loose) => quoted && !value.contains(' ') && value.len() >= 4 || unlike,
            (Use::Often, Tie::Glued) if shouted || option => value.chars().count() >= 4,
            (Use::Often, Tie::Glued) => {
                in_query(text, start) && value.len() >= 4 || value.len() >= 6 && !is_name(value)
            }
            (Use::Often, Tie::Blank) if option => value.len() >= 6,
            (Use::Often, Tie::Loose) if header => value.len() >= 8 && !value.contains(' ') && unlike,
            (Use::Doubtful, Tie::Glued) if shouted && name.to_ascii_lowercase().ends_with("pass") => value.len() >= 4,
            (Use::Doubtful, Tie::Glued) if name.eq_ignore_ascii_case("mysql_pwd") => value.len() >= 3,
            (Use::Doubtful, Tie::Glued) if shouted || in_query(text, start) => unlike && value.len() >= 8,
            (Use::Doubtful, Tie::Glued | Tie::Loose) => {
                let known = ["auth", "credentials"].contains(&self.word) && quoted;
                (known || self.word == "pwd") && unlike || self.word == "signature" && value.len() >= 32 && unlike
            }
            _ => unlike,
        }
    }
}

/// `is` for bytes that come by value.
fn part_ref(is: &impl Fn(&u8) -> bool) -> impl FnMut(&u8) -> bool {
    move |byte| is(byte)
}

/// Ends the text with an escape such as `\n` that was written out?
fn written_out(before: &str) -> bool {
    ["\\n", "\\r", "\\t"].iter().any(|escape| before.ends_with(escape))
}

/// Is the name one of the query of an address?
fn in_query(text: &str, start: usize) -> bool {
    text.get(..start).is_some_and(|before| before.ends_with(['?', '&', ';']) || before.ends_with("amp;"))
}

/// `/run/secrets/token`, `./key.pem`, `C:\keys`: where a secret is, not what it is.
fn is_path(value: &str) -> bool {
    let plain = |part: &str| !is_unlike_words(part) || part.contains('.') || part.contains(' ');
    let rooted = value.starts_with('/')
        || value.starts_with("./")
        || value.starts_with("~/")
        || value.contains(":\\")
        || value.starts_with("file:");
    rooted && value.split('/').all(plain)
}

/// Words joined by marks, without a digit: a name of something.
fn is_name(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_lowercase() || b"_-.:".contains(&byte))
        || value.bytes().all(|byte| byte.is_ascii_uppercase() || b"_-.:".contains(&byte))
        || value.contains(['(', '[', '{'])
}

/// What stands between a name that ends at `end` and its value: how they are tied, where the value starts, and in which quotes.
fn tie(text: &str, end: usize, name: &str) -> Option<(Tie, usize, Option<String>)> {
    let rest = text.get(end..)?;
    // The name itself may be quoted, also inside a string.
    let trimmed = rest.strip_prefix('\\').unwrap_or(rest);
    let trimmed = trimmed.strip_prefix(['"', '\'', '`']).unwrap_or(trimmed);
    let blank = blanks(trimmed);
    let (mark, tie) = match trimmed.get(blank..)? {
        after if after.starts_with("=>") || after.starts_with(":=") => (2, Tie::Loose),
        // A comparison.
        after if after.starts_with("==") => return None,
        after if after.starts_with('=') => (1, if blank == 0 { Tie::Glued } else { Tie::Loose }),
        after if after.starts_with("::") => return None,
        after if after.starts_with(':') => (1, Tie::Loose),
        _ if blank > 0 && name.starts_with('-') => (0, Tie::Blank),
        after if blank > 0 && !after.is_empty() => (0, netrc(text, end)?),
        _ => return None,
    };
    let behind = trimmed.get(blank + mark..)?;
    let gap = blanks(behind);
    let tie = if tie == Tie::Glued && gap > 0 { Tie::Loose } else { tie };
    let behind = behind.get(gap..)?;
    let quote = ["\\\"", "\\'", "\"", "'", "`"].into_iter().find(|quote| behind.starts_with(quote));
    if tie == Tie::Blank && behind.starts_with('-') {
        // The next option.
        return None;
    }
    let at = text.len() - behind.len() + quote.map_or(0, str::len);
    Some((tie, at, quote.map(str::to_owned)))
}

fn blanks(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).take(4).count()
}

/// How a word is tied to the name before it in a line of .netrc, `machine h login u password p`, or in what is left of one.
fn netrc(text: &str, end: usize) -> Option<Tie> {
    let words: Vec<&str> = text.get(..end)?.split_whitespace().rev().take(5).collect();
    match words.as_slice() {
        ["password", _, "login", ..] => Some(Tie::Blank),
        ["password"] if text.get(end..)?.split_whitespace().count() == 1 => Some(Tie::Loose),
        _ => None,
    }
}

/// The range of the value that starts at `at`, behind this quote if there is one.
fn value(text: &str, at: usize, quote: Option<&str>, whole: bool) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let length = match quote {
        Some(quote) if quote.len() > 1 => rest.find(quote).unwrap_or(rest.len()),
        Some(quote) => {
            let mut escaped = false;
            let end = rest.char_indices().find(|(_, c)| {
                let ends = quote.starts_with(*c) && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |(end, _)| end)
        }
        None if whole => rest.find(['"', '\'', '`']).unwrap_or(rest.len()),
        None => plain_value(rest),
    };
    let value = rest.get(..length)?.trim_end();
    (!value.is_empty()).then(|| at..at + value.len())
}

/// Length of a value without quotes: up to a blank, a quote, or what joins it to the next one.
fn plain_value(rest: &str) -> usize {
    let ends = |(at, c): &(usize, char)| match c {
        c if c.is_whitespace() => true,
        '"' | '\'' | '`' | '&' | ';' | '<' | '>' | '|' => true,
        ')' | ']' | '}' | ',' => {
            // Inside a secret it is followed by more of it.
            let next = rest.get(at + c.len_utf8()..).unwrap_or_default();
            let goes_on =
                next.bytes().next().is_some_and(|byte| byte.is_ascii_graphic() && !b"\"'`,;:)]}".contains(&byte));
            let named = next.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            !goes_on || (named > 0 && matches!(next.as_bytes().get(named), Some(b'=' | b':')))
        }
        _ => false,
    };
    rest.char_indices().find(ends).map_or(rest.len(), |(end, _)| end)
}

/// What is secret in the value of a header.
fn header(text: &str, value: Range<usize>) -> Option<Range<usize>> {
    let said = text.get(value.clone())?;
    let mut words = said.split_whitespace();
    let first = words.next()?;
    let has_kind = KINDS.contains(&&*first.to_ascii_lowercase());
    let credentials = if has_kind { said.get(first.len()..)?.trim_start() } else { said };
    let start = value.end - credentials.len();
    if credentials.starts_with("realm=")
        || is_placeholder(credentials)
        || WORDS.contains(&&*credentials.to_ascii_lowercase())
    {
        return None;
    }
    // Parameters and cookies go on behind a comma or a semicolon; anything else ends at a blank.
    let end = if credentials.contains('=') && credentials.contains([',', ';']) {
        credentials.len()
    } else {
        credentials.split_whitespace().next().map_or(0, str::len)
    };
    let said = credentials.get(..end)?.trim_end_matches([',', ';', ')', '.']);
    let enough = if has_kind { said.len() >= 4 } else { is_unlike_words(said) };
    enough.then(|| start..start + said.len())
}

/// `Bearer …`, wherever it stands.
fn kind(text: &str, hit: Range<usize>) -> Option<Range<usize>> {
    let apart = !text.get(..hit.start)?.ends_with(|c: char| c.is_ascii_alphanumeric());
    let rest = text.get(hit.end..)?;
    let gap = blanks(rest);
    let at = hit.end + gap;
    let said = text.get(at..at + plain_value(text.get(at..)?))?.trim_end_matches([',', '.', ')']);
    (apart && gap > 0 && said.len() >= 16 && is_unlike_words(said) && !is_placeholder(said))
        .then(|| at..at + said.len())
}

/// A program whose short options hold secrets.
pub struct Program {
    /// A word of its command line.
    pub word: &'static str,
    options: &'static [Short],
}

/// A short option with a secret.
enum Short {
    /// `-p secret`.
    Apart(&'static str),
    /// `-psecret`.
    Glued(&'static str),
    /// `-u user:secret`.
    WithUser(&'static str),
}

/// Programs whose short options hold secrets.
pub static PROGRAMS: &[Program] = &[
    Program { word: "docker login", options: &[Short::Apart("-p")] },
    Program { word: "podman login", options: &[Short::Apart("-p")] },
    Program { word: "buildah login", options: &[Short::Apart("-p")] },
    Program { word: "registry login", options: &[Short::Apart("-p")] },
    Program { word: "skopeo login", options: &[Short::Apart("-p")] },
    Program { word: "az login", options: &[Short::Apart("-p")] },
    Program { word: "oc login", options: &[Short::Apart("-p")] },
    Program { word: "sshpass", options: &[Short::Apart("-p"), Short::Glued("-p")] },
    Program { word: "mysql", options: &[Short::Glued("-p")] },
    Program { word: "mariadb", options: &[Short::Glued("-p")] },
    Program {
        word: "curl",
        options: &[
            Short::WithUser("-u"),
            Short::WithUser("--user"),
            Short::WithUser("-U"),
            Short::WithUser("--proxy-user"),
        ],
    },
];

impl Program {
    /// Adds the secrets among the words behind the program's name at `hit`.
    pub fn find(&self, text: &str, hit: Range<usize>, found: &mut Vec<Range<usize>>) {
        if text.get(..hit.start).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric())) {
            return;
        }
        let mut words = words(text, hit.end).peekable();
        while let Some((_, word)) = words.next() {
            if matches!(word, "&&" | "||" | "|" | ";") {
                return;
            }
            for option in self.options {
                let given = match option {
                    Short::Apart(short) if word == *short => words.peek().map(|(at, value)| (*at, *value)),
                    Short::Glued(short) => word
                        .strip_prefix(short)
                        .filter(|value| !value.is_empty() && !word.starts_with("--") && !value.starts_with(['=', '/']))
                        .map(|value| (offset(text, value), value)),
                    Short::WithUser(short) => {
                        let glued = word
                            .strip_prefix(short)
                            .map(|rest| rest.trim_start_matches('='))
                            .filter(|rest| !rest.is_empty());
                        let info = glued.or_else(|| words.peek().filter(|_| word == *short).map(|(_, value)| *value));
                        info.and_then(|info| Some(info.trim_matches(['"', '\'']).split_once(':')?.1))
                            .map(|secret| (offset(text, secret), secret))
                    }
                    Short::Apart(_) => None,
                };
                let Some((at, value)) = given else { continue };
                let inner = value.trim_matches(['"', '\'']);
                let at = at + value.find(inner).unwrap_or(0);
                // The digits of a port behind a host are no password.
                let port = matches!(option, Short::WithUser(_)) && inner.starts_with('/');
                if inner.len() >= 3 && !inner.starts_with('-') && !port && !is_placeholder(inner) {
                    found.push(at..at + inner.len());
                }
            }
        }
    }
}

/// The words of a text from `from` on, with where they start.
fn words(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    text.get(from..).unwrap_or_default().split_whitespace().map(move |word| (offset(text, word), word))
}

/// Where a part of a text starts in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::mask;

    #[test]
    fn what_is_assigned_to_a_name_is_masked() {
        for (text, masked) in [
            ("NPM_TOKEN=abcdef123456 npm ci", "NPM_TOKEN=[masked] npm ci"),
            ("export DB_PASSWORD='two words' && x", "export DB_PASSWORD='[masked]' && x"),
            ("curl --password hunter2222 https://example.org", "curl --password [masked] https://example.org"),
            ("tool --password=swordfish --verbose", "tool --password=[masked] --verbose"),
            (r#"{"password": "hunter two2"}"#, r#"{"password": "[masked]"}"#),
            (r#"{\"access_token\":\"abc123def456\"}"#, r#"{\"access_token\":\"[masked]\"}"#),
            ("password: hunter22x", "password: [masked]"),
            ("Server=x;Password=ab,c$d;Database=y", "Server=x;Password=[masked];Database=y"),
            ("GET /x?token=abcd1&page=2", "GET /x?token=[masked]&page=2"),
            ("//npm.example.org/:_authToken=abc-def-123", "//npm.example.org/:_authToken=[masked]"),
            ("machine example.org login bob password hunter", "machine example.org login bob password [masked]"),
            ("  password hunter22x", "  password [masked]"),
            ("Authorization: Bearer abc.def-ghi_jkl12345", "Authorization: Bearer [masked]"),
            ("-H 'Authorization: Basic Ym9iOmh1bnRlcg==' https://x", "-H 'Authorization: Basic [masked]' https://x"),
            ("> authorization: token 0123456789abcdef", "> authorization: token [masked]"),
            ("Cookie: a=b1; c=d2e3f4a5b6", "Cookie: [masked]"),
            ("X-Api-Key: 0a1b2c3d4e5f", "X-Api-Key: [masked]"),
            ("docker login -u bob -p hunter22 example.org", "docker login -u bob -p [masked] example.org"),
            ("mysql -uroot -phunter22 db", "mysql -uroot -p[masked] db"),
            ("curl -u bob:hunter22 https://example.org", "curl -u bob:[masked] https://example.org"),
            (r#""auth": "Ym9iOmh1bnRlcjIy""#, r#""auth": "[masked]""#),
        ] {
            assert_eq!(mask(text).0, masked);
        }
    }

    #[test]
    fn what_only_speaks_of_secrets_stays() {
        for plain in [
            "syntax error: unexpected token: expected ';'",
            "SyntaxError: Unexpected token 'export'",
            "Unexpected token: name (foo)",
            "invalid token in expression",
            "password authentication failed for user \"bob\"",
            "fatal: could not read Password for 'https://bob@example.org': terminal prompts disabled",
            "use --password-stdin instead of --password or -p",
            "the --token option is required",
            "TOKEN_FILE=/run/secrets/token",
            "NPM_TOKEN=$NPM_TOKEN npm ci",
            "NPM_TOKEN=*** npm ci",
            "let token = parser.next();",
            "token=None, password=None",
            "secretName: registry-login",
            "DB_PASSWORD_FILE=/run/secrets/db-password",
            "failed to read secret: open /run/secrets/npm_token: no such file",
            "The secret key 'password' is missing",
            "Cannot read property 'token' of undefined",
            "authorization failed: no basic auth credentials",
            "Authorization: denied",
            "www-authenticate: Bearer realm=\"https://example.org/token\",service=\"registry\"",
            "error: expected one of `,`, `:`, or `}`, found token: `;`",
            "--- PASS: TestToken (0.00s)",
            "cookies are disabled",
            "curl: (22) The requested URL returned error: 403",
            "curl -u bob https://example.org:8443/x",
        ] {
            assert_eq!(mask(plain), (plain.to_owned(), false));
        }
    }
}
