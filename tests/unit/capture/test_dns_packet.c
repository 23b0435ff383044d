/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/dns_packet.h"

#include "check.h"
#include "dns_packets.h"

static nm_status
parse(nm_span packet, nm_dns_packet *out)
{
    nm_ip_packet ip;
    nm_status status = nm_ip_packet_parse(packet, &ip);
    return status == NM_OK ? nm_dns_packet_parse(&ip, packet, out) : status;
}

static void
sides_are_named_by_who_asks(void)
{
    static const struct {
        const char *name;
        dns_plan plan;
    } rows[] = {
        {"query", {.client = 7, .port = 4000, .id = 0x1234, .qname = EXAMPLE_COM}},
        {"response",
         {.client = 7, .port = 4000, .id = 9, .is_response = true, .qname = EXAMPLE_COM}},
        {"IPv6", {.version = 6, .client = 7, .port = 4000, .qname = FOO_NET, .qtype = 28}},
        {"IPv6 response",
         {.version = 6, .client = 7, .port = 4000, .is_response = true, .qname = FOO_NET}},
        {"flags", {.client = 1, .port = 1, .is_response = true, .has_rd = true, .rcode = 3}},
        {"padding", {.client = 1, .port = 1, .qname = FOO_NET, .extra = 5, .padding = 9}},
        {"multicast DNS", {.client = 1, .port = 5353, .server_port = 5353, .qname = FOO_NET}},
        {"root", {.client = 1, .port = 1, .qname = ""}},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan *plan = &rows[i].plan;
        octets o = {0};
        octets client = {0};
        octets server = {0};
        nm_dns_packet p = {.protocol = 0};
        dns_put_packet(&o, plan);
        size_t len = dns_put_client(&client, plan);
        (void)dns_put_server(&server, plan);
        CHECK_EQ(parse(octets_span(&o), &p), NM_OK);
        CHECK_EQ(p.protocol, NM_IP_UDP);
        CHECK_EQ(p.is_response, plan->is_response);
        CHECK_EQ(p.address_len, len);
        CHECK_OR_EXIT(p.query_ip != NULL && p.response_ip != NULL);
        CHECK_SPAN(nm_span_of(p.query_ip, len), octets_span(&client));
        CHECK_SPAN(nm_span_of(p.response_ip, len), octets_span(&server));
        CHECK_EQ(p.query_port, plan->port);
        CHECK_EQ(p.response_port, plan->server_port != 0 ? plan->server_port : 53);
        CHECK_EQ(p.id, plan->id);
        CHECK_EQ((p.flags & NM_DNS_FLAG_RECURSION) != 0, plan->has_rd);
        CHECK_EQ(p.flags & NM_DNS_RCODE_MASK, plan->rcode);
        CHECK_EQ(p.has_question, plan->qname != NULL);
        CHECK_SPAN(p.octets, octets_span(&o));
        if (plan->qname != NULL) {
            CHECK_SPAN(p.qname, nm_span_of(plan->qname, strlen(plan->qname) + 1));
            CHECK_EQ(p.qtype, plan->qtype != 0 ? plan->qtype : 1);
            CHECK_EQ(p.qclass, 1);
            CHECK_EQ(p.question.len, p.qname.len + 4);
        }
        octets_free(&o);
        octets_free(&client);
        octets_free(&server);
    }
}

/* DNS messages behind their first four octets. */
static void
questions_are_taken_as_they_are(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        nm_status status;
        size_t qname_len; /* 0: no question. */
    } rows[] = {
#define MESSAGE(octets) octets, sizeof(octets) - 1
        {"no question", MESSAGE("\0\0\0\0\0\0\0\0"), NM_OK, 0},
        {"announced, but nothing there", MESSAGE("\0\1\0\0\0\0\0\0"), NM_OK, 0},
        {"two questions", MESSAGE("\0\2\0\0\0\0\0\0\1a\0\0\1\0\1\1b\0\0\1\0\1"), NM_OK, 0},
        {"0x0101 questions", MESSAGE("\1\1\0\0\0\0\0\0\1a\0\0\1\0\1"), NM_OK, 0},
        {"one", MESSAGE("\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"), NM_OK, 3},
        {"a pointer", MESSAGE("\0\1\0\0\0\0\0\0\1a\xc0\x0c\0\1\0\1"), NM_OK, 4},
        {"a pointer alone", MESSAGE("\0\1\0\0\0\0\0\0\xff\x0c\0\1\0\1"), NM_OK, 2},
        {"half a pointer", MESSAGE("\0\1\0\0\0\0\0\0\xc0"), NM_E_PARSE, 0},
        {"a long label",
         MESSAGE("\0\1\0\0\0\0\0\0\x41"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "\0\0\1\0\1"),
         NM_OK, 67},
        {"no type", MESSAGE("\0\1\0\0\0\0\0\0\1a\0"), NM_E_PARSE, 0},
        {"half a class", MESSAGE("\0\1\0\0\0\0\0\0\1a\0\0\1\0"), NM_E_PARSE, 0},
        {"a name without end", MESSAGE("\0\1\0\0\0\0\0\0\1a\1b\1c"), NM_E_PARSE, 0},
        {"a label beyond the end", MESSAGE("\0\1\0\0\0\0\0\0\x30xyz"), NM_E_PARSE, 0},
        {"header cut", MESSAGE("\0\1\0\0\0\0\0"), NM_E_PARSE, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan plan = {.client = 1};
        octets o = {0};
        nm_dns_packet p = {.protocol = 0};
        dns_put_ip(&o, &plan, 17, 0, 0, 8 + 4 + rows[i].len);
        octets_be(&o, 4000, 2);
        octets_be(&o, 53, 2);
        octets_be(&o, 8 + 4 + rows[i].len, 2);
        octets_be(&o, 0, 2);
        octets_be(&o, 0, 4);
        octets_put(&o, rows[i].octets, rows[i].len);
        CHECK_EQ(parse(octets_span(&o), &p), rows[i].status);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(p.has_question, rows[i].qname_len > 0);
            CHECK_EQ(p.qname.len, rows[i].qname_len);
        }
        octets_free(&o);
    }
}

