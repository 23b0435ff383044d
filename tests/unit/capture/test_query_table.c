/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/query_table.h"

#include "check.h"
#include "dns_packets.h"
#include "failing_allocator.h"

/* A parsed packet with the octets that it borrows from. */
typedef struct parsed {
    octets octets;
    nm_dns_packet packet;
} parsed;

static parsed
parsed_of(const dns_plan *plan)
{
    parsed p = {.octets = {0}};
    nm_ip_packet ip;
    dns_put_packet(&p.octets, plan);
    if (nm_ip_packet_parse(octets_span(&p.octets), &ip) != NM_OK ||
        nm_dns_packet_parse(&ip, octets_span(&p.octets), &p.packet) != NM_OK) {
        abort(); /* A plan that is none. */
    }
    return p;
}

static nm_status
add(nm_query_table *t, dns_plan plan, int64_t sec)
{
    plan.is_response = false;
    parsed p = parsed_of(&plan);
    const nm_fragment_packet packet = {.packet = octets_span(&p.octets), .time_sec = sec};
    nm_status status = nm_query_table_add(t, &p.packet, &packet, 1);
    octets_free(&p.octets);
    return status;
}

/* Seconds of the query that a response meets, which then leaves the table; -1: none. */
static int64_t
answer(nm_query_table *t, dns_plan plan)
{
    plan.is_response = true;
    parsed p = parsed_of(&plan);
    nm_query *query = nm_query_table_find(t, &p.packet);
    int64_t sec = query != NULL ? query->time_sec : -1;
    if (query != NULL) {
        nm_query_table_remove(t, query);
    }
    octets_free(&p.octets);
    return sec;
}

