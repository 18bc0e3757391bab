/** For fish ≥ 3. */
export const fishScript = String.raw`# fish completion for kubectl: asks "kubectl __complete" what may come next.

function __kubectl_ask
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (env $words[1] __complete $words[2..-1] 2>/dev/null)
    set -g __kubectl_directive (string replace -r '^:' '' -- $answer[-1])
    string match -qr '^\d+$' -- $__kubectl_directive; or set -g __kubectl_directive 0
    set -g __kubectl_offers
    test (count $answer) -gt 1; and set -g __kubectl_offers $answer[1..-2]
    set -l current $words[-1]
    # The value of --flag=value is the whole word to fish.
    if string match -qr '^-.*=' -- $current
        set -l flag (string replace -r '=.*' '=' -- $current)
        set __kubectl_offers $flag$__kubectl_offers
    end
end

function __kubectl_has_bit
    test (math "floor($__kubectl_directive / $argv[1]) % 2") -eq 1
end

# Whether files are offered: nothing else is, or the program asks for them.
function __kubectl_wants_files
    __kubectl_ask
    __kubectl_has_bit 1; and return 1
    __kubectl_has_bit 8; and return 0
    __kubectl_has_bit 16; and return 0
    __kubectl_has_bit 4; and return 1
    test (count $__kubectl_offers) -eq 0
end

function __kubectl_offer
    __kubectl_has_bit 8; and return
    __kubectl_has_bit 16; and return
    printf '%s\n' $__kubectl_offers
end

complete -c kubectl -e
complete -c kubectl -n 'not __kubectl_wants_files' -f -k -a '(__kubectl_offer)'
complete -c kubectl -n __kubectl_wants_files -F
`