/* The payload ends where UDP says, or where the octets end. */
static void
the_length_of_udp_counts(void)
{
    static const struct {
        const char *name;
        unsigned udp_len;
        nm_status status;
        bool has_question;
    } rows[] = {
        {"as it is", 8 + 12 + 7, NM_OK, true},
        {"without the question", 8 + 12, NM_OK, false},
        {"without class", 8 + 12 + 6, NM_E_PARSE, false},
        {"without header", 8 + 11, NM_E_PARSE, false},
        {"below its own header", 7, NM_E_PARSE, false},
        {"more than there is", 60000, NM_OK, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan plan = {.client = 1, .port = 1, .qname = "\1a"};
        octets o = {0};
        nm_dns_packet p = {.protocol = 0};
        dns_put_packet(&o, &plan);
        o.data[24] = (uint8_t)(rows[i].udp_len >> 8);
        o.data[25] = (uint8_t)rows[i].udp_len;
        CHECK_EQ(parse(octets_span(&o), &p), rows[i].status);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(p.has_question, rows[i].has_question);
        }
        octets_free(&o);
    }
}

/* A TCP or UDP header of which only the ports matter. */
static void
put_ports(octets *o, unsigned source, unsigned destination, size_t len)
{
    size_t start = o->len;
    octets_be(o, source, 2);
    octets_be(o, destination, 2);
    octets_fill(o, 0x50, 40);
    o->len = start + len;
}

static void
only_dns_ports_are_of_interest(void)
{
    static const struct {
        const char *name;
        unsigned version;
        unsigned protocol;
        unsigned source;
        unsigned destination;
        size_t len;
        nm_status status;
    } rows[] = {
        {"UDP to 53", 4, 17, 1, 53, 20, NM_OK},
        {"UDP from 5353", 4, 17, 5353, 1, 20, NM_OK},
        {"UDP elsewhere", 4, 17, 54, 5352, 20, NM_END},
        {"TCP to 53", 4, 6, 1, 53, 20, NM_OK},
        {"TCP from 53", 6, 6, 53, 1, 20, NM_OK},
        {"TCP to 5353", 4, 6, 1, 5353, 20, NM_END},
        {"TCP cut", 4, 6, 1, 53, 19, NM_E_PARSE},
        {"SCTP", 4, 132, 53, 53, 20, NM_END},
        {"ICMPv6", 6, 58, 53, 53, 20, NM_END},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan plan = {.version = rows[i].version, .client = 1};
        octets o = {0};
        nm_dns_packet p = {.protocol = 0};
        dns_put_ip(&o, &plan, rows[i].protocol, 0, 0, rows[i].len);
        put_ports(&o, rows[i].source, rows[i].destination, rows[i].len);
        if (rows[i].protocol == 17) {
            memset(o.data + o.len - rows[i].len + 4, 0, rows[i].len - 4);
            o.data[o.len - rows[i].len + 5] = (uint8_t)rows[i].len;
        }
        CHECK_EQ(parse(octets_span(&o), &p), rows[i].status);
        octets_free(&o);
    }
}

