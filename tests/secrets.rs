//! No report repeats a secret; names and hosts stay; what is no secret is shown. The echo passes everything on.
//!
//! Every token here is made when the test runs, of pieces and of characters that count up: none was ever valid, and no scanner
//! takes this file for a leak.

mod common;

use std::collections::BTreeMap;

use common::{Sandbox, corpus, diagnose};
use whyfail::diagnosis::{MASK, mask};
use whyfail::report::{self, Format, Style};
use whyfail::{Diagnosis, SignatureDb};

/// So many characters of an alphabet, in an order that looks like chance.
fn chars(alphabet: &str, count: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = (count as u32).wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        letters[(state >> 16) as usize % letters.len()]
    };
    (0..count).map(|_| next()).collect()
}

const ALL: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn all(count: usize) -> String {
    chars(ALL, count)
}

fn hex(count: usize) -> String {
    chars(HEX, count)
}

fn upper(count: usize) -> String {
    chars(UPPER, count)
}

/// Tokens that are known by themselves: their kind and one of them. The start comes in two pieces.
fn tokens() -> Vec<(&'static str, String)> {
    let of = |pieces: [&str; 2], rest: String| format!("{}{}{rest}", pieces[0], pieces[1]);
    let jwt = |kind: [&str; 2]| format!("{}{}{}.{}.{}", kind[0], kind[1], all(34), all(60), all(43));
    vec![
        ("GitHub, personal", of(["gh", "p_"], all(36))),
        ("GitHub, OAuth", of(["gh", "o_"], all(36))),
        ("GitHub, user to server", of(["gh", "u_"], all(36))),
        ("GitHub, server to server", of(["gh", "s_"], all(36))),
        ("GitHub, refresh", of(["gh", "r_"], all(36))),
        ("GitHub, fine-grained", of(["github", "_pat_"], format!("{}_{}", all(22), all(59)))),
        ("GitLab, personal", of(["gl", "pat-"], all(20))),
        ("GitLab, personal, routable", of(["gl", "pat-"], format!("{}.01.{}", all(27), all(9)))),
        ("GitLab, deploy", of(["gl", "dt-"], all(20))),
        ("GitLab, runner", of(["gl", "rt-"], all(20))),
        ("GitLab, runner registration", of(["GR13", "48941"], all(20))),
        ("GitLab, CI job", of(["gl", "cbt-"], format!("64_{}", all(20)))),
        ("GitLab, trigger", of(["gl", "ptt-"], hex(40))),
        ("GitLab, feed", of(["gl", "ft-"], all(20))),
        ("GitLab, agent", of(["gl", "agent-"], all(50))),
        ("GitLab, OAuth", of(["gl", "oas-"], all(64))),
        ("npm", of(["np", "m_"], all(36))),
        ("PyPI", of(["py", "pi-"], format!("AgEI{}", all(120)))),
        ("Docker Hub, personal", of(["dckr", "_pat_"], all(27))),
        ("Docker Hub, organisation", of(["dckr", "_oat_"], all(32))),
        ("RubyGems", of(["ruby", "gems_"], hex(48))),
        ("NuGet", of(["oy", "2"], chars("abcdefghijklmnopqrstuvwxyz0123456789", 43))),
        ("Cargo", of(["ci", "o"], all(32))),
        ("Artifactory", of(["AK", "Cp"], all(69))),
        ("Hugging Face", of(["h", "f_"], all(34))),
        ("AWS, access key", of(["AK", "IA"], upper(16))),
        ("AWS, temporary key", of(["AS", "IA"], upper(16))),
        ("AWS, Bedrock", of(["AB", "SK"], all(110))),
        ("Google, API key", of(["AI", "za"], all(35))),
        ("Google, access token", of(["ya", "29."], all(60))),
        ("Google, client secret", of(["GOC", "SPX-"], all(28))),
        ("Google, refresh token", of(["1/", "/0"], all(60))),
        ("Azure, client secret", format!("{}8Q~{}", all(3), all(34))),
        ("Azure DevOps", format!("{}JQQJ99{}", all(52), all(26))),
        ("Slack, bot", of(["xo", "xb-"], format!("123456789012-1234567890123-{}", all(24)))),
        ("Slack, user", of(["xo", "xp-"], format!("123456789012-123456789012-123456789012-{}", hex(32)))),
        ("Slack, app", of(["xa", "pp-"], format!("1-{}-1234567890123-{}", upper(11), hex(64)))),
        ("JWT", jwt(["ey", "J"])),
        ("Vault", of(["hv", "s."], all(95))),
        ("Terraform Cloud", format!("{}.atlasv1.{}", all(14), all(67))),
        ("DigitalOcean", of(["dop", "_v1_"], hex(64))),
        ("Databricks", of(["da", "pi"], hex(32))),
        ("Pulumi", of(["pu", "l-"], hex(40))),
        ("PlanetScale", of(["pscale", "_tkn_"], all(43))),
        ("Tailscale", of(["ts", "key-"], format!("auth-{}-{}", all(12), all(32)))),
        ("Supabase", of(["sb", "p_"], hex(40))),
        ("OpenShift", of(["sha256", "~"], all(43))),
        ("Doppler", of(["dp", ".pt."], all(43))),
        ("1Password", of(["ops_", "eyJ"], all(260))),
        ("age", of(["AGE-SECRET", "-KEY-1"], upper(58))),
        ("CircleCI", of(["CCI", "PAT_"], format!("{}_{}", all(22), hex(40)))),
        ("Buildkite", of(["bk", "ua_"], hex(40))),
        ("SonarQube", of(["sq", "p_"], hex(40))),
        ("Sourcegraph", of(["sg", "p_"], format!("{}_{}", hex(16), hex(40)))),
        ("Sentry", of(["sntry", "u_"], hex(64))),
        ("Grafana", of(["gl", "sa_"], format!("{}_{}", all(32), hex(8)))),
        ("New Relic", of(["NR", "AK-"], upper(27))),
        ("Dynatrace", of(["dt0", "c01."], format!("{}.{}", upper(24), upper(64)))),
        ("Atlassian", of(["ATA", "TT3"], all(180))),
        ("Bitbucket", of(["AT", "BB"], all(32))),
        ("Postman", of(["PM", "AK-"], format!("{}-{}", hex(24), hex(34)))),
        ("Figma", of(["fi", "gd_"], all(40))),
        ("Linear", of(["lin", "_api_"], all(40))),
        ("Notion", of(["nt", "n_"], all(46))),
        ("SendGrid", of(["S", "G."], format!("{}.{}", all(22), all(43)))),
        ("Mailgun", of(["ke", "y-"], hex(32))),
        ("Mailchimp", format!("{}-us12", hex(32))),
        ("Brevo", of(["xkey", "sib-"], format!("{}-{}", hex(64), all(16)))),
        ("Stripe", of(["sk", "_live_"], all(24))),
        ("Stripe, webhook", of(["wh", "sec_"], all(32))),
        ("Shopify", of(["shp", "at_"], hex(32))),
        ("Square", of(["sq0", "atp-"], all(22))),
        ("Twilio", of(["S", "K"], hex(32))),
        ("Telegram", format!("1234567890:AA{}", all(33))),
        ("OpenAI", of(["sk", "-"], format!("proj-{}T3BlbkFJ{}", all(58), all(58)))),
        ("Anthropic", of(["sk", "-ant-api03-"], format!("{}AA", all(93)))),
        ("Groq", of(["gs", "k_"], all(52))),
        ("Alibaba", of(["LT", "AI"], all(20))),
    ]
}

