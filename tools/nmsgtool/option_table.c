/* SPDX-License-Identifier: Apache-2.0 */
/* All options. The order within a group is that of --help and the man page. */
#include "options.h"

#include <stddef.h>

#define MEMBER(name) offsetof(tool_options, name)

const char *const tool_group_titles[TOOL_GROUP_COUNT] = {
    [TOOL_GROUP_INPUT] = "Inputs",
    [TOOL_GROUP_OUTPUT] = "Outputs",
    [TOOL_GROUP_CHOICE] = "Choosing and changing messages",
    [TOOL_GROUP_END] = "Ending, and one file after the other",
    [TOOL_GROUP_PROCESS] = "The process",
};

const tool_option tool_option_table[] = {
    /* -- inputs -- */
    {'r', "readnmsg", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_nmsg), "FILE",
     "read NMSG containers from a file", "FILE may be - for standard input.", TOOL_COMPLETE_FILES},
    {'j', "readjson", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_json), "FILE",
     "read JSON from a file, an object per line",
     "FILE may be - for standard input. A line that is no message is reported and skipped.",
     TOOL_COMPLETE_FILES},
    {'f', "readpres", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_pres), "FILE",
     "read presentation text from a file",
     "FILE may be - for standard input. -V and -T name the type of messages that have no header "
     "line.",
     TOOL_COMPLETE_FILES},
    {'l', "readsock", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_sock), "ADDR/PORT[..PORT]",
     "receive datagrams",
     "ADDR is an IPv4 or IPv6 address of this machine without brackets, and the ports may be a "
     "range of up to 21. Several processes that listen on one port each get part of the senders.",
     TOOL_COMPLETE_NOTHING},
    {'C', "readchan", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_channel), "CHANNEL",
     "receive the datagrams of a channel", "Channels stand in the file nmsg.chalias, see FILES.",
     TOOL_COMPLETE_NOTHING},
    {'p', "readpcap", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_pcap), "FILE",
     "make messages of the packets in a capture file",
     "-V and -T name their type: base dnsqr, packet, pkt or ncap. FILE is of the format pcap or "
     "pcapng, and may be - for standard input.",
     TOOL_COMPLETE_FILES},
    {'i', "readif", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_interface), "IF[+][,SNAP]",
     "make messages of the packets on an interface",
     "As -p. With + behind its name the interface is switched to take packets for others, too. Of "
     "each packet SNAP octets are captured at most, 1522 where it is not given and all where it is "
     "0. Interfaces are opened before rights are given up (-U).",
     TOOL_COMPLETE_NOTHING},
    {'b', "bpf", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(bpf), "FILTER", "which packets to take",
     "For -p and -i, in the language of pcap-filter(7). A filter about IP packets is applied to "
     "whole datagrams, and in VLANs, too. Without this option the environment variable NMSG_BPF "
     "counts.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "links", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(links), "usual|all",
     "which link layers of packets are read",
     "With usual, as where it is not given, Ethernet with at most one VLAN tag, raw IP, and what "
     "Linux captures on the interface any. With all also several tags, 802.1ad, the loopback of "
     "BSD "
     "and OpenBSD.",
     TOOL_COMPLETE_WORDS, "usual all"},
    {'\0', "fragments", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(fragments), "NUMBER",
     "how many IP datagrams may lack fragments at a time",
     "4096 where it is not given. With more the oldest is given up.", TOOL_COMPLETE_NOTHING},
    {'\0', "fragment-timeout", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(fragment_timeout), "SECONDS",
     "how long to wait for missing fragments", "60 where it is not given.", TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-timeout", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_timeout), "SECONDS",
     "after how long a DNS query counts as unanswered",
     "60 where it is not given. This and the following are for messages of the type base dnsqr; "
     "where one is not given the environment variable DNSQR_… counts that ENVIRONMENT has.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-queries", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_queries), "NUMBER",
     "how many DNS queries may wait for their response",
     "131072 where it is not given. With more the oldest count as unanswered.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-only", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_only), "queries|responses",
     "a message for every DNS query or every response, at once",
     "Else a query and its response become one message.", TOOL_COMPLETE_WORDS, "queries responses"},
    {'\0', "dnsqr-rd", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_rd), "0|1",
     "only DNS messages with this flag RD (recursion desired)", "Not with --dnsqr-only.",
     TOOL_COMPLETE_WORDS, "0 1"},
    {'\0', "dnsqr-exclude", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_exclude), "NAME[:NAME...]",
     "drop DNS messages about these names and those below", "Not with --dnsqr-only.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-include", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_include), "NAME[:NAME...]",
     "names that --dnsqr-exclude does not drop", NULL, TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-auth", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_auth), "ADDR[,ADDR...]",
     "only the DNS traffic of these authoritative servers",
     "Addresses or prefixes, such as 192.0.2.0/24. Without effect if there is -b.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-res", TOOL_GROUP_INPUT, TOOL_TEXT, MEMBER(dnsqr_res), "ADDR[,ADDR...]",
     "only the DNS traffic of these resolvers", "As --dnsqr-auth; both may be given.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "dnsqr-zero", TOOL_GROUP_INPUT, TOOL_FLAG, MEMBER(is_zeroing), NULL,
     "leave out the address of the resolver that asks",
     "It is zero in the messages and in the packets in them.", TOOL_COMPLETE_NOTHING},
    {'L', "readzsock", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_zmq), "ENDPOINT",
     "receive from a ZeroMQ endpoint",
     "ENDPOINT is TRANSPORT://ADDRESS, such as tcp://192.0.2.1:5555, tcp://*:5555 or "
     "ipc:///run/it. "
     "Behind it may stand ,accept (wait for others, which is the default) or ,connect, and ,pubsub "
     "(the default) or ,pushpull.",
     TOOL_COMPLETE_NOTHING},
    {'Z', "readzchan", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_zmq_channel), "CHANNEL",
     "receive from the ZeroMQ endpoints of a channel",
     "Channels stand in the file nmsg.chalias, see FILES.", TOOL_COMPLETE_NOTHING},
    {'\0', "readkafka", TOOL_GROUP_INPUT, TOOL_LIST, MEMBER(read_kafka),
     "FORM:TOPIC[#PART|%GROUP]@BROKER[,OFFSET]", "receive from a topic of Kafka",
     "FORM tells what a record holds: nmsg a container, json a message as a JSON object, nmsgp a "
     "message as it stands in a container. All partitions are read, or that with the number PART, "
     "or those that the broker gives to this reader as one of the readers of GROUP. BROKER is a "
     "host, with :PORT if need be. OFFSET is newest (which is what counts without it), oldest, a "
     "number, or with a - in front a number of records before the end; readers of a group go on "
     "where the group was. What was read is told to the broker for the group every five seconds, "
     "after all outputs were flushed, and in the end. A record that is damaged is skipped.",
     TOOL_COMPLETE_NOTHING},
    {'B', "byterate", TOOL_GROUP_INPUT, TOOL_NUMBER, MEMBER(byte_rate), "OCTETS",
     "read -r files no faster than so many octets a second", NULL, TOOL_COMPLETE_NOTHING},

    /* -- outputs -- */
    {'w', "writenmsg", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_nmsg), "FILE",
     "write NMSG containers to a file", "FILE may be - for standard output.", TOOL_COMPLETE_FILES},
    {'J', "writejson", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_json), "FILE",
     "write JSON to a file, an object per line", "FILE may be - for standard output.",
     TOOL_COMPLETE_FILES},
    {'o', "writepres", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_pres), "FILE",
     "write presentation text to a file",
     "FILE may be - for standard output, which is what is written where no output is named.",
     TOOL_COMPLETE_FILES},
    {'\0', "write-pcap", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_pcap), "FILE",
     "write the packets in messages to a capture file",
     "Of messages of the types base dnsqr, packet, pkt and ncap, each packet with its time. FILE "
     "is "
     "of the format pcap with nanoseconds; all packets in it have Ethernet frames around them, as "
     "those of pkt, or none. It may be - for standard output.",
     TOOL_COMPLETE_FILES},
    {'s', "writesock", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_sock),
     "ADDR/PORT[..PORT][,RATE[,FREQ]]", "send datagrams",
     "ADDR is an IPv4 or IPv6 address, also a broadcast or multicast one. At most RATE datagrams "
     "a second go to all ports of the range together, with FREQ pauses a second (10 where it is "
     "left out).",
     TOOL_COMPLETE_NOTHING},
    {'S', "writezsock", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_zmq), "ENDPOINT",
     "send to a ZeroMQ endpoint",
     "ENDPOINT is as for -L, but the default is ,connect. With ,pushpull messages go to receivers "
     "in turn, and wait for one; with ,pubsub each gets all it is quick enough for, from when it "
     "is "
     "there.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "writekafka", TOOL_GROUP_OUTPUT, TOOL_LIST, MEMBER(write_kafka),
     "FORM:TOPIC[#PART]@BROKER", "send to a topic of Kafka",
     "As for --readkafka. Containers have 64 KiB. Where the broker is away, nmsgtool waits for it; "
     "in the end it waits until the broker has confirmed all, and tells how many records it did "
     "not.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "kafkakey", TOOL_GROUP_OUTPUT, TOOL_TEXT, MEMBER(kafka_key), "FIELD",
     "field whose value is the key of records in Kafka",
     "For --writekafka with json and nmsgp. Strings and octets are taken as they are, all else as "
     "JSON shows it, without quotation marks; of several values the first. Without this option the "
     "environment variable NMSG_KAFKA_KEY counts.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "mirror", TOOL_GROUP_OUTPUT, TOOL_FLAG, MEMBER(is_mirroring), NULL,
     "every message to every output",
     "Else outputs take turns, and each gets its part of the messages.", TOOL_COMPLETE_NOTHING},
    {'z', "zlibout", TOOL_GROUP_OUTPUT, TOOL_FLAG, MEMBER(is_compressed), NULL,
     "compress containers", NULL, TOOL_COMPLETE_NOTHING},
    {'\0', "zlevel", TOOL_GROUP_OUTPUT, TOOL_NUMBER, MEMBER(zlevel), "1..9",
     "how hard -z tries: 1 is the fastest, 9 the smallest",
     "Where it is not given, containers are at most 2 % larger than with level 6 of zlib.",
     TOOL_COMPLETE_WORDS, "1 2 3 4 5 6 7 8 9"},
    {'m', "mtu", TOOL_GROUP_OUTPUT, TOOL_NUMBER, MEMBER(mtu), "OCTETS",
     "size of the containers that -s sends", "8192 where it is not given, and 512 at least.",
     TOOL_COMPLETE_NOTHING},
    {'e', "endline", TOOL_GROUP_OUTPUT, TOOL_TEXT, MEMBER(endline), "TEXT",
     "what ends the lines of presentation text",
     "\\n, \\t and \\\\ stand for a newline, a tab and a backslash.", TOOL_COMPLETE_NOTHING},
    {'\0', "unbuffered", TOOL_GROUP_OUTPUT, TOOL_FLAG, MEMBER(is_unbuffered), NULL,
     "write every message at once", NULL, TOOL_COMPLETE_NOTHING},

    /* -- choosing and changing -- */
    {'V', "vendor", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(vendor), "VENDOR",
     "vendor of the message type of -T", "base where it is not given. Case is ignored.",
     TOOL_COMPLETE_WORDS, "base SIE"},
    {'T', "msgtype", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(type), "TYPE", "message type",
     "Inputs of containers let only messages of this type pass; -f reads messages of this type. "
     "Case is ignored.",
     TOOL_COMPLETE_TYPES},
    {'\0', "getsource", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(get_source), "NUMBER",
     "only messages from this source",
     "This and the next two look at inputs of containers only. Numbers are decimal, hexadecimal "
     "with 0x or octal with 0 in front.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "getoperator", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(get_operator), "NAME",
     "only messages of this operator", "A name of the file nmsg.opalias or a number.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "getgroup", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(get_group), "NAME",
     "only messages of this group", "A name of the file nmsg.gralias or a number.",
     TOOL_COMPLETE_NOTHING},
    {'\0', "setsource", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(set_source), "NUMBER",
     "write this source into all messages", NULL, TOOL_COMPLETE_NOTHING},
    {'\0', "setoperator", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(set_operator), "NAME",
     "write this operator into all messages", NULL, TOOL_COMPLETE_NOTHING},
    {'\0', "setgroup", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(set_group), "NAME",
     "write this group into all messages", NULL, TOOL_COMPLETE_NOTHING},
    {'F', "filter", TOOL_GROUP_CHOICE, TOOL_LIST, MEMBER(filters), "NAME[,PARAMETERS]",
     "pass messages through a filter",
     "There is one: sample,count=N lets every N-th message pass, sample,random=P each with the "
     "probability P.",
     TOOL_COMPLETE_WORDS, "sample,count= sample,random="},
    {'\0', "policy", TOOL_GROUP_CHOICE, TOOL_TEXT, MEMBER(policy), "ACCEPT|DROP",
     "what becomes of messages no filter decides on", "ACCEPT where it is not given.",
     TOOL_COMPLETE_WORDS, "ACCEPT DROP"},

    /* -- ending -- */
    {'c', "count", TOOL_GROUP_END, TOOL_NUMBER, MEMBER(count), "NUMBER",
     "end when every output holds so many messages", NULL, TOOL_COMPLETE_NOTHING},
    {'t', "interval", TOOL_GROUP_END, TOOL_NUMBER, MEMBER(interval), "SECONDS",
     "end when so many seconds are over",
     "That is when the time since 1970 is a multiple of it: 3600 means every full hour.",
     TOOL_COMPLETE_NOTHING},
    {'R', "randomize", TOOL_GROUP_END, TOOL_FLAG, MEMBER(is_randomized), NULL,
     "not at multiples of -t, but a random time later",
     "So that many processes do not all change files at once.", TOOL_COMPLETE_NOTHING},
    {'k', "kicker", TOOL_GROUP_END, TOOL_TEXT, MEMBER(kicker), "COMMAND",
     "go on with new files where -c or -t would end",
     "Files are written as DIR/.NAME.STAMP.part and when they are whole renamed to "
     "DIR/NAME.STAMP, with .nmsg or .json behind it for -w and -J. STAMP is the time at which the "
     "file was opened. Then COMMAND is run by the shell with the name of the file behind it; an "
     "empty COMMAND only renames. Without this option the environment variable NMSG_KICKER "
     "counts.",
     TOOL_COMPLETE_NOTHING},

    /* -- process -- */
    {'D', "daemon", TOOL_GROUP_PROCESS, TOOL_FLAG, MEMBER(is_daemon), NULL, "go to the background",
     "When all inputs and outputs are open; until then errors are told, and the exit status is "
     "1.",
     TOOL_COMPLETE_NOTHING},
    {'P', "pidfile", TOOL_GROUP_PROCESS, TOOL_TEXT, MEMBER(pid_file), "FILE",
     "write the process number to a file", "It is removed in the end.", TOOL_COMPLETE_FILES},
    {'U', "username", TOOL_GROUP_PROCESS, TOOL_TEXT, MEMBER(user), "USER",
     "go on with the rights of this user", NULL, TOOL_COMPLETE_USERS},
    {'\0', "stats", TOOL_GROUP_PROCESS, TOOL_NUMBER, MEMBER(stats), "SECONDS",
     "tell every so many seconds what was received and lost",
     "A line on standard error for each input, and again in the end. Messages, containers and "
     "octets "
     "are those read so far; filtered are messages not wanted, bad what was skipped because it is "
     "damaged. Of sockets also: datagrams received; lost_kernel, datagrams that the system dropped "
     "because they were not fetched in time; lost_sequence, containers that are missing by their "
     "numbers, wherever they were lost, those dropped here among them; lost_fragments, containers "
     "of which pieces never came; ring_full_ms, how long nothing was received because messages "
     "were "
     "not passed on fast enough; receive_buffer, octets of buffer that the system granted. Of "
     "packets "
     "also: packets looked at; cut, those of which not all octets were captured; bad, those with "
     "headers that do not fit; other, those of other protocols and link layers; unwanted by the "
     "filter; fragments, and datagrams reassembled of them and given_up; DNS queries that are "
     "waiting, "
     "went unanswered, or were pushed_out by too many others; messages dropped for their names; "
     "packets that were lost_kernel because they were not fetched in time, or lost_interface.",
     TOOL_COMPLETE_NOTHING},
    {'M', "statsmod", TOOL_GROUP_PROCESS, TOOL_LIST, MEMBER(statistics), "NAME[,PARAMETERS]",
     "export counts through a module", "Not in this build.", TOOL_COMPLETE_NOTHING},
    {'d', "debug", TOOL_GROUP_PROCESS, TOOL_COUNT, MEMBER(debug), NULL,
     "tell more on standard error",
     "Given twice, it also tells what is opened, every bad datagram, and totals in the end.",
     TOOL_COMPLETE_NOTHING},
    {'h', "help", TOOL_GROUP_PROCESS, TOOL_FLAG, MEMBER(wants_help), NULL, "show this and exit",
     NULL, TOOL_COMPLETE_NOTHING},
    {'v', "version", TOOL_GROUP_PROCESS, TOOL_FLAG, MEMBER(wants_version), NULL,
     "show the version and exit", NULL, TOOL_COMPLETE_NOTHING},
};

const size_t tool_option_count = sizeof tool_option_table / sizeof *tool_option_table;