/* An ICMP message from the server about a packet of the client's. */
static void
put_icmp(octets *o, unsigned type, const dns_plan *about, unsigned protocol, size_t cited)
{
    const dns_plan from_server = {.client = about->client, .is_response = true};
    octets inner = {0};
    dns_put_ip(&inner, about, protocol, 0, 0, 100);
    put_ports(&inner, about->is_response ? 53 : about->port, about->is_response ? about->port : 53,
              cited);
    dns_put_ip(o, &from_server, 1, 0, 0, 8 + inner.len);
    octets_u8(o, type);
    octets_u8(o, 3);
    octets_be(o, 0, 6);
    octets_put_span(o, octets_span(&inner));
    octets_free(&inner);
}

static void
icmp_errors_about_dns_are_of_interest(void)
{
    static const struct {
        const char *name;
        unsigned type;
        unsigned protocol;
        size_t cited;
        nm_status status;
    } rows[] = {
        {"unreachable", 3, 17, 8, NM_OK},     {"source quench", 4, 17, 8, NM_OK},
        {"redirect", 5, 17, 8, NM_OK},        {"time exceeded", 11, 17, 8, NM_OK},
        {"parameter", 12, 17, 8, NM_OK},      {"echo", 8, 17, 8, NM_END},
        {"TCP, first 8", 3, 6, 8, NM_OK},     {"only the ports", 3, 17, 4, NM_OK},
        {"half the ports", 3, 17, 3, NM_END}, {"another protocol", 3, 1, 8, NM_END},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan about = {.client = 7, .port = 4000};
        octets o = {0};
        nm_dns_packet p = {.protocol = 0};
        put_icmp(&o, rows[i].type, &about, rows[i].protocol, rows[i].cited);
        CHECK_EQ(parse(octets_span(&o), &p), rows[i].status);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(p.protocol, NM_IP_ICMP);
            CHECK_SPAN(p.octets, octets_span(&o));
        }
        octets_free(&o);
    }
}

static void
readable_is_what_has_a_transport_header(void)
{
    static const struct {
        const char *name;
        unsigned protocol;
        unsigned fragment;
        size_t len;
        bool is_readable;
    } rows[] = {
        {"UDP", 17, 0, 8, true},
        {"UDP cut", 17, 0, 7, false},
        {"TCP", 6, 0, 20, true},
        {"TCP cut", 6, 0, 19, false},
        {"ICMP", 1, 0, 8, true},
        {"ICMP cut", 1, 0, 7, false},
        {"GRE", 47, 0, 50, false},
        {"first fragment of GRE", 47, 0x2000, 50, false},
        {"another fragment", 47, 1, 1, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const dns_plan plan = {.client = 1};
        octets o = {0};
        nm_ip_packet ip;
        dns_put_ip(&o, &plan, rows[i].protocol, 0, rows[i].fragment, rows[i].len);
        octets_fill(&o, 0, rows[i].len);
        CHECK_EQ(nm_ip_packet_parse(octets_span(&o), &ip), NM_OK);
        CHECK_EQ(nm_dns_packet_is_readable(&ip, octets_span(&o)), rows[i].is_readable);
        octets_free(&o);
    }
}

/* How often the client's address stands in octets. */
static size_t
count_client(nm_span in)
{
    static const uint8_t client[] = {10, 10, 10, 7};
    size_t count = 0;
    for (size_t i = 0; i + sizeof client <= in.len; i++) {
        count += memcmp(in.data + i, client, sizeof client) == 0;
    }
    return count;
}

static void
whoever_asks_is_zeroed_in_tcp_and_icmp(void)
{
    for (int kind = 0; kind < 4; kind++) {
        const dns_plan plan = {.client = 7, .port = 4000, .is_response = kind % 2 == 1};
        octets o = {0};
        octets before = {0};
        if (kind < 2) {
            dns_put_ip(&o, &plan, 6, 0, 0, 20);
            put_ports(&o, plan.is_response ? 53 : 4000, plan.is_response ? 4000 : 53, 20);
        } else {
            put_icmp(&o, 3, &plan, 17, 8);
        }
        octets_put_span(&before, octets_span(&o));
        CHECK_EQ(count_client(octets_span(&o)), kind < 2 ? 1 : 2);
        nm_dns_packet_zero(o.data, o.len);
        CHECK_EQ(count_client(octets_span(&o)), 0);
        size_t changed = 0;
        for (size_t i = 0; i < o.len; i++) {
            changed += o.data[i] != before.data[i];
        }
        CHECK_EQ(changed, kind < 2 ? 4 : 8);
        octets_free(&o);
        octets_free(&before);
    }
}

CHECK_MAIN(CHECK_TEST(sides_are_named_by_who_asks), CHECK_TEST(questions_are_taken_as_they_are),
           CHECK_TEST(the_length_of_udp_counts), CHECK_TEST(only_dns_ports_are_of_interest),
           CHECK_TEST(icmp_errors_about_dns_are_of_interest),
           CHECK_TEST(readable_is_what_has_a_transport_header),
           CHECK_TEST(whoever_asks_is_zeroed_in_tcp_and_icmp))
