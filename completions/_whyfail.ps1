
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'whyfail' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'whyfail'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'whyfail' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('--no-echo', '--no-echo', [CompletionResultType]::ParameterName, 'Print the diagnosis only, not the log that comes through the pipe')
            [CompletionResult]::new('--echo', '--echo', [CompletionResultType]::ParameterName, 'Pass the log through also where the report''s format would forbid it; it then goes to standard error')
            [CompletionResult]::new('--exit-zero', '--exit-zero', [CompletionResultType]::ParameterName, 'End with 0 also for a failed build or a log that breaks off')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, pass its output through, and tell why it failed')
            [CompletionResult]::new('last', 'last', [CompletionResultType]::ParameterValue, 'Diagnose the last failed build out of BuildKit''s history; no pipe and no second build are needed')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Put whyfail into another tool: docker, so that a failed build says why by itself')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Show one signature: what it means and how to mend it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the signatures')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Test a folder of signatures: format, patterns, examples')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Draft a signature from a line of a log, or from a log that nothing explains')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'whyfail;run' {
            [CompletionResult]::new('--retry-exit-code', '--retry-exit-code', [CompletionResultType]::ParameterName, 'End with N (1 to 255) instead of the command''s own code when it failed and running it again may help. Not when a signal ended it or was sent to whyfail')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Give the command a terminal of its own, as large as this one: it prints as it does for a person. Standard output and error are then one. Not on Windows')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;last' {
            [CompletionResult]::new('--builder', '--builder', [CompletionResultType]::ParameterName, 'Only this builder''s history')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;setup' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Link the plugin `docker whyfail` and let docker ask it after a failed build')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'whyfail;setup;docker' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Take out what setup put in')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and change nothing')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;setup;help' {
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Link the plugin `docker whyfail` and let docker ask it after a failed build')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'whyfail;setup;help;docker' {
            break
        }
        'whyfail;setup;help;help' {
            break
        }
        'whyfail;explain' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;list' {
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'Only this failure class')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'Only this tool')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--classes', '--classes', [CompletionResultType]::ParameterName, 'List the failure classes instead')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;check' {
            [CompletionResult]::new('--good', '--good', [CompletionResultType]::ParameterName, 'The log of a build that went well: no signature may find a cause in it. May be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;new' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Draft from this log of a failure that nothing explains (- for standard input): its most suspicious line is taken, with the lines around it as an example')
            [CompletionResult]::new('--pick', '--pick', [CompletionResultType]::ParameterName, 'With --from: take the N-th of the suspicious lines')
            [CompletionResult]::new('--line', '--line', [CompletionResultType]::ParameterName, 'The line of the log that proves the failure; asked for on standard input without it and --from')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'The folder to write to')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;completions' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;man' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Write all pages to this folder')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated')
            [CompletionResult]::new('--ci', '--ci', [CompletionResultType]::ParameterName, 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none')
            [CompletionResult]::new('--outputs', '--outputs', [CompletionResultType]::ParameterName, 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most N causes')
            [CompletionResult]::new('--min-confidence', '--min-confidence', [CompletionResultType]::ParameterName, 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--signatures', '--signatures', [CompletionResultType]::ParameterName, 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Switch a signature off; `tool/*` means all of a tool. May be repeated')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Also look at these project files, read only: the folder that the build was given')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html')
            [CompletionResult]::new('--explain-ranking', '--explain-ranking', [CompletionResultType]::ParameterName, 'Show how each cause got its score')
            [CompletionResult]::new('--advise', '--advise', [CompletionResultType]::ParameterName, 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes')
            [CompletionResult]::new('--trust-repository', '--trust-repository', [CompletionResultType]::ParameterName, 'Let the repository''s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger''s change')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'whyfail;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, pass its output through, and tell why it failed')
            [CompletionResult]::new('last', 'last', [CompletionResultType]::ParameterValue, 'Diagnose the last failed build out of BuildKit''s history; no pipe and no second build are needed')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Put whyfail into another tool: docker, so that a failed build says why by itself')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Show one signature: what it means and how to mend it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the signatures')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Test a folder of signatures: format, patterns, examples')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Draft a signature from a line of a log, or from a log that nothing explains')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'whyfail;help;run' {
            break
        }
        'whyfail;help;last' {
            break
        }
        'whyfail;help;setup' {
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Link the plugin `docker whyfail` and let docker ask it after a failed build')
            break
        }
        'whyfail;help;setup;docker' {
            break
        }
        'whyfail;help;explain' {
            break
        }
        'whyfail;help;list' {
            break
        }
        'whyfail;help;check' {
            break
        }
        'whyfail;help;new' {
            break
        }
        'whyfail;help;completions' {
            break
        }
        'whyfail;help;man' {
            break
        }
        'whyfail;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
