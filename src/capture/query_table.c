/* SPDX-License-Identifier: Apache-2.0 */
/* Queries in cells of one size (capture/cells.h), in three orders: two tables and a list by age.
 *
 * One table goes by addresses, ports, id and question, the other by the same without the question,
 * for the few responses that come without one. Buckets are lists in the order of age, so that the
 * first that fits is the oldest, and whoever sends equal queries on purpose makes no list longer
 * than one in which the first one fits. All links are numbers of cells.
 *
 * A query takes one cell and, where its packets are long, more that are chained to it. */
#include "capture/query_table.h"

#include <assert.h>

#include "base/address.h"
#include "base/hash.h"

enum {
    BUCKETS_FIRST = 1024,
    BUCKETS_PER_QUERY = 4, /* So that few lists hold more than one, and others are left alone. */
    OCTETS_MAX = 1 << 24,  /* Of one query: 8,192 fragments that repeat long headers. */
};

/* The two tables. */
enum { BY_QUESTION, BY_SENDER, TABLE_COUNT };

/* Links in a bucket. The first one's `previous` is the last one, so that it is found at once. */
typedef struct links {
    uint32_t next;
    uint32_t previous;
    uint32_t hash;
} links;

typedef struct cell_head {
    nm_query query; /* First, so that a query is its cell. */
    links links[TABLE_COUNT];
    uint32_t older;
    uint32_t newer;
    uint32_t index;  /* Of this cell. */
    uint32_t serial; /* Queries added before it; wraps around. */
    uint32_t more;   /* The next cell with octets of it. */
} cell_head;

enum { HEAD_ROOM = NM_CELL_LEN - sizeof(cell_head) };

/* The first cell of a query. */
typedef struct first_cell {
    cell_head head;
    uint8_t octets[HEAD_ROOM];
} first_cell;

_Static_assert(sizeof(first_cell) <= NM_CELL_LEN, "a query begins in one cell");

struct nm_query_table {
    uint64_t key;    /* Of hashes, and */
    uint64_t secret; /* another. */
    const nm_allocator *allocator;
    nm_cells cells;
    uint32_t *buckets[TABLE_COUNT];
    uint32_t bucket_count; /* A power of two. */
    uint32_t count;        /* Queries. */
    uint32_t oldest;
    uint32_t newest;
    uint32_t serial; /* Of the next query. */
};

static inline first_cell *
cell_at(const nm_query_table *t, uint32_t index)
{
    return nm_cells_at(&t->cells, index);
}

static inline cell_head *
head_at(const nm_query_table *t, uint32_t index)
{
    return &cell_at(t, index)->head;
}

void
nm_query_table_free(nm_query_table *t)
{
    if (t == NULL) {
        return;
    }
    nm_cells_clear(&t->cells);
    for (int i = 0; i < TABLE_COUNT; i++) {
        nm_allocator_release(t->allocator, t->buckets[i]);
    }
    nm_allocator_release(t->allocator, t);
}

/* -- octets -- */

static void
give_query_back(nm_query_table *t, uint32_t index)
{
    uint32_t more = head_at(t, index)->more;
    nm_cells_give_back(&t->cells, index);
    nm_cells_give_chain_back(&t->cells, more);
}

/* What stands before each packet. */
typedef struct packet_mark {
    int64_t time_sec;
    uint32_t time_nsec;
    uint32_t len;
} packet_mark;

static nm_status
write_packets(nm_cell_writer *w, const nm_fragment_packet *packets, size_t count)
{
    nm_status status = NM_OK;
    for (size_t i = 0; i < count && status == NM_OK; i++) {
        const packet_mark mark = {.time_sec = packets[i].time_sec,
                                  .time_nsec = packets[i].time_nsec,
                                  .len = (uint32_t)packets[i].packet.len};
        status = nm_cell_write(w, &mark, sizeof mark);
        if (status == NM_OK) {
            status = nm_cell_write(w, packets[i].packet.data, packets[i].packet.len);
        }
    }
    return status;
}

nm_cell_reader
nm_query_read(const nm_query_table *t, const nm_query *query)
{
    const first_cell *first = (const first_cell *)query;
    return (nm_cell_reader){.cells = &t->cells,
                            .pos = first->octets,
                            .end = first->octets + HEAD_ROOM,
                            .next = first->head.more};
}

nm_cell_reader
nm_query_read_name(const nm_query_table *t, const nm_query *query)
{
    nm_cell_reader reader = nm_query_read(t, query);
    nm_cell_skip(&reader, query->qname_place);
    return reader;
}

