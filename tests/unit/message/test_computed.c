/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that are computed: what packets and nested messages say, and when they say nothing. */
#include "base/address.h"
#include "check.h"
#include "failing_allocator.h"
#include "message/index.h"
#include "message/registry.h"
#include "octets.h"

/* -- one message under test -- */

typedef struct subject {
    octets payload;
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_fields fields;
    nm_buffer scratch;
} subject;

static nm_status
index_subject(subject *s, uint32_t type)
{
    s->fields = (nm_fields){
        .schema = nm_registry_find(1, type),
        .payload = octets_span(&s->payload),
        .slots = s->slots,
    };
    nm_buffer_init(&s->scratch, 1 << 20, &nm_allocator_heap);
    return nm_index_build(s->fields.schema, s->fields.payload, s->slots, NULL);
}

static void
subject_clear(subject *s)
{
    octets_free(&s->payload);
    nm_buffer_clear(&s->scratch);
}

static nm_status
get(subject *s, const char *name, nm_value *out)
{
    const nm_field *field =
        nm_schema_field_by_name(s->fields.schema, nm_span_of(name, strlen(name)));
    *out = (nm_value){.u64 = 0};
    return nm_fields_shown(&s->fields, (size_t)(field - s->fields.schema->fields), &s->scratch,
                           out);
}

#define CHECK_ABSENT(s, name)                                                                      \
    do {                                                                                           \
        nm_value absent;                                                                           \
        CHECK_EQ(get((s), (name), &absent), NM_END);                                               \
    } while (0)

#define CHECK_NUMBER(s, name, expected)                                                            \
    do {                                                                                           \
        nm_value number;                                                                           \
        CHECK_EQ(get((s), (name), &number), NM_OK);                                                \
        CHECK_EQ(number.u64, (expected));                                                          \
    } while (0)

#define CHECK_BYTES(s, name, data, len)                                                            \
    do {                                                                                           \
        nm_value bytes;                                                                            \
        CHECK_EQ(get((s), (name), &bytes), NM_OK);                                                 \
        CHECK_SPAN(bytes.bytes, nm_span_of((data), (len)));                                        \
    } while (0)

/* -- packets -- */

