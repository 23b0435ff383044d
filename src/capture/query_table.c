/* SPDX-License-Identifier: Apache-2.0 */
/* Queries in cells of one size, in three orders: two tables and a list by age.
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
    NOBODY = UINT32_MAX,
    CELL_LEN = 256,
    CHUNK_CELLS = 256, /* Cells that are asked for at a time. */
    CHUNKS_FIRST = 16,
    BUCKETS_FIRST = 1024,
    OCTETS_MAX = 1 << 24, /* Of one query: 8,192 fragments that repeat long headers. */
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
    uint32_t more;   /* The next cell with octets of it; for free cells, the next free one. */
} cell_head;

enum {
    HEAD_ROOM = CELL_LEN - sizeof(cell_head),
    MORE_ROOM = CELL_LEN - sizeof(uint32_t),
};

/* The first cell of a query, or one of the others. */
typedef union cell {
    struct {
        cell_head head;
        uint8_t octets[HEAD_ROOM];
    } first;
    struct {
        uint32_t more;
        uint8_t octets[MORE_ROOM];
    } other;
} cell;

_Static_assert(sizeof(cell) == CELL_LEN, "cells have one size");

struct nm_query_table {
    uint64_t key; /* Of hashes. */
    const nm_allocator *allocator;
    cell **chunks;
    uint32_t chunk_count;
    uint32_t chunk_cap;
    uint32_t free; /* Cells. */
    size_t cells_in_use;
    uint32_t *buckets[TABLE_COUNT];
    uint32_t bucket_count; /* A power of two. */
    uint32_t count;        /* Queries. */
    uint32_t oldest;
    uint32_t newest;
    uint32_t serial; /* Of the next query. */
};

static inline cell *
cell_at(const nm_query_table *t, uint32_t index)
{
    return &t->chunks[index / CHUNK_CELLS][index % CHUNK_CELLS];
}

static inline cell_head *
head_at(const nm_query_table *t, uint32_t index)
{
    return &cell_at(t, index)->first.head;
}

void
nm_query_table_free(nm_query_table *t)
{
    if (t == NULL) {
        return;
    }
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        nm_allocator_release(t->allocator, t->chunks[i]);
    }
    nm_allocator_release(t->allocator, t->chunks);
    for (int i = 0; i < TABLE_COUNT; i++) {
        nm_allocator_release(t->allocator, t->buckets[i]);
    }
    nm_allocator_release(t->allocator, t);
}

/* -- cells -- */

/* Another chunk of free cells. */
static nm_status
add_chunk(nm_query_table *t)
{
    if (t->chunk_count >= NOBODY / CHUNK_CELLS) {
        return NM_E_LIMIT;
    }
    if (t->chunk_count == t->chunk_cap) {
        uint32_t cap = t->chunk_cap > 0 ? 2 * t->chunk_cap : CHUNKS_FIRST;
        cell **chunks =
            t->allocator->resize(t->allocator->context, t->chunks, cap * sizeof *chunks);
        if (chunks == NULL) {
            return NM_E_NOMEM;
        }
        t->chunks = chunks;
        t->chunk_cap = cap;
    }
    cell *chunk = t->allocator->resize(t->allocator->context, NULL, CHUNK_CELLS * sizeof(cell));
    if (chunk == NULL) {
        return NM_E_NOMEM;
    }
    uint32_t first = t->chunk_count * CHUNK_CELLS;
    for (uint32_t i = CHUNK_CELLS; i > 0; i--) {
        chunk[i - 1].other.more = t->free;
        t->free = first + i - 1;
    }
    t->chunks[t->chunk_count++] = chunk;
    return NM_OK;
}

/* @return NOBODY: there is no memory. */
static uint32_t
take_cell(nm_query_table *t)
{
    if (t->free == NOBODY && add_chunk(t) != NM_OK) {
        return NOBODY;
    }
    uint32_t index = t->free;
    t->free = cell_at(t, index)->other.more;
    t->cells_in_use++;
    return index;
}

static void
give_cell_back(nm_query_table *t, uint32_t index)
{
    cell_at(t, index)->other.more = t->free;
    t->free = index;
    t->cells_in_use--;
}

static void
give_query_back(nm_query_table *t, uint32_t index)
{
    uint32_t more = head_at(t, index)->more;
    give_cell_back(t, index);
    while (more != NOBODY) {
        uint32_t next = cell_at(t, more)->other.more;
        give_cell_back(t, more);
        more = next;
    }
}

/* -- writing and reading octets -- */

