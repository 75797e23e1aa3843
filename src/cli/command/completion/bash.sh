# runner-lite: completion for bash. Load it with: source <(runner-lite completion bash)
_runner_lite() {
    local program=${1/#\~\//$HOME/} kind
    local -a answer
    mapfile -t answer < <("$program" complete bash -- "$COMP_WORDBREAKS" "$COMP_TYPE" \
        "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    kind=${answer[0]}
    COMPREPLY=("${answer[@]:1}")
    case $kind in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
    esac
}
complete -F _runner_lite runner-lite
