/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions as nm_capture gives them out: what comes of which packets, and when. */
#include "capture/capture.h"
#include "message/message.h"
#include "message/schema/tables.h"
#include "packet/checksum.h"

#include "check.h"
#include "dns_packets.h"
#include "failing_allocator.h"

enum { T = 1000000 /* The second when it all begins. */ };

/* Messages as they came, in short: "Q" etc. for the type, then the id. */
typedef struct fixture {
    nm_capture_options options;
    nm_capture *c;
    nm_buffer messages;
    char log[4096];
    nm_message last; /* Of these; its octets are kept below. */
    octets data;
} fixture;

static const char type_letters[] = "?PQRTICO"; /* pair, query, response, TCP, ICMP, only … */

static int64_t
number_of(const nm_message *m, const char *name)
{
    nm_fields fields = nm_message_fields(m);
    const nm_field *field = nm_schema_field_by_name(m->schema, nm_span_of(name, strlen(name)));
    nm_value value;
    return nm_fields_stored(&fields, field->number, &value) ? (int64_t)value.u64 | value.i64 : -1;
}

static nm_span
bytes_of(const nm_message *m, const char *name, size_t index)
{
    nm_fields fields = nm_message_fields(m);
    const nm_field *field = nm_schema_field_by_name(m->schema, nm_span_of(name, strlen(name)));
    nm_values values = nm_fields_values(&fields, field->number);
    nm_value value = {.bytes = {NULL, 0}};
    do {
        if (!nm_values_next(&values, &value)) {
            return nm_span_of(NULL, 0);
        }
    } while (index-- > 0);
    return value.bytes;
}

static void
setup(fixture *f)
{
    *f = (fixture){.options = nm_capture_options_default(&nm_schema_base_dnsqr, NM_LINK_RAW)};
}

static void
begin(fixture *f)
{
    nm_error err;
    nm_buffer_init(&f->messages, SIZE_MAX, f->options.allocator);
    CHECK_EQ(nm_capture_new(&f->options, &f->messages, &f->c, &err), NM_OK);
}

static void
note(fixture *f, const nm_payload *payload)
{
    nm_error err;
    octets_free(&f->data);
    octets_put_span(&f->data, payload->data);
    nm_payload copy = *payload;
    copy.data = octets_span(&f->data);
    CHECK_EQ(nm_message_decode(&f->last, &copy, &err), NM_OK);
    CHECK(f->last.schema == &nm_schema_base_dnsqr);
    size_t type = (size_t)number_of(&f->last, "type") % (sizeof type_letters - 1);
    size_t len = strlen(f->log);
    (void)snprintf(f->log + len, sizeof f->log - len, "%c%" PRId64 " ", type_letters[type],
                   number_of(&f->last, "id"));
}

static nm_status
drain(fixture *f)
{
    nm_payload payload;
    nm_error err;
    nm_status status;
    while ((status = nm_capture_next(f->c, &payload, &err)) == NM_OK) {
        note(f, &payload);
        f->messages.len = 0;
    }
    return status;
}

static void
feed_octets(fixture *f, nm_span in, int64_t sec, uint32_t nsec)
{
    const nm_captured packet = {
        .octets = in, .len = (uint32_t)in.len, .time_sec = sec, .time_nsec = nsec};
    nm_capture_feed(f->c, &packet);
    CHECK_EQ(drain(f), NM_AGAIN);
}

static void
feed(fixture *f, dns_plan plan, int64_t sec)
{
    octets o = {0};
    dns_put_packet(&o, &plan);
    feed_octets(f, octets_span(&o), sec, 500);
    octets_free(&o);
}

static void
finish(fixture *f)
{
    nm_capture_finish(f->c);
    CHECK_EQ(drain(f), NM_END);
}

static void
teardown(fixture *f)
{
    nm_capture_free(f->c);
    nm_buffer_clear(&f->messages);
    octets_free(&f->data);
}

static dns_plan
query(unsigned id)
{
    return (dns_plan){.client = 7, .port = 4000, .id = id, .has_rd = true, .qname = EXAMPLE_COM};
}

static dns_plan
response(unsigned id)
{
    dns_plan plan = query(id);
    plan.is_response = true;
    return plan;
}

static void
expect_log(const fixture *f, const char *expected)
{
    CHECK_TEXT(f->log, strlen(f->log), expected);
}