/* Where octets of a query that is being added go. */
typedef struct octets_writer {
    nm_query_table *table;
    uint32_t *link; /* Where the number of the next cell goes. */
    uint8_t *pos;
    size_t left;
} octets_writer;

static nm_status
write_octets(octets_writer *w, const void *octets, size_t len)
{
    const uint8_t *from = octets;
    while (len > w->left) {
        memcpy(w->pos, from, w->left);
        from += w->left;
        len -= w->left;
        uint32_t index = take_cell(w->table);
        if (index == NOBODY) {
            w->left = 0;
            return NM_E_NOMEM;
        }
        *w->link = index;
        cell *next = cell_at(w->table, index);
        next->other.more = NOBODY;
        w->link = &next->other.more;
        w->pos = next->other.octets;
        w->left = MORE_ROOM;
    }
    memcpy(w->pos, from, len);
    w->pos += len;
    w->left -= len;
    return NM_OK;
}

/* What stands before each packet. */
typedef struct packet_mark {
    int64_t time_sec;
    uint32_t time_nsec;
    uint32_t len;
} packet_mark;

static nm_status
write_packets(octets_writer *w, const nm_fragment_packet *packets, size_t count)
{
    nm_status status = NM_OK;
    for (size_t i = 0; i < count && status == NM_OK; i++) {
        const packet_mark mark = {.time_sec = packets[i].time_sec,
                                  .time_nsec = packets[i].time_nsec,
                                  .len = (uint32_t)packets[i].packet.len};
        status = write_octets(w, &mark, sizeof mark);
        if (status == NM_OK) {
            status = write_octets(w, packets[i].packet.data, packets[i].packet.len);
        }
    }
    return status;
}

nm_query_reader
nm_query_read(const nm_query_table *t, const nm_query *query)
{
    const cell *first = (const cell *)query;
    return (nm_query_reader){.table = t,
                             .pos = first->first.octets,
                             .end = first->first.octets + HEAD_ROOM,
                             .next = first->first.head.more};
}

/* Go to the next cell. */
static void
turn_page(nm_query_reader *r)
{
    const cell *c = cell_at(r->table, r->next);
    r->pos = c->other.octets;
    r->end = c->other.octets + MORE_ROOM;
    r->next = c->other.more;
}

void
nm_query_read_octets(nm_query_reader *reader, uint8_t *out, size_t len)
{
    while (len > (size_t)(reader->end - reader->pos)) {
        size_t here = (size_t)(reader->end - reader->pos);
        memcpy(out, reader->pos, here);
        out += here;
        len -= here;
        turn_page(reader);
    }
    memcpy(out, reader->pos, len);
    reader->pos += len;
}

void
nm_query_skip_octets(nm_query_reader *reader, size_t len)
{
    while (len > (size_t)(reader->end - reader->pos)) {
        len -= (size_t)(reader->end - reader->pos);
        turn_page(reader);
    }
    reader->pos += len;
}

nm_query_reader
nm_query_read_name(const nm_query_table *t, const nm_query *query)
{
    nm_query_reader reader = nm_query_read(t, query);
    nm_query_skip_octets(&reader, query->qname_place);
    return reader;
}

size_t
nm_query_read_packet(nm_query_reader *reader, int64_t *out_sec, uint32_t *out_nsec)
{
    packet_mark mark;
    nm_query_read_octets(reader, (uint8_t *)&mark, sizeof mark);
    *out_sec = mark.time_sec;
    *out_nsec = mark.time_nsec;
    return mark.len;
}

