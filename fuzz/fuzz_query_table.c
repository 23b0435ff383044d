/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a table of queries, three octets for each event: adding a query, looking for that
 * of a response, dropping the oldest. Few senders and questions, so that many are alike. Compared
 * with a list that is searched from the front. */
#include "base/cursor.h"
#include "capture/query_table.h"

#include "fuzz.h"

enum {
    QUERIES_MAX = 512,
    QNAME_MAX = 700,
    PACKET_MAX = 1200,
};

/* A query as the list keeps it. */
typedef struct entry {
    uint8_t sender;
    uint8_t question; /* 0: none. */
    int64_t sec;
} entry;

static entry entries[QUERIES_MAX];
static size_t entry_count;

/* Names of some lengths, so that they lie in one cell or cross several. */
static nm_span
question_octets(uint8_t question)
{
    static const size_t lengths[] = {0, 1, 12, 150, 170, QNAME_MAX, 30, 31};
    nm_span all = fuzz_octets(/* is_noise= */ true, QNAME_MAX + 4 + 8);
    return nm_span_of(all.data + question, lengths[question % 8] + 4);
}

static nm_dns_packet
make_packet(uint8_t sender, uint8_t question, uint8_t rcode)
{
    static uint8_t addresses[256][32];
    nm_dns_packet p = {.protocol = NM_IP_UDP, .address_len = sender % 2 == 0 ? 4 : 16};
    addresses[sender][0] = sender;
    p.query_ip = addresses[sender];
    p.response_ip = addresses[sender] + 16;
    p.query_port = sender % 3;
    p.response_port = 53;
    p.id = sender % 4;
    p.flags = rcode % 16;
    if (question != 0) {
        p.has_question = true;
        p.question = question_octets(question);
        p.qname = nm_span_of(p.question.data, p.question.len - 4);
        p.qtype = question;
        p.qclass = 1;
    }
    return p;
}

static bool
is_refusal(uint8_t rcode)
{
    rcode %= 16;
    return rcode == 1 || rcode == 2 || rcode == 4 || rcode == 5;
}

/* Which entry a response meets; SIZE_MAX: none. */
static size_t
find_entry(uint8_t sender, uint8_t question, uint8_t rcode)
{
    for (size_t i = 0; i < entry_count; i++) {
        const entry *e = &entries[i];
        if (e->sender == sender &&
            (e->question == 0 || question == 0 ? is_refusal(rcode) : e->question == question)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void
remove_entry(size_t i)
{
    entry_count--;
    memmove(entries + i, entries + i + 1, (entry_count - i) * sizeof *entries);
}

/* What was stored comes back. */
static void
require_octets(const nm_query_table *t, const nm_query *query, const nm_dns_packet *p)
{
    static uint8_t copy[PACKET_MAX + QNAME_MAX];
    nm_cell_reader reader = nm_query_read_name(t, query);
    FUZZ_REQUIRE(query->qname_len == p->qname.len);
    nm_cell_read(&reader, copy, query->qname_len);
    FUZZ_REQUIRE(nm_span_equal(nm_span_of(copy, query->qname_len), p->qname));
    reader = nm_query_read(t, query);
    for (unsigned i = 0; i < query->packet_count; i++) {
        int64_t sec;
        uint32_t nsec;
        size_t len = nm_query_read_packet(&reader, &sec, &nsec);
        FUZZ_REQUIRE(sec == query->time_sec + i && nsec == i && len <= PACKET_MAX);
        nm_cell_read(&reader, copy, len);
        FUZZ_REQUIRE(nm_span_equal(nm_span_of(copy, len), fuzz_octets(true, len)));
    }
}

static void
add(nm_query_table *t, uint8_t sender, uint8_t question, uint8_t shape, int64_t sec)
{
    nm_dns_packet p = make_packet(sender, question, 0);
    nm_fragment_packet packets[3];
    size_t count = 1 + shape % 3;
    for (size_t i = 0; i < count; i++) {
        size_t len = ((size_t)shape * 37 + i * 211) % PACKET_MAX;
        packets[i] = (nm_fragment_packet){.packet = fuzz_octets(true, len),
                                          .time_sec = sec + (int64_t)i,
                                          .time_nsec = (uint32_t)i};
    }
    nm_status status = nm_query_table_add(t, &p, packets, count);
    FUZZ_REQUIRE(status == NM_OK || fuzz_memory_has_failed());
    if (status == NM_OK) {
        entries[entry_count++] = (entry){sender, question, sec};
    }
}

static void
answer(nm_query_table *t, uint8_t sender, uint8_t question, uint8_t rcode)
{
    nm_dns_packet p = make_packet(sender, question, rcode);
    size_t i = find_entry(sender, question, rcode);
    nm_query *query = nm_query_table_find(t, &p);
    FUZZ_REQUIRE((query != NULL) == (i != SIZE_MAX));
    if (query != NULL) {
        nm_dns_packet stored = make_packet(sender, entries[i].question, 0);
        FUZZ_REQUIRE(query->time_sec == entries[i].sec);
        require_octets(t, query, &stored);
        nm_query_table_remove(t, query);
        remove_entry(i);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    nm_query_table *t = nm_query_table_new(3, fuzz_memory_begin());
    entry_count = 0;
    for (int64_t sec = 0; t != NULL && nm_cursor_left(&c) >= 3; sec += 10) {
        uint8_t kind = nm_cursor_u8(&c);
        uint8_t sender = nm_cursor_u8(&c);
        uint8_t shape = nm_cursor_u8(&c);
        uint8_t question = kind / 8 % 8;
        if (kind % 8 < 4 && entry_count < QUERIES_MAX) {
            add(t, sender, question, shape, sec);
        } else if (kind % 8 < 7) {
            answer(t, sender, question, shape);
        } else if (entry_count > 0) {
            nm_query *oldest = nm_query_table_oldest(t);
            FUZZ_REQUIRE(oldest != NULL && oldest->time_sec == entries[0].sec);
            nm_query_table_remove(t, oldest);
            remove_entry(0);
        }
        FUZZ_REQUIRE(nm_query_table_count(t) == entry_count);
    }
    nm_query_table_free(t);
    fuzz_memory_end();
    return 0;
}
