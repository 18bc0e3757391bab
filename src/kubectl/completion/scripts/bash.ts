/** For bash ≥ 3.2, without the package bash-completion. */
export const bashScript = String.raw`# bash completion for kubectl: asks "kubectl __complete" what may come next.

# The words before the cursor, as the program would get them: bash also breaks them at = and :.
__kubectl_words() {
    local line=${'$'}{COMP_LINE:0:COMP_POINT} word i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${'$'}{COMP_WORDS[i]}
        if ((i > 0)) && [[ ${'$'}line != [[:space:]]* ]]; then
            glued=1
        else
            glued=0
        fi
        line=${'$'}{line#"${'$'}{line%%[![:space:]]*}"}
        [[ ${'$'}line == "${'$'}word"* ]] || word=${'$'}line
        line=${'$'}{line#"${'$'}word"}
        word=${'$'}{word//[\"\'\\]/}
        if ((glued)); then
            words[${'$'}{#words[@]} - 1]+=${'$'}word
        else
            words+=("${'$'}word")
        fi
    done
}

# Answers: a word a line, perhaps with a tab and what it is; the last line is :DIRECTIVE.
__kubectl_ask() {
    local answer
    answer=${'$'}("${'$'}{words[0]}" __complete "${'$'}{words[@]:1}" 2>/dev/null)
    directive=${'$'}{answer##*:}
    [[ ${'$'}directive =~ ^[0-9]+${'$'} ]] || directive=0
    answer=${'$'}{answer%:*}
    offers=()
    while IFS='' read -r line; do
        [[ -n ${'$'}line ]] && offers+=("${'$'}line")
    done <<<"${'$'}answer"
}

__kubectl_option() {
    [[ ${'$'}(type -t compopt) == builtin || ${'$'}(type -t compopt) == function ]] && compopt "${'$'}@"
}

# Files whose names end as one of the offers says, and folders to look into.
__kubectl_files() {
    local file extension
    while IFS='' read -r file; do
        if [[ -d ${'$'}file ]]; then
            COMPREPLY+=("${'$'}file")
            continue
        fi
        for extension in "${'$'}{offers[@]}"; do
            [[ ${'$'}file == *."${'$'}extension" ]] && COMPREPLY+=("${'$'}file")
        done
    done < <(compgen -f -- "${'$'}cur")
    __kubectl_option -o filenames
}

# One word alone; of several, also what each is.
__kubectl_reply() {
    local offer word about widest=0
    local -a found=()
    for offer in "${'$'}{offers[@]}"; do
        word=${'$'}{offer%%${'$'}'\t'*}
        [[ ${'$'}word == "${'$'}cur"* ]] || continue
        found+=("${'$'}offer")
        ((${'$'}{#word} > widest)) && widest=${'$'}{#word}
    done
    for offer in "${'$'}{found[@]}"; do
        word=${'$'}{offer%%${'$'}'\t'*}
        about=${'$'}{offer#*${'$'}'\t'}
        if ((${'$'}{#found[@]} > 1)) && [[ ${'$'}offer == *${'$'}'\t'* && ${'$'}COMP_TYPE != 37 && ${'$'}COMP_TYPE != 42 ]]; then
            word=${'$'}(printf '%-*s  (%s)' "${'$'}widest" "${'$'}word" "${'$'}about")
            word=${'$'}{word:0:${'$'}{COLUMNS:-80}}
        fi
        COMPREPLY+=("${'$'}{word#"${'$'}typed"}")
    done
}

__start_kubectl() {
    local -a words offers
    local cur typed='' directive glued line
    COMPREPLY=()
    __kubectl_words
    __kubectl_ask
    ((directive & 1)) && return
    cur=${'$'}{words[${'$'}{#words[@]} - 1]}
    [[ ${'$'}cur == -*=* ]] && cur=${'$'}{cur#*=}
    # Bash replaces only what follows the last colon.
    if [[ ${'$'}cur == *:* && ${'$'}COMP_WORDBREAKS == *:* ]]; then
        typed=${'$'}{cur%"${'$'}{cur##*:}"}
    fi
    ((directive & 2)) && __kubectl_option -o nospace
    ((directive & 4)) && __kubectl_option +o default
    if ((directive & 8)); then
        __kubectl_files
    elif ((directive & 16)); then
        while IFS='' read -r line; do COMPREPLY+=("${'$'}line"); done < <(compgen -d -- "${'$'}cur")
        __kubectl_option -o filenames
    else
        __kubectl_reply
    fi
}

complete -o default -F __start_kubectl kubectl
`