static void
queries_meet_responses(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    feed(&f, query(1), T);
    feed(&f, query(2), T);
    feed(&f, response(2), T + 1);
    CHECK_EQ(f.last.payload.time_sec, T);
    CHECK_EQ(number_of(&f.last, "proto"), 17);
    CHECK_EQ(number_of(&f.last, "query_port"), 4000);
    CHECK_EQ(number_of(&f.last, "response_port"), 53);
    CHECK_EQ(number_of(&f.last, "qtype"), 1);
    CHECK_EQ(number_of(&f.last, "rcode"), 0);
    CHECK_EQ(number_of(&f.last, "udp_checksum"), NM_UDP_CHECKSUM_CORRECT);
    CHECK_EQ(number_of(&f.last, "resolver_address_zeroed"), -1);
    CHECK_EQ(number_of(&f.last, "timeout"), -1);
    CHECK_SPAN(bytes_of(&f.last, "qname", 0), nm_span_of(EXAMPLE_COM, 13));
    CHECK_SPAN(bytes_of(&f.last, "query_ip", 0), nm_span_of("\12\12\12\7", 4));
    CHECK_SPAN(bytes_of(&f.last, "response_ip", 0), nm_span_of("\24\24\24\24", 4));
    feed(&f, response(3), T + 1);
    CHECK_EQ(f.last.payload.time_sec, T + 1);
    CHECK_EQ(bytes_of(&f.last, "query_packet", 0).len, 0);
    finish(&f);
    CHECK_EQ(number_of(&f.last, "rcode"), -1);
    CHECK_EQ(number_of(&f.last, "udp_checksum"), -1);
    expect_log(&f, "P2 R3 Q1 ");
    teardown(&f);
}

/* Each query expires before the packet that follows the one which showed it to be late. */
static void
queries_expire_after_the_timeout(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    feed(&f, query(1), T);
    feed(&f, query(2), T + 60);
    feed(&f, response(9), T + 60);
    expect_log(&f, "R9 ");
    feed(&f, query(3), T + 61);
    expect_log(&f, "R9 ");
    feed(&f, response(1), T + 61); /* Too late: 1 goes before it is looked at. */
    expect_log(&f, "R9 Q1 R1 ");
    feed(&f, response(8), T + 200); /* 2 and 3 go before what comes next. */
    expect_log(&f, "R9 Q1 R1 R8 ");
    feed(&f, response(3), T + 200);
    expect_log(&f, "R9 Q1 R1 R8 Q2 Q3 R3 ");
    finish(&f);
    CHECK_EQ(nm_capture_stats_get(f.c).unanswered, 3);
    CHECK_EQ(nm_capture_stats_get(f.c).pushed_out, 0);
    teardown(&f);
}

static void
how_long_a_query_waited_is_told(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    feed(&f, query(1), T);
    octets o = {0};
    dns_plan plan = response(5);
    dns_put_packet(&o, &plan);
    feed_octets(&f, octets_span(&o), T + 2, 0); /* 500 ns before a whole second. */
    finish(&f);
    nm_fields fields = nm_message_fields(&f.last);
    nm_value value;
    CHECK(nm_fields_stored(&fields, 20, &value));
    CHECK(value.real == 1.0 + 999999500 / 1e9);
    octets_free(&o);
    teardown(&f);
}

static void
the_oldest_goes_when_there_are_too_many(void)
{
    fixture f;
    setup(&f);
    f.options.dnsqr.queries_max = 2;
    begin(&f);
    for (unsigned id = 1; id <= 5; id++) {
        feed(&f, query(id), T);
    }
    expect_log(&f, "Q1 Q2 "); /* One more than two may be there until a packet comes. */
    CHECK_EQ(nm_capture_stats_get(f.c).queries, 3);
    finish(&f);
    expect_log(&f, "Q1 Q2 Q3 Q4 Q5 ");
    CHECK_EQ(nm_capture_stats_get(f.c).pushed_out, 2);
    teardown(&f);
}

static void
octets_of_queries_are_bounded(void)
{
    for (int is_filtered = 0; is_filtered < 2; is_filtered++) {
        fixture f;
        setup(&f);
        f.options.dnsqr.queries_len_max = 100000;
        if (is_filtered) {
            f.options.dnsqr.names_excluded = nm_span_of("com", 3);
        }
        begin(&f);
        for (unsigned id = 0; id < 3000; id++) {
            dns_plan plan = query(id);
            plan.extra = id < 300 ? 0 : 5000; /* First many small ones, then large ones. */
            f.log[0] = '\0';
            feed(&f, plan, T);
            CHECK(nm_capture_stats_get(f.c).queries <= 392);
        }
        CHECK(nm_capture_stats_get(f.c).queries <= 20);
        teardown(&f);
    }
}