static const uint8_t ip4_source[] = {192, 0, 2, 1};
static const uint8_t ip4_destination[] = {198, 51, 100, 2};
static const uint8_t ip6_source[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
static const uint8_t ip6_destination[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};

enum { DF = 0x4000, MF = 0x2000 };

static void
put_ip4(octets *o, unsigned protocol, unsigned offset_field, nm_span payload)
{
    octets_be(o, 0x4500, 2);
    octets_be(o, 20 + payload.len, 2);
    octets_be(o, 0x1234, 2);
    octets_be(o, offset_field, 2);
    octets_u8(o, 64);
    octets_u8(o, protocol);
    octets_be(o, 0, 2);
    octets_put(o, ip4_source, 4);
    octets_put(o, ip4_destination, 4);
    octets_put_span(o, payload);
}

static void
put_ip6(octets *o, unsigned next_header, nm_span payload)
{
    octets_be(o, 0x60000000, 4);
    octets_be(o, payload.len, 2);
    octets_u8(o, next_header);
    octets_u8(o, 64);
    octets_put(o, ip6_source, 16);
    octets_put(o, ip6_destination, 16);
    octets_put_span(o, payload);
}

static void
put_udp(octets *o, unsigned source, unsigned destination, unsigned checksum, const char *text)
{
    octets_be(o, source, 2);
    octets_be(o, destination, 2);
    octets_be(o, 8 + strlen(text), 2);
    octets_be(o, checksum, 2);
    octets_put(o, text, strlen(text));
}

static octets
udp4(unsigned source, unsigned destination, const char *text)
{
    octets datagram = {0};
    octets packet = {0};
    put_udp(&datagram, source, destination, 0, text);
    put_ip4(&packet, 17, DF, octets_span(&datagram));
    octets_free(&datagram);
    return packet;
}

static octets
udp6(unsigned source, unsigned destination, const char *text)
{
    octets datagram = {0};
    octets packet = {0};
    put_udp(&datagram, source, destination, 0, text);
    put_ip6(&packet, 17, octets_span(&datagram));
    octets_free(&datagram);
    return packet;
}

/* -- ncap -- */

static subject
ncap_of(uint64_t type, octets packet)
{
    subject s = {.payload = {0}};
    octets_number(&s.payload, 1, type);
    octets_bytes(&s.payload, 2, octets_span(&packet));
    octets_free(&packet);
    return s;
}

static void
captures_say_what_the_packet_says(void)
{
    subject s = ncap_of(0, udp4(4000, 53, "query"));
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_BYTES(&s, "srcip", ip4_source, 4);
    CHECK_BYTES(&s, "dstip", ip4_destination, 4);
    CHECK_NUMBER(&s, "srcport", 4000);
    CHECK_NUMBER(&s, "dstport", 53);
    CHECK_NUMBER(&s, "proto", 17);
    CHECK_BYTES(&s, "dns", "query", 5);
    subject_clear(&s);

    s = ncap_of(1, udp6(5353, 9, "x"));
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_BYTES(&s, "srcip", ip6_source, 16);
    CHECK_BYTES(&s, "dstip", ip6_destination, 16);
    CHECK_NUMBER(&s, "srcport", 5353);
    CHECK_NUMBER(&s, "proto", 17);
    CHECK_BYTES(&s, "dns", "x", 1);
    subject_clear(&s);
}

static void
captures_without_dns_ports_have_no_dns(void)
{
    subject s = ncap_of(0, udp4(54, 5354, "query"));
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_NUMBER(&s, "dstport", 5354);
    CHECK_ABSENT(&s, "dns");
    subject_clear(&s);
}

static void
captures_that_are_cut_say_what_is_left(void)
{
    octets packet = udp4(4000, 53, "query");
    packet.len = 27; /* The UDP header lacks an octet. */
    subject s = ncap_of(0, packet);
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_BYTES(&s, "srcip", ip4_source, 4);
    CHECK_NUMBER(&s, "proto", 17);
    CHECK_ABSENT(&s, "srcport");
    CHECK_ABSENT(&s, "dns");
    subject_clear(&s);

    packet = udp4(4000, 53, "query");
    packet.len = 19;
    s = ncap_of(0, packet);
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_ABSENT(&s, "srcip");
    CHECK_ABSENT(&s, "proto");
    subject_clear(&s);

    s = ncap_of(1, (octets){0});
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_ABSENT(&s, "srcip");
    CHECK_ABSENT(&s, "dstport");
    CHECK_ABSENT(&s, "proto");
    CHECK_ABSENT(&s, "dns");
    subject_clear(&s);
}

static void
captures_of_unknown_type_say_nothing(void)
{
    subject s = ncap_of(7, udp4(4000, 53, "query"));
    CHECK_EQ(index_subject(&s, 1), NM_OK);
    CHECK_ABSENT(&s, "srcip");
    CHECK_ABSENT(&s, "srcport");
    CHECK_ABSENT(&s, "proto");
    CHECK_ABSENT(&s, "dns");
    subject_clear(&s);
}

static subject
legacy_of(uint64_t ltype)
{
    octets payload = {0};
    octets_put(&payload, "old", 3);
    subject s = ncap_of(2, payload);
    octets_number(&s.payload, 3, ltype);
    octets_bytes(&s.payload, 4, nm_span_of(ip4_source, 4));
    octets_number(&s.payload, 6, 1);
    octets_number(&s.payload, 7, 53);
    return s;
}

static void
old_captures_say_what_is_stored(void)
{
    static const struct {
        const char *name;
        uint64_t ltype;
        bool has_ports;
        uint64_t proto; /* 0: none. */
    } rows[] = {
        {"UDP", 0, true, 17}, {"TCP", 1, true, 6}, {"ICMP", 2, false, 1}, {"?", 3, false, 0}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        subject s = legacy_of(rows[i].ltype);
        CHECK_EQ(index_subject(&s, 1), NM_OK);
        CHECK_BYTES(&s, "srcip", ip4_source, 4);
        CHECK_BYTES(&s, "dstip", "", 0);
        if (rows[i].has_ports) {
            CHECK_NUMBER(&s, "srcport", 1);
            CHECK_NUMBER(&s, "dstport", 53);
            CHECK_BYTES(&s, "dns", "old", 3);
        } else {
            CHECK_ABSENT(&s, "srcport");
            CHECK_ABSENT(&s, "dns");
        }
        if (rows[i].proto != 0) {
            CHECK_NUMBER(&s, "proto", rows[i].proto);
        } else {
            CHECK_ABSENT(&s, "proto");
        }
        subject_clear(&s);
    }
}

/* -- dnsqr -- */

enum { DNSQR = 9 };

/* A transaction with its required fields, addresses of IPv4 or IPv6. */
static subject
dnsqr_new(uint64_t type, unsigned version)
{
    subject s = {.payload = {0}};
    octets_number(&s.payload, 1, type);
    octets_bytes(&s.payload, 2,
                 version == 4 ? nm_span_of(ip4_source, 4) : nm_span_of(ip6_source, 16));
    octets_bytes(&s.payload, 3,
                 version == 4 ? nm_span_of(ip4_destination, 4) : nm_span_of(ip6_destination, 16));
    for (uint32_t number = 4; number <= 7; number++) {
        octets_number(&s.payload, number, 1);
    }
    return s;
}

static void
put_packet(subject *s, uint32_t field, octets packet)
{
    octets_bytes(&s->payload, field, octets_span(&packet));
    octets_free(&packet);
}

static void
put_time(subject *s, bool is_query, int64_t sec, int32_t nsec)
{
    octets_number(&s->payload, is_query ? 13 : 16, (uint64_t)sec);
    octets_fixed32(&s->payload, is_query ? 14 : 17, (uint32_t)nsec);
}

static void
transactions_show_what_packets_carry(void)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        subject s = dnsqr_new(1, version);
        put_packet(&s, 12, version == 4 ? udp4(9, 53, "q") : udp6(9, 53, "q"));
        put_packet(&s, 15, version == 4 ? udp4(53, 9, "answer") : udp6(53, 9, "answer"));
        CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
        CHECK_BYTES(&s, "query", "q", 1);
        CHECK_BYTES(&s, "query_json", "q", 1);
        CHECK_BYTES(&s, "response", "answer", 6);
        CHECK_BYTES(&s, "dns", "answer", 6);
        subject_clear(&s);
    }
}

