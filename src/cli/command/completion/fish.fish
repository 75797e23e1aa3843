# runner-lite: completion for fish. Load it with: runner-lite completion fish | source
function __runner_lite
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l answer ($program complete fish -- $words[2..] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case words
            printf '%s\n' $answer[2..]
    end
end
complete -c runner-lite -f -k -a '(__runner_lite)'