static void
time_may_go_on_without_packets(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    feed(&f, query(1), T);
    nm_capture_tick(f.c, T + 60, 0);
    CHECK_EQ(drain(&f), NM_AGAIN);
    expect_log(&f, "");
    nm_capture_tick(f.c, T + 61, 0);
    CHECK_EQ(drain(&f), NM_AGAIN);
    expect_log(&f, "Q1 ");
    nm_capture_tick(f.c, T, 0); /* Not back. */
    feed(&f, query(2), T + 30);
    finish(&f);
    expect_log(&f, "Q1 Q2 ");
    teardown(&f);
}

static void
one_direction_can_be_asked_for(void)
{
    fixture f;
    setup(&f);
    f.options.dnsqr.mode = NM_DNSQR_QUERIES;
    f.options.dnsqr.rd = NM_DNSQR_RD_CLEAR; /* Not looked at in this mode. */
    begin(&f);
    feed(&f, query(1), T);
    CHECK(bytes_of(&f.last, "query_packet", 0).len > 0);
    feed(&f, response(1), T);
    finish(&f);
    expect_log(&f, "C1 ");
    CHECK_EQ(nm_capture_stats_get(f.c).unwanted, 1);
    teardown(&f);
    setup(&f);
    f.options.dnsqr.mode = NM_DNSQR_RESPONSES;
    f.options.dnsqr.names_excluded = nm_span_of(".", 1); /* Nor this. */
    begin(&f);
    feed(&f, query(1), T);
    feed(&f, response(1), T);
    CHECK(bytes_of(&f.last, "response_packet", 0).len > 0);
    CHECK_EQ(number_of(&f.last, "rcode"), 0);
    finish(&f);
    expect_log(&f, "O1 ");
    teardown(&f);
}

static void
flags_and_names_are_filtered(void)
{
    static const struct {
        const char *name;
        nm_dnsqr_rd rd;
        const char *excluded;
        const char *included;
        const char *log;
    } rows[] = {
        {"nothing", NM_DNSQR_RD_ANY, "", "", "P1 R2 P3 R4 Q5 Q6 "},
        {"RD", NM_DNSQR_RD_SET, "", "", "P1 R2 Q5 "},
        {"no RD", NM_DNSQR_RD_CLEAR, "", "", "P3 R4 Q6 "},
        {"a name", NM_DNSQR_RD_ANY, "com", "", "P3 R4 Q6 "},
        {"a name but one below it", NM_DNSQR_RD_ANY, "com:net", "foo.net", "P3 R4 Q6 "},
        {"included only", NM_DNSQR_RD_ANY, "", "com", "P1 R2 P3 R4 Q5 Q6 "},
        {"all", NM_DNSQR_RD_ANY, ".", "", ""},
        {"both", NM_DNSQR_RD_CLEAR, "net", "", ""},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        fixture f;
        CHECK_CASE(rows[i].name);
        setup(&f);
        f.options.dnsqr.rd = rows[i].rd;
        f.options.dnsqr.names_excluded = nm_span_of(rows[i].excluded, strlen(rows[i].excluded));
        f.options.dnsqr.names_included = nm_span_of(rows[i].included, strlen(rows[i].included));
        begin(&f);
        for (unsigned id = 1; id <= 6; id++) {
            bool is_foo = id == 3 || id == 4 || id == 6;
            dns_plan plan = query(id);
            plan.qname = is_foo ? FOO_NET : EXAMPLE_COM;
            plan.has_rd = !is_foo;
            if (id % 2 == 1 || id == 6) {
                feed(&f, plan, T);
            }
            if (id <= 4) {
                plan.is_response = true;
                plan.has_rd = id % 2 == 1 ? is_foo : !is_foo; /* Of pairs the query's counts. */
                feed(&f, plan, T);
            }
        }
        finish(&f);
        expect_log(&f, rows[i].log);
        teardown(&f);
    }
}

/* What is dropped makes way for a packet, what comes out does not: the order that readers of other
 * programs' files know. */