static void
packets_that_do_not_fit_the_transaction_are_not_shown(void)
{
    subject s = dnsqr_new(1, 6); /* The addresses say IPv6. */
    put_packet(&s, 12, udp4(9, 53, "q"));
    put_packet(&s, 15, udp4(53, 9, "answer"));
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "query");
    CHECK_ABSENT(&s, "response");
    subject_clear(&s);

    s = dnsqr_new(1, 4); /* Two queries. */
    put_packet(&s, 12, udp4(9, 53, "q"));
    put_packet(&s, 12, udp4(9, 53, "q"));
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "query");
    CHECK_ABSENT(&s, "response");
    subject_clear(&s);
}

static octets
fragment4(unsigned offset, bool has_more, nm_span whole, size_t len)
{
    octets packet = {0};
    put_ip4(&packet, 17, offset / 8 | (has_more ? MF : 0), nm_span_of(whole.data + offset, len));
    return packet;
}

static void
fragments_are_put_together(void)
{
    octets datagram = {0};
    put_udp(&datagram, 53, 9, 0, "0123456789abcdefghij");
    nm_span whole = octets_span(&datagram);
    subject s = dnsqr_new(1, 4);
    put_packet(&s, 15, fragment4(16, false, whole, 12));
    put_packet(&s, 15, fragment4(0, true, whole, 8));
    put_packet(&s, 15, fragment4(8, true, whole, 8));
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_BYTES(&s, "response", "0123456789abcdefghij", 20);
    subject_clear(&s);

    s = dnsqr_new(1, 4); /* The one in the middle is missing. */
    put_packet(&s, 15, fragment4(16, false, whole, 12));
    put_packet(&s, 15, fragment4(0, true, whole, 8));
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "response");
    subject_clear(&s);
    octets_free(&datagram);
}

