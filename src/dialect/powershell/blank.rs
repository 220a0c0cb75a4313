//! The blank lines of stderr, where PowerShell made text of it: `docker build . 2>&1 | ForEach-Object ToString`.
//!
//! Each line of stderr is an error record, and the record of a blank line says the name of its exception instead of nothing. Source:
//! PowerShell/PowerShell, issue 23950, which pull request 24949 mended in 2025; Windows PowerShell 5.1 stays as it is.

/// What stands there for a blank line.
pub(in crate::dialect) const BLANK: &[u8] = b"System.Management.Automation.RemoteException";

/// A blank line, for what means one.
pub(in crate::dialect) fn blank(line: &[u8]) -> Option<&[u8]> {
    (line == BLANK).then_some(&[])
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{read, texts};

    #[test]
    fn the_name_of_the_exception_is_a_blank_line() {
        let log = "one\nSystem.Management.Automation.RemoteException\r\ntwo\nSystem.Management.Automation.RemoteException: x\n";
        assert_eq!(texts(log), ["one", "", "two", "System.Management.Automation.RemoteException: x"]);
        assert_eq!(read(log.as_bytes()).1.dialects(), ["powershell", "plain"]);
    }
}