static void
of_unwanted_queries_one_expires_before_each_packet(void)
{
    fixture f;
    setup(&f);
    f.options.dnsqr.names_excluded = nm_span_of("net", 3);
    begin(&f);
    dns_plan unwanted = query(1);
    unwanted.qname = FOO_NET;
    feed(&f, unwanted, T);
    feed(&f, query(2), T);
    feed(&f, response(8), T + 100);
    feed(&f, response(9), T + 100);
    expect_log(&f, "R8 R9 "); /* Before 9 only 1 expired. */
    feed(&f, response(10), T + 100);
    expect_log(&f, "R8 R9 Q2 R10 ");
    finish(&f);
    CHECK_EQ(nm_capture_stats_get(f.c).filtered, 1);
    teardown(&f);
}

static void
a_missing_question_is_taken_from_the_query(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    dns_plan refusal = response(1);
    refusal.qname = NULL;
    refusal.rcode = 5;
    feed(&f, query(1), T);
    feed(&f, refusal, T);
    expect_log(&f, "P1 ");
    CHECK_SPAN(bytes_of(&f.last, "qname", 0), nm_span_of(EXAMPLE_COM, 13));
    CHECK_EQ(number_of(&f.last, "qtype"), 1);
    CHECK_EQ(number_of(&f.last, "qclass"), 1);
    CHECK_EQ(number_of(&f.last, "rcode"), 5);
    teardown(&f);
}

static void
checksums_of_responses_are_looked_at(void)
{
    static const int64_t expected[] = {NM_UDP_CHECKSUM_CORRECT, NM_UDP_CHECKSUM_ABSENT,
                                       NM_UDP_CHECKSUM_INCORRECT};
    for (unsigned version = 4; version <= 6; version += 2) {
        for (unsigned i = 0; i < CHECK_COUNT(expected); i++) {
            fixture f;
            setup(&f);
            begin(&f);
            dns_plan plan = response(1);
            plan.version = version;
            plan.checksum = i;
            plan.padding = 5;
            feed(&f, plan, T);
            CHECK_EQ(number_of(&f.last, "udp_checksum"), expected[i]);
            teardown(&f);
        }
    }
}

/* Feed a datagram as fragments of 16 octets, in the order that a permutation of three says. */
static void
feed_fragments(fixture *f, const dns_plan *plan, unsigned first, int64_t sec, uint32_t nsec)
{
    octets udp = {0};
    dns_put_udp(&udp, plan);
    size_t count = (udp.len + 15) / 16;
    for (size_t k = 0; k < count; k++) {
        size_t i = (k + first) % count;
        size_t len = i + 1 < count ? 16 : udp.len - 16 * i;
        octets o = {0};
        unsigned fragment = (unsigned)(2 * i) | (i + 1 < count ? 0x2000 : 0);
        dns_put_ip(&o, plan, 17, 77, fragment, len);
        octets_put(&o, udp.data + 16 * i, len);
        octets_fill(&o, 'P', 6);
        feed_octets(f, octets_span(&o), sec, nsec + (uint32_t)k);
        octets_free(&o);
    }
    octets_free(&udp);
}

static void
fragments_are_kept_as_they_were_sent(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    dns_plan plan = response(1);
    plan.extra = 40;
    feed(&f, query(1), T);
    feed_fragments(&f, &plan, 2, T + 3, 100);
    expect_log(&f, "P1 ");
    CHECK_EQ(number_of(&f.last, "udp_checksum"), NM_UDP_CHECKSUM_CORRECT);
    for (size_t i = 0; i < 5; i++) { /* By offset, without padding. */
        nm_ip_packet p;
        nm_span packet = bytes_of(&f.last, "response_packet", i);
        CHECK_EQ(nm_ip_packet_parse(packet, &p), NM_OK);
        CHECK_EQ(p.fragment_offset, 16 * i);
        CHECK_EQ(p.packet_len, packet.len);
    }
    CHECK_EQ(bytes_of(&f.last, "response_packet", 4).len, 13 + 20);
    CHECK_EQ(bytes_of(&f.last, "response_packet", 5).len, 0);
    finish(&f);
    CHECK_EQ(nm_capture_stats_get(f.c).fragments, 5);
    CHECK_EQ(nm_capture_stats_get(f.c).reassembled, 1);
    teardown(&f);
    setup(&f); /* Asked for alone, a query is one packet. */
    f.options.dnsqr.mode = NM_DNSQR_QUERIES;
    begin(&f);
    plan.is_response = false;
    feed_fragments(&f, &plan, 1, T, 0);
    expect_log(&f, "C1 ");
    nm_ip_packet p;
    CHECK_EQ(nm_ip_packet_parse(bytes_of(&f.last, "query_packet", 0), &p), NM_OK);
    CHECK(!p.is_fragment);
    CHECK_EQ(bytes_of(&f.last, "query_packet", 1).len, 0);
    teardown(&f);
}