static void
many_fragments_are_put_together_or_refused(void)
{
    octets datagram = {0};
    octets text = {0};
    octets_fill(&text, 'x', 8 * 200);
    octets_u8(&text, 0);
    put_udp(&datagram, 53, 9, 0, (const char *)text.data);
    nm_span whole = octets_span(&datagram);
    subject s = dnsqr_new(1, 4);
    for (unsigned i = 0; i < 201; i++) {
        put_packet(&s, 15, fragment4(8 * i, i < 200, whole, 8));
    }
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_BYTES(&s, "response", text.data, 1600);

    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    nm_buffer_clear(&s.scratch);
    nm_buffer_init(&s.scratch, 1 << 20, &memory.allocator);
    nm_value value;
    CHECK_EQ(get(&s, "response", &value), NM_E_NOMEM);
    subject_clear(&s);

    s = dnsqr_new(1, 4); /* More than any datagram has. */
    for (unsigned i = 0; i < 8193; i++) {
        put_packet(&s, 15, fragment4(0, true, whole, 8));
    }
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "response");
    CHECK_NUMBER(&s, "udp_checksum", 0);
    subject_clear(&s);
    octets_free(&datagram);
    octets_free(&text);
}

static double
delay_of(subject *s)
{
    nm_value value;
    CHECK_EQ(index_subject(s, DNSQR), NM_OK);
    CHECK_EQ(get(s, "delay", &value), NM_OK);
    subject_clear(s);
    return value.real;
}

static void
the_delay_is_that_of_the_last_response(void)
{
    subject s = dnsqr_new(1, 4);
    put_time(&s, true, 100, 900000000);
    put_time(&s, false, 101, 400000000);
    CHECK(delay_of(&s) == 0.5);

    s = dnsqr_new(1, 4); /* Clocks that disagree. */
    put_time(&s, true, 101, 0);
    put_time(&s, false, 100, 500000000);
    CHECK(delay_of(&s) == -0.5);

    s = dnsqr_new(1, 4);
    put_time(&s, true, 100, 0);
    put_time(&s, false, 101, 0);
    put_time(&s, false, 103, 0);
    put_time(&s, false, 102, 0);
    CHECK(delay_of(&s) == 3.0);

    s = dnsqr_new(1, 4); /* Of several the longest, and no less than nothing. */
    put_time(&s, true, 100, 0);
    put_time(&s, false, 98, 0);
    put_time(&s, false, 99, 0);
    CHECK(delay_of(&s) == 0.0);

    s = dnsqr_new(1, 4); /* Times that no clock shows. */
    put_time(&s, true, INT64_MIN, INT32_MIN);
    put_time(&s, false, INT64_MAX, INT32_MAX);
    (void)delay_of(&s); /* Only that nothing overflows. */
}

static void
without_one_query_and_a_response_there_is_no_delay(void)
{
    subject s = dnsqr_new(2, 4); /* Unanswered, whatever the times say. */
    put_time(&s, true, 1, 0);
    put_time(&s, false, 2, 0);
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "delay");
    subject_clear(&s);

    s = dnsqr_new(1, 4);
    put_time(&s, true, 1, 0);
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "delay");
    subject_clear(&s);

    s = dnsqr_new(1, 4);
    put_time(&s, true, 1, 0);
    put_time(&s, true, 1, 0);
    put_time(&s, false, 2, 0);
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "delay");
    subject_clear(&s);

    s = dnsqr_new(1, 4); /* Seconds without nanoseconds. */
    put_time(&s, true, 1, 0);
    put_time(&s, false, 2, 0);
    octets_number(&s.payload, 16, 3);
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "delay");
    subject_clear(&s);
}

static int64_t
checksum_state_of(subject *s)
{
    nm_value value;
    CHECK_EQ(index_subject(s, DNSQR), NM_OK);
    CHECK_EQ(get(s, "udp_checksum", &value), NM_OK);
    subject_clear(s);
    return value.i64;
}

static void
checksums_are_stored_or_computed(void)
{
    enum { ERROR, ABSENT, INCORRECT, CORRECT };
    subject s = dnsqr_new(1, 4);
    CHECK_EQ(index_subject(&s, DNSQR), NM_OK);
    CHECK_ABSENT(&s, "udp_checksum");
    subject_clear(&s);

    s = dnsqr_new(1, 4);
    put_packet(&s, 15, udp4(53, 9, "answer"));
    CHECK_EQ(checksum_state_of(&s), ABSENT);

    s = dnsqr_new(1, 4);
    put_packet(&s, 15, udp4(53, 9, "answer"));
    octets_number(&s.payload, 21, CORRECT);
    CHECK_EQ(checksum_state_of(&s), CORRECT);

    octets datagram = {0};
    octets packet = {0};
    put_udp(&datagram, 53, 9, 0xbad1, "answer");
    put_ip4(&packet, 17, 0, octets_span(&datagram));
    s = dnsqr_new(1, 4);
    put_packet(&s, 15, packet);
    CHECK_EQ(checksum_state_of(&s), INCORRECT);

    packet = (octets){0};
    put_ip4(&packet, 17, 0, octets_span(&datagram));
    s = dnsqr_new(1, 4);
    put_packet(&s, 15, packet);
    octets_number(&s.payload, 22, 1); /* An address is not what it was. */
    CHECK_EQ(checksum_state_of(&s), ERROR);
    octets_free(&datagram);
}

