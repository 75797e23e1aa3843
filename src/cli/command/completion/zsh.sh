#compdef runner-lite
# runner-lite: completion for zsh. Load it after compinit with: source <(runner-lite completion zsh)
_runner_lite() {
    local program=${(Q)words[1]/#\~\//$HOME/} line text
    local -a answer found
    answer=("${(@f)$("$program" complete zsh -- "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    case $answer[1] in
        files) _files ;;
        folders) _files -/ ;;
        words)
            for line in "${(@)answer[2,-1]}"; do
                text=${line%%$'\t'*}
                text=${text//\\/\\\\}
                found+=("${text//:/\\:}:${line#*$'\t'}")
            done
            _describe -V runner-lite found
            ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _runner_lite "$@"
else
    compdef _runner_lite runner-lite
fi