static void
fragments_may_take_their_time(void)
{
    fixture f;
    setup(&f);
    begin(&f);
    octets udp = {0};
    dns_plan plan = query(1);
    dns_put_udp(&udp, &plan);
    for (int i = 0; i < 2; i++) {
        octets o = {0};
        size_t len = i == 0 ? 16 : udp.len - 16;
        dns_put_ip(&o, &plan, 17, 1, i == 0 ? 0x2000 : 2, len);
        octets_put(&o, udp.data + 16 * i, len);
        feed_octets(&f, octets_span(&o), T + 59 * i, 0);
        octets_free(&o);
    }
    octets_free(&udp);
    finish(&f);
    expect_log(&f, "Q1 ");
    CHECK_EQ(f.last.payload.time_sec, T);
    teardown(&f);
}

/* How often the client's address stands in the message. */
static size_t
count_client(const fixture *f, unsigned version)
{
    uint8_t client[16];
    size_t len = version == 6 ? 16 : 4;
    size_t count = 0;
    memset(client, 10, sizeof client);
    client[len - 1] = 7;
    for (size_t i = 0; i + len <= f->data.len; i++) {
        count += memcmp(f->data.data + i, client, len) == 0;
    }
    return count;
}

static void
the_resolvers_address_is_zeroed(void)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        fixture f;
        setup(&f);
        f.options.dnsqr.zeroes_resolver = true;
        begin(&f);
        for (unsigned id = 1; id <= 3; id++) {
            dns_plan plan = query(id);
            plan.version = version;
            if (id != 2) {
                feed(&f, plan, T);
            }
            plan.is_response = true;
            if (id != 3) {
                feed(&f, plan, T);
                CHECK_EQ(count_client(&f, version), 0);
                CHECK_EQ(number_of(&f.last, "udp_checksum"), NM_UDP_CHECKSUM_CORRECT);
            }
        }
        finish(&f);
        expect_log(&f, "P1 R2 Q3 ");
        CHECK_EQ(count_client(&f, version), 0);
        CHECK_EQ(number_of(&f.last, "resolver_address_zeroed"), 1);
        CHECK_EQ(bytes_of(&f.last, "query_ip", 0).len, version == 6 ? 16 : 4);
        nm_span other = bytes_of(&f.last, "response_ip", 0);
        CHECK(other.len == (version == 6 ? 16 : 4) && other.data != NULL && other.data[0] == 20);
        teardown(&f);
    }
}

static void
tcp_and_icmp_stand_for_themselves(void)
{
    for (int zeroes = 0; zeroes < 2; zeroes++) {
        fixture f;
        octets tcp = {0};
        octets icmp = {0};
        const dns_plan plan = {.client = 7, .port = 4000};
        const dns_plan to_client = {.client = 7, .is_response = true};
        dns_put_ip(&tcp, &plan, 6, 0, 0, 20);
        octets_be(&tcp, 4000, 2);
        octets_be(&tcp, 53, 2);
        octets_fill(&tcp, 0x50, 16);
        dns_put_ip(&icmp, &to_client, 1, 0, 0, 8 + 28);
        octets_be(&icmp, 0x0303, 2);
        octets_be(&icmp, 0, 6);
        dns_put_ip(&icmp, &plan, 17, 0, 0, 500);
        octets_be(&icmp, 4000, 2);
        octets_be(&icmp, 53, 2);
        octets_be(&icmp, 480, 4);
        setup(&f);
        f.options.dnsqr.zeroes_resolver = zeroes == 1;
        f.options.dnsqr.mode = zeroes == 1 ? NM_DNSQR_PAIRS : NM_DNSQR_QUERIES;
        begin(&f);
        feed_octets(&f, octets_span(&tcp), T, 3);
        CHECK_EQ(bytes_of(&f.last, "tcp", 0).len, tcp.len);
        CHECK_EQ(bytes_of(&f.last, "query_ip", 0).len, 0);
        CHECK_EQ(number_of(&f.last, "proto"), 6);
        CHECK_EQ(number_of(&f.last, "query_port"), 0);
        CHECK_EQ(count_client(&f, 4), zeroes ? 0 : 1);
        CHECK_EQ(f.last.payload.time_nsec, 3);
        feed_octets(&f, octets_span(&icmp), T, 4);
        CHECK_EQ(bytes_of(&f.last, "icmp", 0).len, icmp.len);
        CHECK_EQ(number_of(&f.last, "proto"), 1);
        CHECK_EQ(count_client(&f, 4), zeroes ? 0 : 2);
        expect_log(&f, "T0 I0 ");
        octets_free(&tcp);
        octets_free(&icmp);
        teardown(&f);
    }
}

