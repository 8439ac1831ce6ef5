#!/usr/bin/env bash
# echo-client connects, sends TEXT, receives the answer and prints it.
#
#     bash client.sh HOST:PORT TEXT
#
# needs: sed
#
# Read lessons/1.1-echo.md.

main() {
    if (($# != 2)) || ! [[ $1 =~ ^\[?(.+[^]])\]?:([0-9]{1,5})$ ]] || ((10#${BASH_REMATCH[2]} > 65535)); then
        echo 'usage: client.sh HOST:PORT TEXT' >&2
        exit 2
    fi
    local host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]} answer verb='talk to'
    if [[ ! $2 ]]; then
        # On a stream nothing would travel, and the server would wait for ever.
        echo 'echo-client: no bytes are no message' >&2
        exit 2
    fi

    # There is no file /dev/tcp: to Bash the name means socket and connect. While
    # talk runs, its descriptor 3 is the connection; then Bash closes it.
    set -o pipefail
    if ! answer=$({ talk "$2" 3<>"/dev/tcp/$host/$port"; } 2>&1); then
        [[ $answer != */dev/tcp/* ]] || verb=dial
        answer=${answer%%$'\n'*}
        echo "echo-client: $verb $1: ${answer##*: }" >&2
        exit 1
    elif [[ ! $answer ]]; then
        echo "echo-client: receive from $1: closed without an answer" >&2
        exit 1
    fi
    visible "$answer"
}

# talk sends the text and receives. What came is returned in hexadecimal, as a
# variable of Bash can't hold a byte 0: "hi" is 6869.
talk() {
    # The bytes of TEXT and no newline. printf makes one send for each line of
    # it; dd collects them into one for all, since the server receives once.
    printf %s "$1" | dd obs=64k status=none >&3

    # A receive returns a piece of a stream, whatever has come by then. But we
    # know how long the answer is, "hello " and the bytes of TEXT: head receives
    # until that much is here, or the server has closed. (read would wait for a
    # newline.)
    # NOTE: no deadline. If you must know when to give up, put timeout(1) before
    # it.
    local LC_ALL=C whole="hello $1"
    head -c ${#whole} <&3 | od -An -v -tx1 | tr -d ' \n'
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
