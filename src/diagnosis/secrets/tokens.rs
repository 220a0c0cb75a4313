//! Tokens that are known by how they begin, or by a mark inside.
//!
//! The shapes are facts that their makers document, as gitleaks collects and keeps them (github.com/gitleaks/gitleaks,
//! `config/gitleaks.toml`; MIT). Lengths are taken a little shorter, so that a token that is cut is masked as well.

use std::ops::Range;

use super::MASK;

/// So many characters of a token that was cut are as good as nothing.
const CUT: usize = 3;

/// Characters that a token is made of behind its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Letters and digits.
    Plain,
    /// Those and `_`.
    Word,
    /// Those and `-`.
    Url,
    /// Those and `.`.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, `-`, `_`, `.`, `~`, `%`.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// Capital letters, digits and `-`.
    Capital,
    /// Digits.
    Digit,
}

impl Made {
    fn holds(self, byte: u8) -> bool {
        let extra: &[u8] = match self {
            Made::Hex => return byte.is_ascii_hexdigit(),
            Made::Digit => return byte.is_ascii_digit(),
            Made::Capital => return byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-',
            Made::Plain => b"",
            Made::Word => b"_",
            Made::Url => b"_-",
            Made::Dotted => b"_-.",
            Made::Base64 => b"_-.+/=~%",
        };
        byte.is_ascii_alphanumeric() || extra.contains(&byte)
    }

    fn ahead(self, text: &[u8]) -> usize {
        text.iter().take_while(|byte| self.holds(**byte)).count()
    }

    fn behind(self, text: &[u8]) -> usize {
        text.iter().rev().take_while(|byte| self.holds(**byte)).count()
    }
}

/// A token that begins with a fixed text.
pub struct Start {
    /// How it begins.
    pub start: &'static str,
    made: Made,
    /// The fewest characters behind the start.
    least: usize,
    /// The start is a name or a host that stays readable.
    stays: bool,
}

const fn start(start: &'static str, made: Made, least: usize) -> Start {
    Start { start, made, least, stays: false }
}

/// An address that is a secret behind its host.
const fn behind(start: &'static str, made: Made, least: usize) -> Start {
    Start { start, made, least, stays: true }
}

use Made::{Base64, Capital, Digit, Dotted, Hex, Plain, Url, Word};