size_t
nm_query_read_packet(nm_cell_reader *reader, int64_t *out_sec, uint32_t *out_nsec)
{
    packet_mark mark;
    nm_cell_read(reader, &mark, sizeof mark);
    *out_sec = mark.time_sec;
    *out_nsec = mark.time_nsec;
    return mark.len;
}

/* True when a query's name is this one. */
static bool
has_qname(const nm_query_table *t, const nm_query *query, nm_span qname)
{
    if (query->qname_len != qname.len) {
        return false;
    }
    nm_cell_reader reader = nm_query_read_name(t, query);
    return nm_cell_equal(&reader, qname);
}

/* -- buckets -- */

static uint32_t *
bucket_of(const nm_query_table *t, int table, uint32_t hash)
{
    return &t->buckets[table][hash & (t->bucket_count - 1)];
}

/* Append to a bucket. */
static void
link_cell(nm_query_table *t, int table, uint32_t index)
{
    links *own = &head_at(t, index)->links[table];
    uint32_t *bucket = bucket_of(t, table, own->hash);
    own->next = NM_CELL_NONE;
    if (*bucket == NM_CELL_NONE) {
        *bucket = index;
        own->previous = index;
        return;
    }
    links *first = &head_at(t, *bucket)->links[table];
    own->previous = first->previous;
    head_at(t, first->previous)->links[table].next = index;
    first->previous = index;
}

static void
unlink_cell(nm_query_table *t, int table, uint32_t index)
{
    links *own = &head_at(t, index)->links[table];
    uint32_t *bucket = bucket_of(t, table, own->hash);
    bool is_first = *bucket == index;
    if (own->next != NM_CELL_NONE) {
        head_at(t, own->next)->links[table].previous = own->previous;
    } else if (!is_first) { /* The last one. */
        head_at(t, *bucket)->links[table].previous = own->previous;
    }
    if (is_first) {
        *bucket = own->next;
    } else {
        head_at(t, own->previous)->links[table].next = own->next;
    }
}

/* Sort all queries into new buckets. */
static nm_status
resize_buckets(nm_query_table *t, uint32_t count)
{
    uint32_t *buckets[TABLE_COUNT];
    for (int i = 0; i < TABLE_COUNT; i++) {
        buckets[i] = t->allocator->resize(t->allocator->context, NULL, count * sizeof *buckets[i]);
        if (buckets[i] == NULL) {
            while (i-- > 0) {
                nm_allocator_release(t->allocator, buckets[i]);
            }
            return NM_E_NOMEM;
        }
    }
    t->bucket_count = count;
    for (int i = 0; i < TABLE_COUNT; i++) {
        memset(buckets[i], 0xff, count * sizeof *buckets[i]); /* NM_CELL_NONE. */
        nm_allocator_release(t->allocator, t->buckets[i]);
        t->buckets[i] = buckets[i];
        for (uint32_t k = t->oldest; k != NM_CELL_NONE; k = head_at(t, k)->newer) {
            link_cell(t, i, k);
        }
    }
    return NM_OK;
}