static void
a_response_meets_its_query(void)
{
    static const struct {
        const char *name;
        dns_plan query;
        dns_plan response;
        bool do_meet;
    } rows[] = {
#define QUERY {.client = 1, .port = 9, .id = 5, .qname = EXAMPLE_COM}
        {"equal", QUERY, QUERY, true},
        {"another id", QUERY, {.client = 1, .port = 9, .id = 6, .qname = EXAMPLE_COM}, false},
        {"another port", QUERY, {.client = 1, .port = 8, .id = 5, .qname = EXAMPLE_COM}, false},
        {"another client", QUERY, {.client = 2, .port = 9, .id = 5, .qname = EXAMPLE_COM}, false},
        {"another server port",
         QUERY,
         {.client = 1, .port = 9, .server_port = 5353, .id = 5, .qname = EXAMPLE_COM},
         false},
        {"another version",
         QUERY,
         {.version = 6, .client = 1, .port = 9, .id = 5, .qname = EXAMPLE_COM},
         false},
        {"another name", QUERY, {.client = 1, .port = 9, .id = 5, .qname = FOO_NET}, false},
        {"another case",
         QUERY,
         {.client = 1, .port = 9, .id = 5, .qname = "\7Example\3com"},
         false},
        {"another type",
         QUERY,
         {.client = 1, .port = 9, .id = 5, .qname = EXAMPLE_COM, .qtype = 28},
         false},
        {"another name and a refusal",
         QUERY,
         {.client = 1, .port = 9, .id = 5, .qname = FOO_NET, .rcode = 5},
         false},
        {"no question", QUERY, {.client = 1, .port = 9, .id = 5}, false},
        {"no question, FORMERR", QUERY, {.client = 1, .port = 9, .id = 5, .rcode = 1}, true},
        {"no question, SERVFAIL", QUERY, {.client = 1, .port = 9, .id = 5, .rcode = 2}, true},
        {"no question, NXDOMAIN", QUERY, {.client = 1, .port = 9, .id = 5, .rcode = 3}, false},
        {"no question, NOTIMP", QUERY, {.client = 1, .port = 9, .id = 5, .rcode = 4}, true},
        {"no question, REFUSED", QUERY, {.client = 1, .port = 9, .id = 5, .rcode = 5}, true},
        {"neither has one", {.client = 1, .port = 9}, {.client = 1, .port = 9}, false},
        {"neither has one, REFUSED",
         {.client = 1, .port = 9},
         {.client = 1, .port = 9, .rcode = 5},
         true},
        {"only the response has one, REFUSED",
         {.client = 1, .port = 9, .id = 5},
         {.client = 1, .port = 9, .id = 5, .qname = FOO_NET, .rcode = 5},
         true},
        {"only the response has one",
         {.client = 1, .port = 9, .id = 5},
         {.client = 1, .port = 9, .id = 5, .qname = FOO_NET},
         false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_query_table *t = nm_query_table_new(7, &nm_allocator_heap);
        CHECK(t != NULL);
        CHECK_EQ(answer(t, rows[i].response), -1);
        CHECK_EQ(add(t, rows[i].query, 42), NM_OK);
        CHECK_EQ(answer(t, rows[i].response), rows[i].do_meet ? 42 : -1);
        CHECK_EQ(nm_query_table_count(t), rows[i].do_meet ? 0 : 1);
        nm_query_table_free(t);
    }
}

static void
the_oldest_of_equal_queries_is_met_first(void)
{
    nm_query_table *t = nm_query_table_new(7, &nm_allocator_heap);
    const dns_plan named = {.client = 1, .port = 9, .id = 5, .qname = EXAMPLE_COM};
    const dns_plan other = {.client = 1, .port = 9, .id = 5, .qname = FOO_NET};
    const dns_plan nameless = {.client = 1, .port = 9, .id = 5};
    dns_plan refusal = named;
    refusal.rcode = 5;
    dns_plan nameless_refusal = nameless;
    nameless_refusal.rcode = 5;
    CHECK_EQ(add(t, named, 10), NM_OK);
    CHECK_EQ(add(t, nameless, 9), NM_OK); /* Times go back; the order stays. */
    CHECK_EQ(add(t, other, 8), NM_OK);
    CHECK_EQ(add(t, named, 7), NM_OK);
    CHECK_EQ(add(t, nameless, 6), NM_OK);
    CHECK_EQ(answer(t, refusal), 10);
    CHECK_EQ(answer(t, refusal), 9);
    CHECK_EQ(answer(t, nameless_refusal), 8);
    CHECK_EQ(answer(t, refusal), 7);
    CHECK_EQ(answer(t, nameless_refusal), 6);
    CHECK_EQ(answer(t, nameless_refusal), -1);
    nm_query_table_free(t);
}

static void
octets_come_back_as_they_were(void)
{
    static const size_t extras[] = {0, 1, 60, 100, 140, 150, 250, 400, 512, 4000, 65000};
    nm_query_table *t = nm_query_table_new(7, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(extras); i++) {
        const dns_plan plan = {.client = 1, .port = 9, .qname = EXAMPLE_COM, .extra = extras[i]};
        parsed p = parsed_of(&plan);
        const nm_fragment_packet packets[] = {
            {.packet = octets_span(&p.octets), .time_sec = -5, .time_nsec = 1},
            {.packet = nm_span_of(p.octets.data, 3), .time_sec = INT64_MAX, .time_nsec = 2},
            {.packet = octets_span(&p.octets), .time_sec = 7, .time_nsec = 999999999},
        };
        CHECK_EQ(nm_query_table_add(t, &p.packet, packets, 3), NM_OK);
        nm_query *query = nm_query_table_oldest(t);
        CHECK_EQ(query->packet_count, 3);
        CHECK_EQ(query->time_sec, -5);
        nm_cell_reader reader = nm_query_read_name(t, query);
        uint8_t name[13];
        CHECK_EQ(query->qname_len, sizeof name);
        nm_cell_read(&reader, name, sizeof name);
        CHECK_SPAN(nm_span_of(name, sizeof name), p.packet.qname);
        reader = nm_query_read(t, query);
        nm_cell_reader again = reader;
        for (size_t k = 0; k < 3; k++) {
            int64_t sec;
            uint32_t nsec;
            octets copy = {0};
            size_t len = nm_query_read_packet(&reader, &sec, &nsec);
            nm_cell_read(&reader, octets_extend(&copy, len), len);
            CHECK_SPAN(octets_span(&copy), packets[k].packet);
            CHECK_EQ(sec, packets[k].time_sec);
            CHECK_EQ(nsec, packets[k].time_nsec);
            CHECK_EQ(nm_query_read_packet(&again, &sec, &nsec), len);
            nm_cell_skip(&again, len);
            octets_free(&copy);
        }
        nm_query_table_remove(t, query);
        CHECK_EQ(nm_query_table_len(t), 0);
        octets_free(&p.octets);
    }
    nm_query_table_free(t);
}

/* A list of what should be in the table, searched from the front. */
typedef struct model {
    dns_plan plans[3000];
    int64_t secs[3000];
    size_t count;
} model;

static bool
is_met(const dns_plan *query, const dns_plan *response)
{
    bool is_refusal = response->rcode == 1 || response->rcode == 2 || response->rcode == 4 ||
                      response->rcode == 5;
    if (query->client != response->client || query->port != response->port ||
        query->id != response->id || (query->version == 6) != (response->version == 6)) {
        return false;
    }
    if (query->qname == NULL || response->qname == NULL) {
        return is_refusal;
    }
    return strcmp(query->qname, response->qname) == 0 && query->qtype == response->qtype;
}

static int64_t
model_answer(model *m, const dns_plan *response)
{
    for (size_t i = 0; i < m->count; i++) {
        if (is_met(&m->plans[i], response)) {
            int64_t sec = m->secs[i];
            m->count--;
            memmove(m->plans + i, m->plans + i + 1, (m->count - i) * sizeof *m->plans);
            memmove(m->secs + i, m->secs + i + 1, (m->count - i) * sizeof *m->secs);
            return sec;
        }
    }
    return -1;
}

static dns_plan
random_plan(uint64_t *random)
{
    static const char *const names[] = {NULL, EXAMPLE_COM, FOO_NET, "\1a", "\1A", ""};
    return (dns_plan){
        .version = check_random(random) % 2 == 0 ? 4 : 6,
        .client = (unsigned)(check_random(random) % 3),
        .port = (unsigned)(check_random(random) % 3),
        .id = (unsigned)(check_random(random) % 4),
        .rcode = (unsigned)(check_random(random) % 6),
        .qname = names[check_random(random) % CHECK_COUNT(names)],
        .qtype = check_random(random) % 4 == 0 ? 28 : 1,
        .extra = check_random(random) % 300,
    };
}

static void
the_table_does_what_a_list_does(void)
{
    static model m;
    uint64_t random = 99;
    nm_query_table *t = nm_query_table_new(7, &nm_allocator_heap);
    for (int64_t step = 0; step < 60000; step++) {
        dns_plan plan = random_plan(&random);
        uint64_t kind = check_random(&random) % 10;
        bool is_growing = step % 20000 < 10000;
        if (kind < (is_growing ? 7 : 4) && m.count < CHECK_COUNT(m.plans)) {
            CHECK_EQ(add(t, plan, step), NM_OK);
            m.plans[m.count] = plan;
            m.secs[m.count++] = step;
        } else if (kind < 9) {
            CHECK_EQ(answer(t, plan), model_answer(&m, &plan));
        } else {
            nm_query *oldest = nm_query_table_oldest(t);
            CHECK_EQ(oldest != NULL, m.count > 0);
            if (oldest != NULL) {
                CHECK_EQ(oldest->time_sec, m.secs[0]);
                nm_query_table_remove(t, oldest);
                m.count--;
                memmove(m.plans, m.plans + 1, m.count * sizeof *m.plans);
                memmove(m.secs, m.secs + 1, m.count * sizeof *m.secs);
            }
        }
        CHECK_EQ(nm_query_table_count(t), m.count);
    }
    while (nm_query_table_oldest(t) != NULL) {
        nm_query_table_remove(t, nm_query_table_oldest(t));
    }
    CHECK_EQ(nm_query_table_len(t), 0);
    nm_query_table_free(t);
}

/* Three floods that would make lists of a plainer table long: one key many times, one sender with
 * many names, many senders. None may take time in proportion to what is there: with lists of
 * 100,000 this would take hours. */
static void
floods_do_not_make_lists_long(void)
{
    enum { COUNT = 100000 };
    for (int kind = 0; kind < 3; kind++) {
        nm_query_table *t = nm_query_table_new(7, &nm_allocator_heap);
        int64_t met = 0;
        for (int turn = 0; turn < 2; turn++) {
            for (int64_t i = 0; i < COUNT; i++) {
                char name[16] = "\7";
                int len = snprintf(name + 1, sizeof name - 1, "n%06d", kind == 1 ? (int)i : 0);
                CHECK_EQ(len, 7);
                const dns_plan plan = {.client = 1,
                                       .port = kind == 2 ? (unsigned)(i % 65536) : 9,
                                       .id = kind == 2 ? (unsigned)(i / 65536) : 5,
                                       .qname = name};
                if (turn == 0) {
                    CHECK_EQ(add(t, plan, i), NM_OK);
                } else {
                    met += answer(t, plan) == i;
                }
            }
        }
        CHECK_EQ(met, COUNT);
        CHECK_EQ(nm_query_table_count(t), 0);
        nm_query_table_free(t);
    }
}

static void
some_queries(failing_allocator *memory)
{
    nm_query_table *t = nm_query_table_new(1, &memory->allocator);
    if (t == NULL) {
        return;
    }
    size_t added = 0;
    for (unsigned i = 0; i < 1500; i++) {
        const dns_plan plan = {.client = 1, .port = i, .qname = FOO_NET, .extra = i % 700};
        added += add(t, plan, i) == NM_OK;
    }
    CHECK_EQ(nm_query_table_count(t), added);
    for (unsigned i = 0; i < 1500; i++) {
        const dns_plan plan = {.client = 1, .port = i, .qname = FOO_NET};
        added -= answer(t, plan) >= 0;
    }
    CHECK_EQ(added, 0);
    CHECK_EQ(nm_query_table_len(t), 0);
    nm_query_table_free(t);
}

static void
no_memory_is_survived(void)
{
    sweep_result result = failing_allocator_sweep(some_queries, 200);
    CHECK(result.failures > 10);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(a_response_meets_its_query),
           CHECK_TEST(the_oldest_of_equal_queries_is_met_first),
           CHECK_TEST(octets_come_back_as_they_were), CHECK_TEST(the_table_does_what_a_list_does),
           CHECK_TEST(floods_do_not_make_lists_long), CHECK_TEST(no_memory_is_survived))