/// Tokens by their start.
pub static STARTS: &[Start] = &[
    // GitHub
    start("ghp_", Plain, 20),
    start("gho_", Plain, 20),
    start("ghu_", Plain, 20),
    start("ghs_", Base64, 20),
    start("ghr_", Plain, 20),
    start("github_pat_", Word, 20),
    // GitLab
    start("glpat-", Dotted, 16),
    start("gldt-", Url, 16),
    start("glrt-", Dotted, 16),
    start("glrtr-", Dotted, 16),
    start("glcbt-", Dotted, 16),
    start("glptt-", Url, 16),
    start("glft-", Url, 16),
    start("glimt-", Url, 16),
    start("glagent-", Url, 16),
    start("gloas-", Url, 16),
    start("glsoat-", Url, 16),
    start("glffct-", Url, 16),
    start("GR1348941", Url, 16),
    start("_gitlab_session=", Plain, 16),
    // registries of packages and images
    start("npm_", Plain, 20),
    start("pypi-", Url, 40),
    start("dckr_pat_", Url, 16),
    start("dckr_oat_", Url, 16),
    start("rubygems_", Hex, 32),
    start("oy2", Plain, 43),
    start("CLOJARS_", Plain, 40),
    start("cio", Plain, 32),
    start("AKCp", Plain, 60),
    start("cmVmdGtu", Plain, 48),
    start("hf_", Plain, 30),
    start("api_org_", Plain, 30),
    // Amazon
    start("AKIA", Capital, 12),
    start("ASIA", Capital, 12),
    start("ABIA", Capital, 12),
    start("ACCA", Capital, 12),
    start("AGPA", Capital, 12),
    start("AROA", Capital, 12),
    start("ABSK", Base64, 80),
    start("bedrock-api-key-", Base64, 40),
    // Google
    start("AIza", Url, 30),
    start("ya29.", Dotted, 20),
    start("GOCSPX-", Url, 20),
    start("1//0", Url, 30),
    // Slack and other chats
    start("xoxb-", Url, 10),
    start("xoxp-", Url, 10),
    start("xoxa-", Url, 10),
    start("xoxr-", Url, 10),
    start("xoxs-", Url, 10),
    start("xoxo-", Url, 10),
    start("xoxe-", Url, 10),
    start("xoxe.xox", Url, 10),
    start("xapp-", Url, 20),
    behind("hooks.slack.com/services/", Base64, 20),
    behind("hooks.slack.com/workflows/", Base64, 20),
    behind("hooks.slack.com/triggers/", Base64, 20),
    behind("discord.com/api/webhooks/", Base64, 20),
    behind("discordapp.com/api/webhooks/", Base64, 20),
    behind("webhook.office.com/webhookb2/", Base64, 20),
    // signed data
    start("eyJ", Base64, 40),
    // HashiCorp
    start("hvs.", Url, 20),
    start("hvb.", Url, 20),
    start("hvr.", Url, 20),
    // clouds and their tools
    start("dop_v1_", Hex, 32),
    start("doo_v1_", Hex, 32),
    start("dor_v1_", Hex, 32),
    start("LTAI", Plain, 16),
    start("dapi", Hex, 32),
    start("pul-", Hex, 32),
    start("pscale_tkn_", Base64, 30),
    start("pscale_oauth_", Base64, 30),
    start("pscale_pw_", Base64, 30),
    start("fo1_", Url, 40),
    start("fm2_", Base64, 40),
    start("tskey-", Url, 20),
    start("sbp_", Hex, 32),
    start("nfp_", Plain, 32),
    start("v1.0-", Url, 100),
    start("sha256~", Url, 40),
    start("dp.pt.", Plain, 32),
    start("dp.st.", Dotted, 32),
    start("dp.ct.", Plain, 32),
    start("ops_eyJ", Base64, 60),
    start("A3-", Capital, 28),
    start("AGE-SECRET-KEY-1", Capital, 40),
    // CI systems and what they call
    start("CCIPAT_", Word, 30),
    start("bkua_", Plain, 32),
    start("squ_", Hex, 32),
    start("sqp_", Hex, 32),
    start("sqa_", Hex, 32),
    start("sgp_", Word, 40),
    start("sntrys_", Base64, 40),
    start("sntryu_", Hex, 40),
    start("glsa_", Word, 32),
    start("glc_", Base64, 32),
    start("NRAK-", Capital, 24),
    start("NRJS-", Hex, 16),
    start("NRII-", Url, 24),
    start("dt0c01.", Dotted, 60),
    start("API-", Capital, 26),
    start("ATATT3", Base64, 40),
    start("ATCTT3", Base64, 40),
    start("ATBB", Plain, 28),
    start("PMAK-", Url, 40),
    start("pnu_", Plain, 32),
    start("rdme_", Plain, 60),
    start("ico-", Plain, 30),
    start("figd_", Url, 30),
    start("lin_api_", Plain, 32),
    start("ntn_", Plain, 40),
    start("tfp_", Dotted, 40),
    // mail, money, models
    start("SG.", Dotted, 40),
    start("xkeysib-", Url, 60),
    start("xsmtpsib-", Url, 60),
    start("key-", Hex, 32),
    start("sk_live_", Plain, 16),
    start("sk_test_", Plain, 16),
    start("rk_live_", Plain, 16),
    start("rk_test_", Plain, 16),
    start("whsec_", Base64, 24),
    start("shpat_", Hex, 32),
    start("shpca_", Hex, 32),
    start("shppa_", Hex, 32),
    start("shpss_", Hex, 32),
    start("sq0atp-", Url, 20),
    start("sq0csp-", Url, 40),
    start("EAAA", Url, 56),
    start("shippo_live_", Hex, 32),
    start("shippo_test_", Hex, 32),
    start("EZAK", Plain, 54),
    start("EZTK", Plain, 54),
    start("duffel_live_", Url, 40),
    start("duffel_test_", Url, 40),
    start("FLWSECK", Url, 16),
    start("SK", Hex, 32),
    start("sk-", Url, 32),
    start("pplx-", Plain, 40),
    start("gsk_", Plain, 40),
    start("xai-", Plain, 60),
    start("r8_", Plain, 36),
];

impl Start {
    /// The token whose start stands at `hit`, whatever the case of its letters; `cut`: the text goes on.
    pub fn find(&self, text: &str, hit: Range<usize>, cut: bool) -> Option<Range<usize>> {
        if text.get(hit.clone()) != Some(self.start) || !begins(text, hit.start) {
            return None;
        }
        let rest = text.get(hit.end..)?;
        let length = self.made.ahead(rest.as_bytes());
        let start = if self.stays { hit.end } else { hit.start };
        if length > 0 && rest.get(length..)?.starts_with(MASK) {
            // The rest of it, on the next line, was known by itself.
            return Some(start..hit.end + length);
        }
        if cut && length == rest.len() && length >= CUT && self.start.len() > 2 && is_random(rest) {
            return Some(start..text.len());
        }
        let tail = rest.get(..length)?.trim_end_matches(['.', '%', '/']);
        // Names made of words have no digits, and no capitals in their middle.
        (tail.len() >= self.least && is_random(tail)).then_some(start..hit.end + tail.len())
    }
}

