/** For zsh ≥ 5.2. */
export const zshScript = String.raw`#compdef kubectl
compdef _kubectl kubectl

# zsh completion for kubectl: asks "kubectl __complete" what may come next.
_kubectl() {
    local answer directive line word
    local -a lines offers flags
    answer=${'$'}("${'$'}{words[1]}" __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
    lines=("${'$'}{(@f)answer}")
    directive=${'$'}{lines[-1]#:}
    [[ ${'$'}directive == <-> ]] || directive=0
    ((directive & 1)) && return 1

    # What may follow the = of a flag is a word of its own.
    [[ ${'$'}{words[CURRENT]} == -*=* ]] && compset -P '*='
    for line in "${'$'}{(@)lines[1,-2]}"; do
        [[ -z ${'$'}line ]] && continue
        word=${'$'}{line%%${'$'}'\t'*}
        word=${'$'}{word//:/\\:}
        if [[ ${'$'}line == *${'$'}'\t'* ]]; then
            offers+=("${'$'}word:${'$'}{line#*${'$'}'\t'}")
        else
            offers+=("${'$'}word")
        fi
    done

    ((directive & 2)) && flags=(-S '')
    if ((directive & 8)); then
        _files -g "*.(${'$'}{(j:|:)offers})"
    elif ((directive & 16)); then
        _files -/
    elif ((${'$'}{#offers})); then
        _describe -V 'kubectl' offers "${'$'}{flags[@]}"
    elif ((!(directive & 4))); then
        _files
    fi
}

# Sourced, not loaded by the completion system.
if [ "${'$'}{funcstack[1]}" = "_kubectl" ]; then
    _kubectl
fi
`