/* -- dnstap -- */

enum { DNSTAP = 13 };

/* A DNS header, and a question for example. IN A. */
#define DNS_HEADER(count) 0x12, 0x34, 0x81, 0x83, 0, (count), 0, 0, 0, 0, 0, 0
#define DNS_NAME 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0

static subject
dnstap_of(octets nested)
{
    subject s = {.payload = {0}};
    octets_number(&s.payload, 15, 1);
    octets_bytes(&s.payload, 14, octets_span(&nested));
    octets_free(&nested);
    return s;
}

static void
the_nested_message_is_shown(void)
{
    static const uint8_t query[] = {DNS_HEADER(1), DNS_NAME, 0, 28, 0, 1};
    octets nested = {0};
    octets_number(&nested, 1, 5);
    octets_number(&nested, 2, 2);
    octets_bytes(&nested, 4, nm_span_of(ip6_source, 16));
    octets_number(&nested, 6, 4000);
    octets_number(&nested, 8, 1600000000);
    octets_fixed32(&nested, 9, 5);
    octets_bytes(&nested, 10, nm_span_of(query, sizeof query));
    subject s = dnstap_of(nested);
    CHECK_EQ(index_subject(&s, DNSTAP), NM_OK);
    CHECK_NUMBER(&s, "message_type", 5);
    CHECK_NUMBER(&s, "socket_family", 2);
    CHECK_NUMBER(&s, "socket_protocol", 1); /* Absent: UDP. */
    CHECK_BYTES(&s, "query_address", ip6_source, 16);
    CHECK_NUMBER(&s, "query_port", 4000);
    CHECK_NUMBER(&s, "query_time_sec", 1600000000);
    CHECK_NUMBER(&s, "query_time_nsec", 5);
    CHECK_BYTES(&s, "query_message", query, sizeof query);
    CHECK_BYTES(&s, "query_json", query, sizeof query);
    CHECK_ABSENT(&s, "response_message");
    CHECK_ABSENT(&s, "response_port");
    CHECK_NUMBER(&s, "id", 0x1234);
    CHECK_NUMBER(&s, "rcode", 3);
    CHECK_BYTES(&s, "qname", query + 12, 9);
    CHECK_NUMBER(&s, "qtype", 28);
    CHECK_NUMBER(&s, "qclass", 1);
    subject_clear(&s);
}

static void
without_a_nested_message_nothing_is_shown(void)
{
    subject s = {.payload = {0}};
    octets_number(&s.payload, 15, 1);
    CHECK_EQ(index_subject(&s, DNSTAP), NM_OK);
    CHECK_ABSENT(&s, "message_type");
    CHECK_ABSENT(&s, "socket_family");
    CHECK_ABSENT(&s, "id");
    subject_clear(&s);
}

static void
nested_messages_that_cannot_be_decoded_are_refused(void)
{
    octets nested = {0};
    octets_number(&nested, 6, 4000); /* No type. */
    subject s = dnstap_of(nested);
    CHECK_EQ(index_subject(&s, DNSTAP), NM_E_PARSE);
    subject_clear(&s);

    nested = (octets){0};
    octets_number(&nested, 1, 5);
    octets_u8(&nested, 0x0a);
    s = dnstap_of(nested);
    CHECK_EQ(index_subject(&s, DNSTAP), NM_E_PARSE);
    subject_clear(&s);

    s = (subject){.payload = {0}};
    octets_number(&s.payload, 15, 1);
    octets_number(&s.payload, 14, 1); /* A number instead of a message. */
    CHECK_EQ(index_subject(&s, DNSTAP), NM_E_PARSE);
    subject_clear(&s);
}

