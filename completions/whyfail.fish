# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_whyfail_global_optspecs
    string join \n o/output= ci= outputs= C/context= top= min-confidence= color= explain-ranking signatures= disable= project= advise trust-repository strict config= no-config no-echo echo exit-zero f/format= h/help V/version
end

function __fish_whyfail_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_whyfail_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_whyfail_using_subcommand
    set -l cmd (__fish_whyfail_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c whyfail -n "__fish_whyfail_needs_command" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_needs_command" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_needs_command" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_needs_command" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_needs_command" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_needs_command" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_needs_command" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_needs_command" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_needs_command" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_needs_command" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_needs_command" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_needs_command" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_needs_command" -l no-echo -d 'Print the diagnosis only, not the log that comes through the pipe'
complete -c whyfail -n "__fish_whyfail_needs_command" -l echo -d 'Pass the log through also where the report\'s format would forbid it; it then goes to standard error'
complete -c whyfail -n "__fish_whyfail_needs_command" -l exit-zero -d 'End with 0 also for a failed build or a log that breaks off'
complete -c whyfail -n "__fish_whyfail_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_needs_command" -s V -l version -d 'Print version'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "run" -d 'Run a command, pass its output through, and tell why it failed'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "last" -d 'Diagnose the last failed build out of BuildKit\'s history; no pipe and no second build are needed'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "setup" -d 'Put whyfail into another tool: docker, so that a failed build says why by itself'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "explain" -d 'Show one signature: what it means and how to mend it'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "list" -d 'List the signatures'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "check" -d 'Test a folder of signatures: format, patterns, examples'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "new" -d 'Draft a signature from a line of a log, or from a log that nothing explains'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "completions" -d 'Print the completions of a shell'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "man" -d 'Print a manual page'
complete -c whyfail -n "__fish_whyfail_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l retry-exit-code -d 'End with N (1 to 255) instead of the command\'s own code when it failed and running it again may help. Not when a signal ended it or was sent to whyfail' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l pty -d 'Give the command a terminal of its own, as large as this one: it prints as it does for a person. Standard output and error are then one. Not on Windows'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l builder -d 'Only this builder\'s history' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand last" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -f -a "docker" -d 'Link the plugin `docker whyfail` and let docker ask it after a failed build'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and not __fish_seen_subcommand_from docker help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l remove -d 'Take out what setup put in'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l dry-run -d 'Show what would change, and change nothing'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from docker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from help" -f -a "docker" -d 'Link the plugin `docker whyfail` and let docker ask it after a failed build'
complete -c whyfail -n "__fish_whyfail_using_subcommand setup; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l class -d 'Only this failure class' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l tool -d 'Only this tool' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l classes -d 'List the failure classes instead'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l good -d 'The log of a build that went well: no signature may find a cause in it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l from -d 'Draft from this log of a failure that nothing explains (- for standard input): its most suspicious line is taken, with the lines around it as an example' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l pick -d 'With --from: take the N-th of the suspicious lines' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l line -d 'The line of the log that proves the failure; asked for on standard input without it and --from' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l dir -d 'The folder to write to' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l to -d 'Write all pages to this folder' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -s o -l output -d 'Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl, .md, .txt). May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l ci -d 'Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l outputs -d 'Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -s C -l context -d 'Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l top -d 'Show at most N causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l min-confidence -d 'Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and --outputs stay those of all causes' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l signatures -d 'A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l disable -d 'Switch a signature off; `tool/*` means all of a tool. May be repeated' -r
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l project -d 'Also look at these project files, read only: the folder that the build was given' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l config -d 'Read this configuration file, and not those of the repository (.whyfail.toml) and of the user' -r -F
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -s f -l format -d 'How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations), gitlab (Code Quality), markdown or html' -r -f -a "text\t''
brief\t''
json\t''
jsonl\t''
sarif\t''
github\t''
gitlab\t''
markdown\t''
html\t''"
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l explain-ranking -d 'Show how each cause got its score'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l advise -d 'Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache. Neither the verdict nor the exit status changes'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l trust-repository -d 'Let the repository\'s own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write. They may come with a stranger\'s change'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l strict -d 'End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for a mistake, too'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -l no-config -d 'Read no configuration file'
complete -c whyfail -n "__fish_whyfail_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "run" -d 'Run a command, pass its output through, and tell why it failed'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "last" -d 'Diagnose the last failed build out of BuildKit\'s history; no pipe and no second build are needed'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "setup" -d 'Put whyfail into another tool: docker, so that a failed build says why by itself'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "explain" -d 'Show one signature: what it means and how to mend it'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "list" -d 'List the signatures'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "check" -d 'Test a folder of signatures: format, patterns, examples'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "new" -d 'Draft a signature from a line of a log, or from a log that nothing explains'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "man" -d 'Print a manual page'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and not __fish_seen_subcommand_from run last setup explain list check new completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c whyfail -n "__fish_whyfail_using_subcommand help; and __fish_seen_subcommand_from setup" -f -a "docker" -d 'Link the plugin `docker whyfail` and let docker ask it after a failed build'