/// What is known by its name or its place: the kind, the line with `@` in place of the secret, and the secret.
fn named() -> Vec<(&'static str, String, String)> {
    let line = |kind, line: &str, secret: String| (kind, line.to_owned(), secret);
    vec![
        line("password in an address", "fatal: unable to access 'https://bob:@@git.example.org/x.git/'", all(12)),
        line("token in an address", "fatal: could not read from https://@@git.example.org/x.git", all(24)),
        line("database address", "error: connect postgres://app:@@db.example.org:5432/app failed", all(14)),
        line("option --password=", "error: tool --password=@ --host example.org failed", all(9)),
        line("option --password", "error: tool --password @ --host example.org failed", all(9)),
        line("option --token", "error: tool --token @ --host example.org failed", all(18)),
        line("docker login -p", "error: docker login -u bob -p @ registry.example.org failed", all(12)),
        line("mysql -p", "error: mysql -uroot -p@ --host=db.example.org failed", all(12)),
        line("curl -u", "error: curl -u bob:@ https://example.org/x failed", all(12)),
        line("variable _TOKEN", "error: NPM_TOKEN=@ npm publish failed at example.org", all(20)),
        line("variable _PASSWORD", "error: DB_PASSWORD=@ is wrong for db.example.org", all(10)),
        line("variable _SECRET", "error: CLIENT_SECRET='@' refused by example.org", all(20)),
        line("variable _KEY", "error: STRIPE_API_KEY=@ refused by example.org", all(20)),
        line("AWS, secret key", "error: aws_secret_access_key = @ refused by example.org", all(40)),
        line("AWS, session", "error: AWS_SESSION_TOKEN=@ expired at example.org", all(120)),
        line(
            "Azure, account key",
            "error: AccountName=x;AccountKey=@;EndpointSuffix=example.org failed",
            format!("{}==", all(86)),
        ),
        line(
            "Azure, shared access",
            "error: GET https://example.org/x?sv=2024&sig=@&se=1 failed",
            format!("{}%3D", all(43)),
        ),
        line("authorization, bearer", "error: example.org refused Authorization: Bearer @", all(30)),
        line("authorization, basic", "error: example.org refused 'Authorization: Basic @'", format!("{}==", all(22))),
        line("header of GitLab", "error: example.org refused PRIVATE-TOKEN: @", all(20)),
        line("header with a key", "error: example.org refused X-Api-Key: @", all(24)),
        line("cookie", "error: example.org refused Cookie: session=@", all(30)),
        line(".netrc", "error: machine git.example.org login bob password @ is refused", all(12)),
        line(".npmrc", "error: //npm.example.org/:_authToken=@ is refused", all(36)),
        line(
            ".dockerconfigjson",
            r#"error: {"auths":{"example.org":{"auth":"@"}}} is refused"#,
            format!("{}=", all(23)),
        ),
        line("JSON", r#"error: {"host":"example.org","password":"@"} is refused"#, all(12)),
        line("YAML", "error: example.org refused password: @", all(12)),
        line("query", "error: GET https://example.org/x?access_token=@&page=2 failed", all(20)),
        line(
            "webhook",
            "error: POST https://hooks.slack.com/services/@ failed, not example.org",
            format!("T{}/B{}/{}", upper(8), upper(10), all(24)),
        ),
    ]
}

fn render(diagnosis: &Diagnosis, format: Format) -> String {
    let mut out = Vec::new();
    let style = Style { explain_ranking: true, ..Style::default() };
    report::write(&mut out, format, std::slice::from_ref(diagnosis), &SignatureDb::built_in(), &style)
        .expect("a report");
    String::from_utf8(out).expect("UTF-8")
}

/// A stretch of the secret that stands in the text, if one does. Formats may wrap and escape, so that blanks do not count.
fn leak(text: &str, secret: &str) -> Option<String> {
    let length = secret.chars().count().min(9);
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect();
    let pieces: Vec<char> = secret.chars().collect();
    pieces.windows(length).map(|piece| piece.iter().collect::<String>()).find(|piece| plain.contains(piece.as_str()))
}

#[track_caller]
fn nothing_leaks(what: &str, diagnosis: &Diagnosis, secret: &str) {
    for format in Format::ALL {
        let text = render(diagnosis, *format);
        if let Some(piece) = leak(&text, secret) {
            panic!("{what} as {}: {piece} of {secret} in {text}", format.as_str());
        }
    }
}

fn failed(lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("Step 1/1 : RUN ./x\n ---> Running in c0ffee123456\n{lines}The command '/bin/sh -c ./x' returned a non-zero code: 1\n").into_bytes()
}

/// The same in every place that a report quotes.
fn places(line: &str, secret: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let mut places = BTreeMap::new();
    places.insert("a line", failed(&[line]));
    places.insert("a line beside", failed(&["one", line, "fatal: it failed", line, "two"]));
    places.insert(
        "a line that a signature knows",
        failed(&[
            &format!("/bin/sh: 1: {secret}: not found, {line}"),
            &format!("E: Unable to locate package {secret}"),
            line,
        ]),
    );
    places.insert("a step", format!("#7 [2/2] RUN {line}\n#7 0.1 error: it failed\n#7 ERROR: process \"/bin/sh -c {line}\" did not complete successfully: exit code: 1\n------\n > [2/2] RUN {line}:\n0.1 error: it failed\n------\nDockerfile:7\n--------------------\n   7 | >>> RUN {line}\n--------------------\nERROR: failed to solve: process \"/bin/sh -c {line}\" did not complete successfully: exit code: 1\n").into_bytes());
    places
}

#[test]
fn there_are_enough_kinds() {
    let (tokens, named) = (tokens(), named());
    assert!(tokens.len() >= 60 && named.len() >= 25, "{} and {}", tokens.len(), named.len());
    println!("{} kinds of tokens, {} that are named", tokens.len(), named.len());
}

#[test]
fn tokens_are_masked_wherever_they_stand() {
    for (kind, token) in tokens() {
        let line = format!("error: example.org refused the token {token} of bob");
        let (masked, _) = mask(&line);
        assert_eq!(masked, format!("error: example.org refused the token {MASK} of bob"), "{kind}");
        for (place, log) in places(&line, &token) {
            let diagnosis = diagnose(&log);
            nothing_leaks(&format!("{kind} in {place}"), &diagnosis, &token);
        }
    }
}

#[test]
fn what_is_named_is_masked_and_its_name_stays() {
    for (kind, line, secret) in named() {
        let line = line.replacen('@', &secret, 1);
        let (masked, found) = mask(&line);
        assert!(found && leak(&masked, &secret).is_none(), "{kind}: {masked}");
        assert!(masked.contains("example.org"), "{kind}: {masked}");
        for (place, log) in places(&line, "x") {
            let diagnosis = diagnose(&log);
            nothing_leaks(&format!("{kind} in {place}"), &diagnosis, &secret);
            assert!(render(&diagnosis, Format::Json).contains("example.org"), "{kind} in {place}");
        }
    }
}

#[test]
fn colours_and_characters_without_width_hide_no_secret() {
    for (kind, token) in tokens() {
        let middle = token.len() / 2;
        let (start, end) = token.split_at(middle);
        for (what, between) in [
            ("a colour", "\u{1b}[31m"),
            ("colours", "\u{1b}[0m\u{1b}[1;38;5;196m"),
            ("a colour that was written out", "\\u001b[31m"),
            ("a colour without its escape", "[31m"),
            ("a link", "\u{1b}]8;;https://example.org\u{7}"),
            ("no width", "\u{200b}"),
            ("a joiner", "\u{2060}"),
            ("a NUL", "\0"),
            ("a bell", "\u{7}"),
        ] {
            let line = format!("error: example.org refused {start}{between}{end} of bob");
            let diagnosis = diagnose(&failed(&[&line]));
            let text = render(&diagnosis, Format::Json);
            for part in [start, end] {
                let leak = leak(&text, part).filter(|_| part.len() > 12);
                assert_eq!(leak, None, "{kind} with {what}: {text}");
            }
        }
    }
}

#[test]
fn a_lines_end_hides_no_secret() {
    for (kind, token) in tokens().into_iter().filter(|(_, token)| token.len() <= 120) {
        let line =
            format!("error: the registry at example.org refused {token} of the user bob, who may not push to it");
        for width in (40..100).step_by(3) {
            let pieces: Vec<&str> =
                line.as_bytes().chunks(width).map(|piece| std::str::from_utf8(piece).expect("ASCII")).collect();
            let diagnosis = diagnose(&failed(&pieces));
            for format in Format::ALL {
                let text = render(&diagnosis, *format);
                // What the first lines hold may be shorter than what is told apart from a word.
                let long: Vec<char> = token.chars().collect();
                let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect();
                let left = long
                    .windows(long.len().min(16))
                    .map(|piece| piece.iter().collect::<String>())
                    .find(|piece| plain.contains(piece.as_str()));
                assert_eq!(left, None, "{kind} at {width} as {}: {text}", format.as_str());
            }
        }
    }
}

#[test]
fn private_keys_are_masked_line_by_line() {
    for kind in ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""] {
        let head = format!("-----BEGIN {kind}{} KEY-----", "PRIVATE");
        let foot = head.replace("BEGIN", "END");
        let body: Vec<String> =
            (0..12).map(|at| chars(ALL, 64 + at % 2 * 6)).map(|line| line[..64].to_owned()).collect();
        for failing in 0..body.len() {
            let mut lines: Vec<&str> = vec!["error: could not parse the key", &head];
            lines.extend(body.iter().map(String::as_str));
            lines.extend(["aB3dE9==", &foot]);
            lines.insert(2 + failing, "error: bad line");
            let text = render(&diagnose(&failed(&lines)), Format::Json);
            for line in &body {
                assert_eq!(leak(&text, line), None, "{text}");
            }
            assert!(!text.contains("aB3dE9=="), "{text}");
        }
    }
}