nm_query_table *
nm_query_table_new(uint64_t seed, const nm_allocator *allocator)
{
    nm_query_table *t = nm_allocator_zeroed(allocator, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->key = nm_hash(nm_span_of(NULL, 0), seed);
    t->secret = nm_hash(nm_span_of("", 1), seed);
    t->allocator = allocator;
    nm_cells_init(&t->cells, allocator);
    t->oldest = NM_CELL_NONE;
    t->newest = NM_CELL_NONE;
    if (resize_buckets(t, BUCKETS_FIRST) != NM_OK) {
        nm_query_table_free(t);
        return NULL;
    }
    return t;
}

/* -- keys -- */

static uint64_t
two_addresses(const uint8_t *a, const uint8_t *b)
{
    uint32_t words[2];
    memcpy(&words[0], a, NM_IPV4_LEN);
    memcpy(&words[1], b, NM_IPV4_LEN);
    return (uint64_t)words[0] << 32 | words[1];
}

/* Hashes for both tables; that with the question goes on from the one without it, so that each
 * sender has a key of its own that nobody knows. */
static void
hash_packet(const nm_query_table *t, const nm_dns_packet *p, uint32_t out[TABLE_COUNT])
{
    uint64_t sender = (uint64_t)p->address_len << 48 | (uint64_t)p->id << 32 |
                      (uint32_t)p->query_port << 16 | p->response_port;
    if (p->address_len == NM_IPV4_LEN) {
        sender =
            nm_hash_pair(sender, two_addresses(p->query_ip, p->response_ip), t->secret, t->key);
    } else {
        sender = nm_hash_pair(sender, nm_word_load(p->query_ip), t->secret, t->key);
        sender = nm_hash_pair(nm_word_load(p->query_ip + 8), nm_word_load(p->response_ip),
                              t->secret, sender);
        sender = nm_hash_pair(nm_word_load(p->response_ip + 8), 0, t->secret, sender);
    }
    out[BY_SENDER] = (uint32_t)sender;
    out[BY_QUESTION] = (uint32_t)(p->has_question ? nm_hash_more(p->question, sender) : sender);
}

static bool
has_same_addresses(const nm_query *q, const nm_dns_packet *p)
{
    if (q->address_len != p->address_len) {
        return false;
    }
    return p->address_len == NM_IPV4_LEN
               ? memcmp(q->addresses, p->query_ip, NM_IPV4_LEN) == 0 &&
                     memcmp(q->addresses + NM_IPV4_LEN, p->response_ip, NM_IPV4_LEN) == 0
               : memcmp(q->addresses, p->query_ip, NM_IPV6_LEN) == 0 &&
                     memcmp(q->addresses + NM_IPV6_LEN, p->response_ip, NM_IPV6_LEN) == 0;
}

static bool
has_same_sender(const nm_query *q, const nm_dns_packet *p)
{
    return q->id == p->id && q->query_port == p->query_port &&
           q->response_port == p->response_port && has_same_addresses(q, p);
}

static bool
has_same_question(const nm_query_table *t, const nm_query *q, const nm_dns_packet *p)
{
    return q->has_question == p->has_question && q->qtype == p->qtype && q->qclass == p->qclass &&
           has_qname(t, q, p->qname);
}

/* The first in a bucket with the same sender and, if asked for, question. */
static cell_head *
find_in(const nm_query_table *t, int table, uint32_t hash, const nm_dns_packet *p)
{
    uint32_t i = *bucket_of(t, table, hash);
    while (i != NM_CELL_NONE) {
        cell_head *head = head_at(t, i);
        if (head->links[table].hash == hash && has_same_sender(&head->query, p) &&
            (table == BY_SENDER || has_same_question(t, &head->query, p))) {
            return head;
        }
        i = head->links[table].next;
    }
    return NULL;
}

/* True for responses that may come without the question, and to queries that had none. */
static bool
is_refusal(const nm_dns_packet *response)
{
    enum { FORMAT_ERROR = 1, SERVER_FAILURE = 2, NOT_IMPLEMENTED = 4, REFUSED = 5 };
    unsigned rcode = response->flags & NM_DNS_RCODE_MASK;
    return rcode == FORMAT_ERROR || rcode == SERVER_FAILURE || rcode == NOT_IMPLEMENTED ||
           rcode == REFUSED;
}

/* The oldest of a sender's queries that has no question. They have a list of their own in the table
 * by question: the hash is that of the sender. */
static cell_head *
find_without_question(const nm_query_table *t, uint32_t hash, const nm_dns_packet *response)
{
    nm_dns_packet without = *response;
    without.has_question = false;
    without.qtype = 0;
    without.qclass = 0;
    without.qname = nm_span_of(NULL, 0);
    return find_in(t, BY_QUESTION, hash, &without);
}

/* Times may go back, so that age is a matter not of them but of serial numbers. */
nm_query *
nm_query_table_find(nm_query_table *t, const nm_dns_packet *response)
{
    uint32_t hash[TABLE_COUNT];
    cell_head *found = NULL;
    if (t->count == 0) {
        return NULL;
    }
    hash_packet(t, response, hash);
    if (!response->has_question) {
        found = is_refusal(response) ? find_in(t, BY_SENDER, hash[BY_SENDER], response) : NULL;
        return found != NULL ? &found->query : NULL;
    }
    found = find_in(t, BY_QUESTION, hash[BY_QUESTION], response);
    if (is_refusal(response)) {
        cell_head *other = find_without_question(t, hash[BY_SENDER], response);
        if (other != NULL && (found == NULL || other->serial - found->serial > UINT32_MAX / 2)) {
            found = other;
        }
    }
    return found != NULL ? &found->query : NULL;
}

/* -- adding and removing -- */

/* Where the name of a query stands among its octets. Nearly always it lies in the only packet;
 * where it does not, it is put behind them. */
static size_t
place_of_name(nm_span qname, const nm_fragment_packet *packets, size_t count, size_t packets_len)
{
    nm_span packet = packets[0].packet;
    uintptr_t offset = (uintptr_t)qname.data - (uintptr_t)packet.data;
    bool is_inside = count == 1 && offset < packet.len && qname.len <= packet.len - offset;
    return is_inside ? sizeof(packet_mark) + offset : packets_len;
}

static nm_status
fill_cell(nm_query_table *t, uint32_t index, const nm_dns_packet *p,
          const nm_fragment_packet *packets, size_t count)
{
    first_cell *c = cell_at(t, index);
    size_t packets_len = 0;
    for (size_t i = 0; i < count; i++) {
        packets_len += sizeof(packet_mark) + packets[i].packet.len;
    }
    size_t place = place_of_name(p->qname, packets, count, packets_len);
    size_t octets_len = place < packets_len ? packets_len : packets_len + p->qname.len;
    c->head.more = NM_CELL_NONE;
    if (octets_len > OCTETS_MAX || count > UINT16_MAX) {
        return NM_E_LIMIT;
    }
    c->head.query = (nm_query){
        .time_sec = packets[0].time_sec,
        .time_nsec = packets[0].time_nsec,
        .query_port = p->query_port,
        .response_port = p->response_port,
        .id = p->id,
        .flags = p->flags,
        .qtype = p->qtype,
        .qclass = p->qclass,
        .address_len = p->address_len,
        .has_question = p->has_question,
        .packet_count = (uint16_t)count,
        .qname_len = (uint32_t)p->qname.len,
        .qname_place = (uint32_t)place,
        .octets_len = (uint32_t)octets_len,
    };
    if (p->address_len == NM_IPV4_LEN) {
        memcpy(c->head.query.addresses, p->query_ip, NM_IPV4_LEN);
        memcpy(c->head.query.addresses + NM_IPV4_LEN, p->response_ip, NM_IPV4_LEN);
    } else {
        memcpy(c->head.query.addresses, p->query_ip, NM_IPV6_LEN);
        memcpy(c->head.query.addresses + NM_IPV6_LEN, p->response_ip, NM_IPV6_LEN);
    }
    nm_cell_writer w = {
        .cells = &t->cells, .link = &c->head.more, .pos = c->octets, .left = HEAD_ROOM};
    nm_status status = write_packets(&w, packets, count);
    if (status == NM_OK && place == packets_len && p->qname.len > 0) {
        status = nm_cell_write(&w, p->qname.data, p->qname.len);
    }
    return status;
}

nm_status
nm_query_table_add(nm_query_table *t, const nm_dns_packet *query, const nm_fragment_packet *packets,
                   size_t count)
{
    assert(count > 0);
    if (t->count >= t->bucket_count / BUCKETS_PER_QUERY && t->bucket_count < UINT32_MAX / 4) {
        nm_status status = resize_buckets(t, 2 * t->bucket_count);
        if (status != NM_OK) {
            return status;
        }
    }
    uint32_t index = nm_cells_take(&t->cells);
    if (index == NM_CELL_NONE) {
        return NM_E_NOMEM;
    }
    nm_status status = fill_cell(t, index, query, packets, count);
    if (status != NM_OK) {
        give_query_back(t, index);
        return status;
    }
    cell_head *head = head_at(t, index);
    uint32_t hash[TABLE_COUNT];
    hash_packet(t, query, hash);
    head->index = index;
    head->serial = t->serial++;
    head->older = t->newest;
    head->newer = NM_CELL_NONE;
    *(t->newest != NM_CELL_NONE ? &head_at(t, t->newest)->newer : &t->oldest) = index;
    t->newest = index;
    t->count++;
    for (int i = 0; i < TABLE_COUNT; i++) {
        head->links[i].hash = hash[i];
        link_cell(t, i, index);
    }
    return NM_OK;
}

nm_query *
nm_query_table_oldest(nm_query_table *t)
{
    return t->oldest != NM_CELL_NONE ? &head_at(t, t->oldest)->query : NULL;
}

void
nm_query_table_remove(nm_query_table *t, nm_query *query)
{
    cell_head *head = (cell_head *)query;
    for (int i = 0; i < TABLE_COUNT; i++) {
        unlink_cell(t, i, head->index);
    }
    *(head->older != NM_CELL_NONE ? &head_at(t, head->older)->newer : &t->oldest) = head->newer;
    *(head->newer != NM_CELL_NONE ? &head_at(t, head->newer)->older : &t->newest) = head->older;
    t->count--;
    give_query_back(t, head->index);
}

size_t
nm_query_table_count(const nm_query_table *t)
{
    return t->count;
}

size_t
nm_query_table_len(const nm_query_table *t)
{
    return (size_t)t->cells.in_use * NM_CELL_LEN;
}
