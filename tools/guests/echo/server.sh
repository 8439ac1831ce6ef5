#!/usr/bin/env bash
# echo-server answers "hello " and the bytes it received, then closes.
#
#     bash server.sh HOST:PORT
#
# needs: ncat sed
#
# Bash can connect (see client.sh), but not bind, listen or accept: ncat makes
# those calls for us. Read lessons/1.1-echo.md.
# NOTE: no -k. ncat -k would take every caller, but keeps to itself what
# happened to one: a caller that resets looks like one that closes.

main() {
    if (($# != 1)) || ! [[ $1 =~ ^\[?(.+[^]])\]?:([0-9]{1,5})$ ]] || ((10#${BASH_REMATCH[2]} > 65535)); then
        echo 'usage: server.sh HOST:PORT' >&2
        exit 2
    fi
    local host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]} status=1 line

    # When we are asked to stop, ncat goes first. When cat meets its end, all
    # processes that hold the report open have ended: none is left behind.
    trap 'kill "$ncat" 2>/dev/null; cat <&3 >/dev/null; exit 0' TERM INT

    # socket, setsockopt (SO_REUSEADDR), bind, listen, accept. With -v ncat says
    # on stderr that it listens; with -e it starts answer, whose stdin and stdout
    # lead to the caller. Both report to us in lines, which we read from 3.
    export -f answer
    exec 3< <(exec ncat -l -v -e '/usr/bin/env bash -c answer' "$host" "$port" 2>&1 </dev/null)
    ncat=$!
    while read -r line <&3; do
        case $line in
        'Ncat: Version '* | 'Ncat: Connection '*) ;;
        'Ncat: Listening on '*) echo "listening on $1" || kill "$ncat" ;;
        heard) echo 'echo-server: receive: the caller closed without a word' >&2 ;;
        'heard '*) visible "${line#heard }" && status=0 ;;
        *) echo "echo-server: ${line#Ncat: }" >&2 ;;
        esac
    done
    exit "$status"
}

# answer is the conversation with the caller.
answer() {
    # dd with count=1 makes exactly one receive: at least one byte, at most
    # 1024, or none when the caller has closed. (read would wait for a newline,
    # and head -c for all of 1024.) A variable of Bash can't hold a byte 0, so
    # what came becomes hexadecimal: "hi" is 6869.
    local heard
    heard=$(dd bs=1024 count=1 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
    echo "heard $heard" >&2

    # printf makes one send for each line; dd collects them into one for all,
    # since the caller receives once. Ending is closing: the caller then meets
    # the end of the stream.
    if [[ $heard ]]; then
        printf "hello $(sed 's/../\\x&/g' <<<"$heard")" | dd obs=4096 2>/dev/null
    fi
}

# visible prints what came, given in hexadecimal, so that it is safe to print:
# a stranger's escape sequences would be orders to our terminal. Controls become
# their pictures (␛ is e2909b), and what isn't UTF-8 becomes U+FFFD (efbfbd).
# NOTE: other characters that can't be seen pass; finding them takes tables.
visible() {
    local hex=$1 out= more='[89ab]?' n c
    while [[ $hex ]]; do
        c=
        case $hex in
        [01]?*) n=2 && printf -v c 'e290%x' $((0x80 + 0x${hex:0:2})) ;;
        7f*) n=2 c=e290a1 ;;
        c2[89]?*) n=4 c=efbfbd ;; # 32 more controls
        [2-7]?*) n=2 ;;
        c[2-9a-f]$more* | d?$more*) n=4 ;;
        e0[ab]?$more* | e[1-9a-cef]$more$more* | ed[89]?$more*) n=6 ;;
        f0[9ab]?$more$more* | f[1-3]$more$more$more* | f48?$more$more*) n=8 ;;
        *) n=2 c=efbfbd ;;
        esac
        out+=${c:-${hex:0:n}} hex=${hex:n}
    done
    printf "$(sed 's/../\\x&/g' <<<"$out")\n"
}

main "$@"