/* Which packets the filter was asked about. */
typedef struct asked {
    size_t count;
    bool verdict;
    unsigned version;
} asked;

static bool
ask(void *context, nm_span packet)
{
    asked *a = context;
    a->count++;
    a->version = packet.data[0] >> 4;
    return a->verdict;
}

static void
filters_are_asked_about_what_they_cannot_see(void)
{
    fixture f;
    asked a = {.verdict = true};
    setup(&f);
    f.options.passes = ask;
    f.options.passes_context = &a;
    begin(&f);
    dns_plan plan = response(1);
    feed(&f, plan, T);
    CHECK_EQ(a.count, 0);
    plan.version = 6;
    feed(&f, plan, T);
    CHECK_EQ(a.count, 1);
    CHECK_EQ(a.version, 6);
    plan.version = 4;
    feed_fragments(&f, &plan, 0, T, 0);
    CHECK_EQ(a.count, 2);
    a.verdict = false;
    feed_fragments(&f, &plan, 0, T, 0);
    plan.version = 6;
    feed(&f, plan, T);
    CHECK_EQ(a.count, 4);
    expect_log(&f, "R1 R1 R1 ");
    CHECK_EQ(nm_capture_stats_get(f.c).unwanted, 2);
    teardown(&f);
}

static void
a_session(failing_allocator *memory)
{
    fixture f;
    nm_error err;
    setup(&f);
    f.options.allocator = &memory->allocator;
    f.options.dnsqr.names_excluded = nm_span_of("org", 3);
    nm_buffer_init(&f.messages, SIZE_MAX, f.options.allocator);
    if (nm_capture_new(&f.options, &f.messages, &f.c, &err) != NM_OK) {
        CHECK_EQ(err.code, NM_E_NOMEM);
        return;
    }
    for (unsigned i = 0; i < 30; i++) {
        octets o = {0};
        dns_plan plan = i % 3 == 2 ? response(i - 1) : query(i);
        plan.extra = i * 20;
        dns_put_packet(&o, &plan);
        if (i % 5 == 4) { /* A fragment. */
            o.data[6] = 0x20;
        }
        const nm_captured packet = {
            .octets = octets_span(&o), .len = (uint32_t)o.len, .time_sec = T};
        nm_capture_feed(f.c, &packet);
        nm_status status;
        while ((status = drain(&f)) == NM_E_NOMEM) {
        }
        CHECK_EQ(status, NM_AGAIN);
        octets_free(&o);
    }
    nm_capture_finish(f.c);
    nm_status status;
    while ((status = drain(&f)) == NM_E_NOMEM) {
    }
    CHECK_EQ(status, NM_END);
    teardown(&f);
}

static void
no_memory_is_survived(void)
{
    sweep_result result = failing_allocator_sweep(a_session, 500);
    CHECK(result.failures > 10);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(queries_meet_responses), CHECK_TEST(queries_expire_after_the_timeout),
           CHECK_TEST(how_long_a_query_waited_is_told),
           CHECK_TEST(the_oldest_goes_when_there_are_too_many),
           CHECK_TEST(octets_of_queries_are_bounded), CHECK_TEST(time_may_go_on_without_packets),
           CHECK_TEST(one_direction_can_be_asked_for), CHECK_TEST(flags_and_names_are_filtered),
           CHECK_TEST(of_unwanted_queries_one_expires_before_each_packet),
           CHECK_TEST(a_missing_question_is_taken_from_the_query),
           CHECK_TEST(checksums_of_responses_are_looked_at),
           CHECK_TEST(fragments_are_kept_as_they_were_sent),
           CHECK_TEST(fragments_may_take_their_time), CHECK_TEST(the_resolvers_address_is_zeroed),
           CHECK_TEST(tcp_and_icmp_stand_for_themselves),
           CHECK_TEST(filters_are_asked_about_what_they_cannot_see),
           CHECK_TEST(no_memory_is_survived))