#[test]
fn a_secret_of_one_line_is_one_on_every_other() {
    let secret = all(16);
    let log = failed(&[
        &format!("+ NPM_TOKEN={secret} ./publish"),
        &format!("fatal: {secret} is not valid"),
        &format!("/bin/sh: 1: {secret}: not found"),
    ]);
    let text = render(&diagnose(&log), Format::Json);
    let shown = text.matches(MASK).count();
    assert!(shown > 0, "{text}");
    let line = format!("fatal: {secret}");
    // Where the line that names it is shown as proof, it is masked everywhere.
    let diagnosis = diagnose(&failed(&[&format!("error: NPM_TOKEN={secret} is refused"), &line]));
    let proofs = diagnosis.suspicious.iter().any(|line| line.evidence.masked);
    assert!(proofs, "{diagnosis:#?}");
}

#[test]
fn a_masked_value_makes_no_command() {
    let token = format!("{}{}{}", "gh", "p_", all(36));
    for log in [format!("E: Unable to locate package {token}"), format!("/bin/sh: 1: {token}: not found")] {
        let diagnosis = diagnose(&failed(&[&log]));
        assert!(!diagnosis.causes.is_empty(), "{log}");
        for remedy in diagnosis.causes.iter().flat_map(|cause| &cause.remedies) {
            assert!(remedy.commands.iter().all(|command| !command.contains(MASK)), "{remedy:#?}");
        }
    }
}

