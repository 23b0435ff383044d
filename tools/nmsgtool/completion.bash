# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of nmsgtool for bash. Made by tools/nmsgtool/make_docs.py: do not edit.
_nmsgtool() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $word == = ]]; then # Words end at an equals sign.
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
    -r | \
        --readnmsg | \
        -j | \
        --readjson | \
        -f | \
        --readpres | \
        -p | \
        --readpcap | \
        -w | \
        --writenmsg | \
        -J | \
        --writejson | \
        -o | \
        --writepres | \
        --write-pcap | \
        -P | \
        --pidfile)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -l | \
        --readsock | \
        -C | \
        --readchan | \
        -i | \
        --readif | \
        -b | \
        --bpf | \
        --fragments | \
        --fragment-timeout | \
        --dnsqr-timeout | \
        --dnsqr-queries | \
        --dnsqr-exclude | \
        --dnsqr-include | \
        --dnsqr-auth | \
        --dnsqr-res | \
        -L | \
        --readzsock | \
        -Z | \
        --readzchan | \
        --readkafka | \
        -B | \
        --byterate | \
        -s | \
        --writesock | \
        -S | \
        --writezsock | \
        --writekafka | \
        --kafkakey | \
        -m | \
        --mtu | \
        -e | \
        --endline | \
        --getsource | \
        --getoperator | \
        --getgroup | \
        --setsource | \
        --setoperator | \
        --setgroup | \
        -c | \
        --count | \
        -t | \
        --interval | \
        -k | \
        --kicker | \
        --stats | \
        -M | \
        --statsmod)
        COMPREPLY=()
        return
        ;;
    --links)
        mapfile -t COMPREPLY < <(compgen -W "usual all" -- "$word")
        return
        ;;
    --dnsqr-only)
        mapfile -t COMPREPLY < <(compgen -W "queries responses" -- "$word")
        return
        ;;
    --dnsqr-rd)
        mapfile -t COMPREPLY < <(compgen -W "0 1" -- "$word")
        return
        ;;
    --zlevel)
        mapfile -t COMPREPLY < <(compgen -W "1 2 3 4 5 6 7 8 9" -- "$word")
        return
        ;;
    -V | \
        --vendor)
        mapfile -t COMPREPLY < <(compgen -W "base SIE" -- "$word")
        return
        ;;
    -T | \
        --msgtype)
        mapfile -t COMPREPLY < <(compgen -W "ncap email linkpair http ipconn logline dns pkt dnsqr xml encode packet dnstap dnsobs dnsdedupe reputation qr delay newdomain dnsnx" -- "$word")
        return
        ;;
    -F | \
        --filter)
        mapfile -t COMPREPLY < <(compgen -W "sample,count= sample,random=" -- "$word")
        return
        ;;
    --policy)
        mapfile -t COMPREPLY < <(compgen -W "ACCEPT DROP" -- "$word")
        return
        ;;
    -U | \
        --username)
        mapfile -t COMPREPLY < <(compgen -u -- "$word")
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W '
        -r
        --readnmsg
        -j
        --readjson
        -f
        --readpres
        -l
        --readsock
        -C
        --readchan
        -p
        --readpcap
        -i
        --readif
        -b
        --bpf
        --links
        --fragments
        --fragment-timeout
        --dnsqr-timeout
        --dnsqr-queries
        --dnsqr-only
        --dnsqr-rd
        --dnsqr-exclude
        --dnsqr-include
        --dnsqr-auth
        --dnsqr-res
        --dnsqr-zero
        -L
        --readzsock
        -Z
        --readzchan
        --readkafka
        -B
        --byterate
        -w
        --writenmsg
        -J
        --writejson
        -o
        --writepres
        --write-pcap
        -s
        --writesock
        -S
        --writezsock
        --writekafka
        --kafkakey
        --mirror
        -z
        --zlibout
        --zlevel
        -m
        --mtu
        -e
        --endline
        --unbuffered
        -V
        --vendor
        -T
        --msgtype
        --getsource
        --getoperator
        --getgroup
        --setsource
        --setoperator
        --setgroup
        -F
        --filter
        --policy
        -c
        --count
        -t
        --interval
        -R
        --randomize
        -k
        --kicker
        -D
        --daemon
        -P
        --pidfile
        -U
        --username
        --stats
        -M
        --statsmod
        -d
        --debug
        -h
        --help
        -v
        --version
    ' -- "$word")
}
complete -o filenames -F _nmsgtool nmsgtool