/// Can a token begin here? Not inside a word; but `\n` that was written out ends one.
fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let glued = before.ends_with(|c: char| c.is_ascii_alphanumeric());
    !glued || ["\\n", "\\r", "\\t", "%3D", "%20", "%3d"].iter().any(|escape| before.ends_with(escape))
}

/// Has it a digit, or large letters among small ones?
fn is_random(tail: &str) -> bool {
    let pairs = || tail.bytes().zip(tail.bytes().skip(1));
    tail.bytes().any(|byte| byte.is_ascii_digit())
        || pairs().filter(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase()).count() >= 2
}

/// A token with a fixed text inside.
pub struct Inside {
    /// The text.
    pub mark: &'static str,
    /// What stands before it, and how much: the fewest and the most characters.
    before: (Made, usize, usize),
    /// What stands behind it, and the fewest characters.
    after: (Made, usize),
}

/// Tokens by a mark inside.
pub static INSIDE: &[Inside] = &[
    // Terraform Cloud
    Inside { mark: ".atlasv1.", before: (Plain, 14, 14), after: (Url, 40) },
    // Azure: secrets of applications, DevOps, storage, functions, container registries
    Inside { mark: "Q~", before: (Dotted, 4, 4), after: (Base64, 28) },
    Inside { mark: "JQQJ99", before: (Plain, 40, 200), after: (Plain, 16) },
    Inside { mark: "+ASt", before: (Base64, 40, 200), after: (Base64, 4) },
    Inside { mark: "AzFu", before: (Base64, 40, 200), after: (Base64, 4) },
    Inside { mark: "AzSe", before: (Base64, 40, 200), after: (Base64, 4) },
    Inside { mark: "+ACR", before: (Base64, 40, 200), after: (Base64, 4) },
    // Telegram
    Inside { mark: ":AA", before: (Digit, 8, 10), after: (Url, 32) },
    // Mailchimp
    Inside { mark: "-us", before: (Hex, 32, 32), after: (Digit, 1) },
    // OpenAI
    Inside { mark: "T3BlbkFJ", before: (Url, 20, 200), after: (Url, 16) },
];

impl Inside {
    /// The token that has the mark at `hit`.
    pub fn find(&self, text: &str, hit: Range<usize>) -> Option<Range<usize>> {
        if text.get(hit.clone()) != Some(self.mark) {
            return None;
        }
        let (made, least, most) = self.before;
        let before = made.behind(text.get(..hit.start)?.as_bytes());
        let (made, enough) = self.after;
        let after = made.ahead(text.get(hit.end..)?.as_bytes());
        // More than the most is another thing, unless the mark may stand anywhere.
        let fits = before >= least && (before <= most) && after >= enough;
        let span = hit.start.checked_sub(before)?..hit.end + after;
        (fits && is_random(text.get(span.clone())?)).then_some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        super::super::spans(text, false).into_iter().filter_map(|span| text.get(span)).collect()
    }

    #[test]
    fn a_start_alone_is_no_token() {
        for text in [
            "npm_config_registry=x",
            "glpat-your-token-goes-here-please",
            "ask-me-anything-about-this-very-long-thing-1",
            "SKIP",
            "sk-learn",
            "keyboard",
            "API-GATEWAY-CONFIGURATION-FOR-ALL",
            "ASIATIC",
            "pypi-publish-action-for-all-the-many-things-that-we-do",
            "hf_hub_download",
            "eyJ",
            "ghp_short1",
            "disk-ABCdefGHI-0123456789-0123456789-01",
            "EAAA",
            "t1.micro Q~",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn starts_are_not_empty_and_stand_once() {
        let mut starts: Vec<&str> = STARTS.iter().map(|token| token.start).collect();
        assert!(starts.iter().all(|start| start.len() >= 2));
        starts.sort_unstable();
        let count = starts.len();
        starts.dedup();
        assert_eq!(starts.len(), count);
    }

    #[test]
    fn the_host_of_a_hook_stays() {
        let path = ["T0", "ABCDEF12/B0ABCDEF34/abcdefGHIJKL0123456789xy"].concat();
        let text = format!("POST https://hooks.slack.com/services/{path} failed");
        assert_eq!(found(&text), [path.as_str()]);
    }
}