static void
cut_questions_show_what_is_there(void)
{
    static const uint8_t messages[][12 + 14] = {
        {DNS_HEADER(1), DNS_NAME, 0, 28, 0, 1},
        {DNS_HEADER(2), DNS_NAME, 0, 28, 0, 1}, /* Not one question. */
        {DNS_HEADER(1), 0xc0, 12, 0, 28, 0, 1}, /* A pointer, which is not followed. */
    };
    static const struct {
        const char *name;
        size_t message;
        size_t len;
        size_t qname_len; /* 0: none. */
        bool has_qtype;
        bool has_qclass;
    } rows[] = {
        {"whole", 0, 25, 9, true, true},           {"class cut", 0, 24, 9, true, false},
        {"type cut", 0, 22, 9, false, false},      {"name only", 0, 21, 9, false, false},
        {"name cut", 0, 16, 4, false, false},      {"no question", 0, 12, 0, false, false},
        {"two announced", 1, 25, 0, false, false}, {"pointer", 2, 18, 2, true, true},
        {"pointer cut", 2, 13, 1, false, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets nested = {0};
        octets_number(&nested, 1, 6);
        octets_bytes(&nested, 14, nm_span_of(messages[rows[i].message], rows[i].len));
        subject s = dnstap_of(nested);
        CHECK_EQ(index_subject(&s, DNSTAP), NM_OK);
        CHECK_NUMBER(&s, "id", 0x1234);
        if (rows[i].qname_len > 0) {
            CHECK_BYTES(&s, "qname", messages[rows[i].message] + 12, rows[i].qname_len);
        } else {
            CHECK_ABSENT(&s, "qname");
        }
        nm_value value;
        CHECK_EQ(get(&s, "qtype", &value), rows[i].has_qtype ? NM_OK : NM_END);
        CHECK_EQ(get(&s, "qclass", &value), rows[i].has_qclass ? NM_OK : NM_END);
        subject_clear(&s);
    }
}

static void
a_cut_header_shows_nothing(void)
{
    static const uint8_t header[] = {DNS_HEADER(1)};
    octets nested = {0};
    octets_number(&nested, 1, 6);
    octets_bytes(&nested, 14, nm_span_of(header, 11));
    subject s = dnstap_of(nested);
    CHECK_EQ(index_subject(&s, DNSTAP), NM_OK);
    CHECK_ABSENT(&s, "id");
    CHECK_ABSENT(&s, "rcode");
    subject_clear(&s);
}

/* -- dnsobs -- */

static void
the_response_of_an_observation_is_shown_twice(void)
{
    subject s = {.payload = {0}};
    octets_number(&s.payload, 1, 1);
    octets_text(&s.payload, 2, "\x7f\1\1\1");
    octets_text(&s.payload, 3, "");
    for (uint32_t number = 4; number <= 6; number++) {
        octets_number(&s.payload, number, 1);
    }
    CHECK_EQ(index_subject(&s, 14), NM_OK);
    CHECK_ABSENT(&s, "response_json");
    octets_text(&s.payload, 7, "dns");
    CHECK_EQ(index_subject(&s, 14), NM_OK);
    CHECK_BYTES(&s, "response", "dns", 3);
    CHECK_BYTES(&s, "response_json", "dns", 3);
    subject_clear(&s);
}

CHECK_MAIN(CHECK_TEST(captures_say_what_the_packet_says),
           CHECK_TEST(captures_without_dns_ports_have_no_dns),
           CHECK_TEST(captures_that_are_cut_say_what_is_left),
           CHECK_TEST(captures_of_unknown_type_say_nothing),
           CHECK_TEST(old_captures_say_what_is_stored),
           CHECK_TEST(transactions_show_what_packets_carry),
           CHECK_TEST(packets_that_do_not_fit_the_transaction_are_not_shown),
           CHECK_TEST(fragments_are_put_together),
           CHECK_TEST(many_fragments_are_put_together_or_refused),
           CHECK_TEST(the_delay_is_that_of_the_last_response),
           CHECK_TEST(without_one_query_and_a_response_there_is_no_delay),
           CHECK_TEST(checksums_are_stored_or_computed), CHECK_TEST(the_nested_message_is_shown),
           CHECK_TEST(without_a_nested_message_nothing_is_shown),
           CHECK_TEST(nested_messages_that_cannot_be_decoded_are_refused),
           CHECK_TEST(cut_questions_show_what_is_there), CHECK_TEST(a_cut_header_shows_nothing),
           CHECK_TEST(the_response_of_an_observation_is_shown_twice))