/* True when a query's name is this one. */
static bool
has_qname(const nm_query_table *t, const nm_query *query, nm_span qname)
{
    const uint8_t *other = qname.data;
    size_t len = qname.len;
    if (query->qname_len != len) {
        return false;
    }
    nm_query_reader r = nm_query_read_name(t, query);
    while (len > (size_t)(r.end - r.pos)) {
        size_t here = (size_t)(r.end - r.pos);
        if (memcmp(other, r.pos, here) != 0) {
            return false;
        }
        other += here;
        len -= here;
        turn_page(&r);
    }
    return len == 0 || memcmp(other, r.pos, len) == 0;
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
    own->next = NOBODY;
    if (*bucket == NOBODY) {
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
    if (own->next != NOBODY) {
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
        memset(buckets[i], 0xff, count * sizeof *buckets[i]); /* NOBODY. */
        nm_allocator_release(t->allocator, t->buckets[i]);
        t->buckets[i] = buckets[i];
        for (uint32_t k = t->oldest; k != NOBODY; k = head_at(t, k)->newer) {
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
    t->allocator = allocator;
    t->free = NOBODY;
    t->oldest = NOBODY;
    t->newest = NOBODY;
    if (resize_buckets(t, BUCKETS_FIRST) != NM_OK) {
        nm_query_table_free(t);
        return NULL;
    }
    return t;
}

/* -- keys -- */

/* Hashes for both tables; that with the question goes on from the one without it, so that each
 * sender has a key of its own that nobody knows. */
static void
hash_packet(const nm_query_table *t, const nm_dns_packet *p, uint32_t out[TABLE_COUNT])
{
    struct {
        uint16_t ports_and_id[4];
        uint8_t addresses[2 * 16];
    } key = {.ports_and_id = {p->query_port, p->response_port, p->id}};
    size_t len = p->address_len;
    if (len == NM_IPV4_LEN) { /* Lengths that are known are copied in no time. */
        memcpy(key.addresses, p->query_ip, NM_IPV4_LEN);
        memcpy(key.addresses + NM_IPV4_LEN, p->response_ip, NM_IPV4_LEN);
    } else {
        memcpy(key.addresses, p->query_ip, NM_IPV6_LEN);
        memcpy(key.addresses + NM_IPV6_LEN, p->response_ip, NM_IPV6_LEN);
    }
    uint64_t sender = nm_hash_more(nm_span_of(&key, sizeof key.ports_and_id + 2 * len), t->key);
    out[BY_SENDER] = (uint32_t)sender;
    out[BY_QUESTION] = (uint32_t)(p->has_question ? nm_hash_more(p->question, sender) : sender);
}

static bool
has_same_sender(const nm_query *q, const nm_dns_packet *p)
{
    return q->id == p->id && q->query_port == p->query_port &&
           q->response_port == p->response_port && q->address_len == p->address_len &&
           memcmp(q->addresses, p->query_ip, p->address_len) == 0 &&
           memcmp(q->addresses + p->address_len, p->response_ip, p->address_len) == 0;
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
    while (i != NOBODY) {
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

/* Where the name of a query stands among its octets. Where it does not lie in the only packet, which
 * it nearly always does, it is put behind them. */
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
    cell *c = cell_at(t, index);
    size_t packets_len = 0;
    for (size_t i = 0; i < count; i++) {
        packets_len += sizeof(packet_mark) + packets[i].packet.len;
    }
    size_t place = place_of_name(p->qname, packets, count, packets_len);
    size_t octets_len = place < packets_len ? packets_len : packets_len + p->qname.len;
    c->first.head.more = NOBODY;
    if (octets_len > OCTETS_MAX || count > UINT16_MAX) {
        return NM_E_LIMIT;
    }
    c->first.head.query = (nm_query){
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
    memcpy(c->first.head.query.addresses, p->query_ip, p->address_len);
    memcpy(c->first.head.query.addresses + p->address_len, p->response_ip, p->address_len);
    octets_writer w = {
        .table = t, .link = &c->first.head.more, .pos = c->first.octets, .left = HEAD_ROOM};
    nm_status status = write_packets(&w, packets, count);
    if (status == NM_OK && place == packets_len && p->qname.len > 0) {
        status = write_octets(&w, p->qname.data, p->qname.len);
    }
    return status;
}

nm_status
nm_query_table_add(nm_query_table *t, const nm_dns_packet *query, const nm_fragment_packet *packets,
                   size_t count)
{
    assert(count > 0);
    if (t->count >= t->bucket_count && t->bucket_count < UINT32_MAX / 4) {
        nm_status status = resize_buckets(t, 2 * t->bucket_count);
        if (status != NM_OK) {
            return status;
        }
    }
    uint32_t index = take_cell(t);
    if (index == NOBODY) {
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
    head->newer = NOBODY;
    *(t->newest != NOBODY ? &head_at(t, t->newest)->newer : &t->oldest) = index;
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
    return t->oldest != NOBODY ? &head_at(t, t->oldest)->query : NULL;
}

void
nm_query_table_remove(nm_query_table *t, nm_query *query)
{
    cell_head *head = (cell_head *)query;
    for (int i = 0; i < TABLE_COUNT; i++) {
        unlink_cell(t, i, head->index);
    }
    *(head->older != NOBODY ? &head_at(t, head->older)->newer : &t->oldest) = head->newer;
    *(head->newer != NOBODY ? &head_at(t, head->newer)->older : &t->newest) = head->older;
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
    return t->cells_in_use * sizeof(cell);
}