#[test]
fn the_echo_passes_bytes_as_they_are() {
    let sandbox = Sandbox::new();
    let (_, token) = tokens().remove(0);
    let mut log = failed(&[&format!("error: TOKEN={token}"), "::error::x", "##[error]y", "\u{1b}]0;x\u{7}\u{202e}"]);
    log.extend(b"error: \xff\xfe\0\r\n last");
    let ended = sandbox.pipe(&log, &[]);
    assert_eq!(ended.bytes.get(..log.len()), Some(&log[..]));
    let report = String::from_utf8_lossy(&ended.bytes[log.len()..]).into_owned();
    assert!(report.contains("── whyfail") && leak(&report, &token).is_none(), "{report}");
    let mut command = sandbox.whyfail(&[]);
    command.env("CI", "true").env("GITHUB_ACTIONS", "true");
    assert_eq!(common::feed(command, &log).bytes.get(..log.len()), Some(&log[..]), "in CI, too");
}

/// Every line that a report shows, with its neighbours.
fn shown(diagnosis: &Diagnosis) -> Vec<&str> {
    let causes = diagnosis.causes.iter().flat_map(|cause| &cause.evidence);
    let symptoms = diagnosis.symptoms.iter().flat_map(|symptom| &symptom.evidence);
    let suspicious = diagnosis.suspicious.iter().map(|line| &line.evidence);
    causes
        .chain(symptoms)
        .chain(suspicious)
        .flat_map(|evidence| {
            let context = evidence.context.before.iter().chain(&evidence.context.after);
            std::iter::once(&evidence.text).chain(context)
        })
        .map(String::as_str)
        .collect()
}

/// What the recorded logs hold that is rightly masked, by a piece of its line.
const RIGHTLY: [&str; 0] = [];

#[test]
fn next_to_nothing_is_masked_that_is_no_secret() {
    let mut lines = 0usize;
    let mut wrong: Vec<String> = Vec::new();
    for path in corpus() {
        let diagnosis = diagnose(&std::fs::read(&path).expect("a log"));
        for line in shown(&diagnosis) {
            lines += 1;
            if line.contains(MASK) && !RIGHTLY.iter().any(|known| line.contains(known)) {
                wrong.push(format!("{}: {line}", path.display()));
            }
        }
    }
    println!("{} of {lines} lines of evidence are masked that hold no secret", wrong.len());
    assert!(wrong.len() * 1_000 <= lines, "{} of {lines}:\n{}", wrong.len(), wrong.join("\n"));
}
