/* SPDX-License-Identifier: Apache-2.0 */
/* A table of incomplete datagrams, found by a keyed hash and kept in the order in which they began.
 *
 * Each has one run of octets with its fragments one behind the other, and a list of them ordered by
 * offset: neighbours in the list tell whether a fragment overlaps, and the sum of their lengths
 * whether the datagram is whole. */
#include "packet/reassembly.h"

#include <assert.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "packet/checksum.h"

enum {
    NOBODY = UINT32_MAX,
    SLOTS_FIRST = 16,
    PIECES_FIRST = 4,
    KEY_MAX = 2 * 16 + 4 + 2,
    DATAGRAMS_MAX = 1 << 24, /* Whatever the limit says. */
    BLOCK_LEN = 8,           /* Fragments before the final are multiples of it. */
};

const nm_ip_limits nm_ip_limits_default = {
    .datagrams = 4096,
    .len = 64U << 20,
    .timeout_sec = 60,
};

/* A fragment that came. */
typedef struct piece {
    uint32_t offset; /* Of its payload in the datagram. */
    uint32_t len;    /* Octets of its payload. */
    uint32_t place;  /* Of its first octet in the octets of the datagram. */
    uint32_t header_len;
    int64_t time_sec;
    uint32_t time_nsec;
} piece;

typedef struct datagram {
    uint8_t key[KEY_MAX];
    uint8_t key_len;
    uint8_t version;
    bool is_spoilt; /* Nothing of it is kept; what comes is swallowed. */
    bool has_final;
    uint32_t final_end; /* Octets of the whole payload, once the final fragment said so. */
    uint32_t covered;   /* Octets of payload that came. */
    uint32_t next;      /* In the bucket, or of the free slots. */
    uint32_t older;
    uint32_t newer;
    uint64_t hash;
    int64_t began_sec;
    piece *pieces;
    size_t count;
    size_t cap;
    nm_buffer octets;
} datagram;

struct nm_reassembly {
    nm_ip_limits limits;
    uint64_t seed;
    const nm_allocator *allocator;
    datagram *slots;
    uint32_t *buckets; /* As many as slots. */
    uint32_t slot_count;
    uint32_t count; /* Of slots in use. */
    uint32_t free;
    uint32_t oldest;
    uint32_t newest;
    size_t len; /* Octets kept. */
    nm_reassembly_counts counts;
    datagram done; /* The one given out last. */
    nm_buffer whole;
    nm_fragment_packet *fragments;
    size_t fragment_cap;
};

nm_reassembly *
nm_reassembly_new(const nm_ip_limits *limits, uint64_t seed, const nm_allocator *allocator)
{
    nm_reassembly *r = nm_allocator_zeroed(allocator, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    r->limits = *limits;
    if (r->limits.datagrams > DATAGRAMS_MAX) {
        r->limits.datagrams = DATAGRAMS_MAX;
    }
    r->seed = seed;
    r->allocator = allocator;
    r->free = NOBODY;
    r->oldest = NOBODY;
    r->newest = NOBODY;
    nm_buffer_init(&r->whole, NM_IPV6_HEADER_LEN + NM_IP_PACKET_LEN_MAX, allocator);
    return r;
}

/* Octets of memory that a datagram has taken for its fragments. */
static size_t
memory_of(const datagram *d)
{
    return d->octets.cap + d->cap * sizeof *d->pieces;
}

static void
drop_pieces(nm_reassembly *r, datagram *d)
{
    nm_allocator_release(r->allocator, d->pieces);
    nm_buffer_clear(&d->octets);
    d->pieces = NULL;
    d->count = 0;
    d->cap = 0;
}

void
nm_reassembly_free(nm_reassembly *r)
{
    if (r == NULL) {
        return;
    }
    for (uint32_t i = 0; i < r->slot_count; i++) {
        drop_pieces(r, &r->slots[i]);
    }
    drop_pieces(r, &r->done);
    nm_buffer_clear(&r->whole);
    nm_allocator_release(r->allocator, r->fragments);
    nm_allocator_release(r->allocator, r->slots);
    nm_allocator_release(r->allocator, r->buckets);
    nm_allocator_release(r->allocator, r);
}

/* -- the table -- */

static uint32_t *
bucket_of(nm_reassembly *r, uint64_t hash)
{
    return &r->buckets[hash & (r->slot_count - 1)];
}

/* Twice as many slots and buckets. */
static nm_status
grow(nm_reassembly *r)
{
    uint32_t count = r->slot_count > 0 ? 2 * r->slot_count : SLOTS_FIRST;
    uint32_t *buckets = nm_allocator_zeroed(r->allocator, count * sizeof *buckets);
    datagram *slots = buckets == NULL ? NULL
                                      : r->allocator->resize(r->allocator->context, r->slots,
                                                             count * sizeof *slots);
    if (slots == NULL) {
        nm_allocator_release(r->allocator, buckets);
        return NM_E_NOMEM;
    }
    nm_allocator_release(r->allocator, r->buckets);
    r->buckets = buckets;
    r->slots = slots;
    memset(buckets, 0xff, count * sizeof *buckets); /* NOBODY. */
    memset(slots + r->slot_count, 0, (count - r->slot_count) * sizeof *slots);
    for (uint32_t i = count; i > r->slot_count; i--) {
        slots[i - 1].next = r->free;
        r->free = i - 1;
    }
    r->slot_count = count;
    for (uint32_t i = r->oldest; i != NOBODY; i = slots[i].newer) {
        uint32_t *bucket = bucket_of(r, slots[i].hash);
        slots[i].next = *bucket;
        *bucket = i;
    }
    return NM_OK;
}

/* Take a datagram out of the table; its pieces stay where they are. */
static void
unlink_datagram(nm_reassembly *r, uint32_t index)
{
    datagram *d = &r->slots[index];
    uint32_t *link = bucket_of(r, d->hash);
    while (*link != index) {
        link = &r->slots[*link].next;
    }
    *link = d->next;
    *(d->older != NOBODY ? &r->slots[d->older].newer : &r->oldest) = d->newer;
    *(d->newer != NOBODY ? &r->slots[d->newer].older : &r->newest) = d->older;
    r->len -= memory_of(d);
    d->next = r->free;
    r->free = index;
    r->count--;
}

static void
give_up(nm_reassembly *r, uint32_t index)
{
    datagram *d = &r->slots[index];
    r->counts.given_up += !d->is_spoilt;
    unlink_datagram(r, index);
    drop_pieces(r, d);
}

/* Keep only the knowledge that it is spoilt. */
static nm_status
spoil(nm_reassembly *r, datagram *d)
{
    r->counts.given_up++;
    r->len -= memory_of(d);
    drop_pieces(r, d);
    d->is_spoilt = true;
    return NM_E_PARSE;
}

/* Differences of times from outside wrap around, as unsigned ones may. */
static bool
is_older_than(int64_t began_sec, int64_t now_sec, uint32_t age_sec)
{
    return now_sec > began_sec && (uint64_t)now_sec - (uint64_t)began_sec > age_sec;
}

void
nm_reassembly_expire(nm_reassembly *r, int64_t now_sec)
{
    while (r->oldest != NOBODY &&
           is_older_than(r->slots[r->oldest].began_sec, now_sec, r->limits.timeout_sec)) {
        give_up(r, r->oldest);
    }
}

static size_t
make_key(const nm_ip_packet *p, uint8_t key[KEY_MAX])
{
    size_t len = p->source.len;
    memcpy(key, p->source.data, len);
    memcpy(key + len, p->destination.data, len);
    len *= 2;
    memcpy(key + len, &p->id, sizeof p->id);
    len += sizeof p->id;
    key[len++] = (uint8_t)p->version;
    key[len++] = p->version == 4 ? p->protocol : 0;
    return len;
}

/* @return NOBODY where there is no memory. */
static uint32_t
find_or_add(nm_reassembly *r, const nm_ip_packet *p, int64_t now_sec)
{
    uint8_t key[KEY_MAX];
    size_t key_len = make_key(p, key);
    uint64_t hash = nm_hash(nm_span_of(key, key_len), r->seed);
    if (r->slot_count > 0) {
        for (uint32_t i = *bucket_of(r, hash); i != NOBODY; i = r->slots[i].next) {
            const datagram *d = &r->slots[i];
            if (d->hash == hash && d->key_len == key_len && memcmp(d->key, key, key_len) == 0) {
                return i;
            }
        }
    }
    if (r->count >= r->limits.datagrams) {
        give_up(r, r->oldest);
    }
    if (r->free == NOBODY && grow(r) != NM_OK) {
        return NOBODY;
    }
    uint32_t index = r->free;
    datagram *d = &r->slots[index];
    r->free = d->next;
    uint32_t *bucket = bucket_of(r, hash);
    *d = (datagram){.key_len = (uint8_t)key_len,
                    .version = (uint8_t)p->version,
                    .hash = hash,
                    .next = *bucket,
                    .older = r->newest,
                    .newer = NOBODY,
                    .began_sec = now_sec};
    memcpy(d->key, key, key_len);
    nm_buffer_init(&d->octets, r->limits.len, r->allocator);
    r->count++;
    *bucket = index;
    *(r->newest != NOBODY ? &r->slots[r->newest].newer : &r->oldest) = index;
    r->newest = index;
    return index;
}

/* -- one datagram -- */

/* Place in the list behind all that begin at or before an offset. */
static size_t
place_of(const datagram *d, uint32_t offset)
{
    size_t low = 0;
    size_t high = d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->pieces[middle].offset <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* True when a fragment goes with those that came before it, between which it is to stand. */
static bool
fits(const datagram *d, const nm_ip_packet *p, size_t place)
{
    uint32_t start = p->fragment_offset;
    uint32_t end = start + (uint32_t)p->payload.len;
    if (p->has_more ? p->payload.len % BLOCK_LEN != 0 : d->has_final || place < d->count) {
        return false;
    }
    if (d->has_final && end > d->final_end) {
        return false;
    }
    if (place > 0 && d->pieces[place - 1].offset + d->pieces[place - 1].len > start) {
        return false;
    }
    return place == d->count || end <= d->pieces[place].offset;
}

static nm_status
reserve_piece(nm_reassembly *r, datagram *d)
{
    if (d->count < d->cap) {
        return NM_OK;
    }
    size_t cap = d->cap > 0 ? 2 * d->cap : PIECES_FIRST;
    piece *pieces = r->allocator->resize(r->allocator->context, d->pieces, cap * sizeof *pieces);
    if (pieces == NULL) {
        return NM_E_NOMEM;
    }
    d->pieces = pieces;
    d->cap = cap;
    return NM_OK;
}

/* Room for a fragment. */
static nm_status
reserve(nm_reassembly *r, datagram *d, size_t len)
{
    size_t before = memory_of(d);
    nm_status status = reserve_piece(r, d);
    if (status == NM_OK) {
        status = nm_buffer_reserve(&d->octets, len);
    }
    r->len += memory_of(d) - before;
    return status;
}

static nm_status
keep(nm_reassembly *r, datagram *d, const nm_ip_packet *p, nm_span octets, size_t place,
     const nm_fragment_packet *times)
{
    nm_status status = reserve(r, d, p->packet_len);
    if (status == NM_OK) {
        status = nm_buffer_append(&d->octets, nm_span_of(octets.data, p->packet_len));
    }
    if (status != NM_OK) {
        return status;
    }
    memmove(d->pieces + place + 1, d->pieces + place, (d->count - place) * sizeof *d->pieces);
    d->pieces[place] = (piece){.offset = p->fragment_offset,
                               .len = (uint32_t)p->payload.len,
                               .place = (uint32_t)(d->octets.len - p->packet_len),
                               .header_len = (uint32_t)p->header_len,
                               .time_sec = times->time_sec,
                               .time_nsec = times->time_nsec};
    d->count++;
    d->covered += (uint32_t)p->payload.len;
    return NM_OK;
}

/* -- whole datagrams -- */

/* Where in an IPv6 packet the protocol of its fragment header stands: in the header before it. */
static size_t
next_header_place(const uint8_t *packet, size_t fragment_header)
{
    enum { NEXT_HEADER = 6 }; /* RFC 8200 section 3. */
    size_t place = NEXT_HEADER;
    size_t at = NM_IPV6_HEADER_LEN;
    while (at < fragment_header) {
        size_t words = packet[at + 1];
        size_t len = packet[place] == NM_IP_AUTHENTICATION ? 4 * (words + 2) : 8 * (words + 1);
        place = at;
        at += len;
    }
    return place;
}

static void
finish_ipv4(uint8_t *packet, size_t header_len, size_t len)
{
    enum { LENGTH = 2, FRAGMENT = 6, CHECKSUM = 10 }; /* RFC 791 section 3.1. */
    nm_checksum_state state = {.sum = 0};
    packet[LENGTH] = (uint8_t)(len >> 8);
    packet[LENGTH + 1] = (uint8_t)len;
    memset(packet + FRAGMENT, 0, 2);
    memset(packet + CHECKSUM, 0, 2);
    nm_checksum_add(&state, nm_span_of(packet, header_len));
    uint16_t checksum = nm_checksum_result(&state);
    packet[CHECKSUM] = (uint8_t)(checksum >> 8);
    packet[CHECKSUM + 1] = (uint8_t)checksum;
}

static void
finish_ipv6(uint8_t *packet, size_t header_len, uint8_t protocol, size_t len)
{
    enum { LENGTH = 4 }; /* RFC 8200 section 3. */
    size_t payload_len = len - NM_IPV6_HEADER_LEN;
    packet[next_header_place(packet, header_len)] = protocol;
    packet[LENGTH] = (uint8_t)(payload_len >> 8);
    packet[LENGTH + 1] = (uint8_t)payload_len;
}

/* Make one packet of the pieces of `done`. */
static nm_status
build_whole(nm_reassembly *r)
{
    const datagram *d = &r->done;
    const uint8_t *first = d->octets.data + d->pieces[0].place;
    size_t header_len = d->pieces[0].header_len;
    uint8_t protocol = 0;
    size_t max = NM_IP_PACKET_LEN_MAX;
    if (d->version == 6) {
        header_len -= NM_IPV6_FRAGMENT_LEN;
        protocol = first[header_len];
        max += NM_IPV6_HEADER_LEN;
    }
    size_t len = header_len + d->final_end;
    if (len > max) {
        return NM_E_PARSE;
    }
    r->whole.len = 0;
    nm_status status = nm_buffer_reserve(&r->whole, len);
    if (status != NM_OK) {
        return status;
    }
    uint8_t *out = r->whole.data;
    memcpy(out, first, header_len);
    for (size_t i = 0; i < d->count; i++) {
        const piece *p = &d->pieces[i];
        memcpy(out + header_len + p->offset, d->octets.data + p->place + p->header_len, p->len);
    }
    r->whole.len = len;
    if (d->version == 4) {
        finish_ipv4(out, header_len, len);
    } else {
        finish_ipv6(out, header_len, protocol, len);
    }
    return NM_OK;
}

static nm_status
list_fragments(nm_reassembly *r)
{
    const datagram *d = &r->done;
    if (d->count > r->fragment_cap) {
        nm_fragment_packet *list =
            r->allocator->resize(r->allocator->context, r->fragments, d->count * sizeof *list);
        if (list == NULL) {
            return NM_E_NOMEM;
        }
        r->fragments = list;
        r->fragment_cap = d->count;
    }
    for (size_t i = 0; i < d->count; i++) {
        const piece *p = &d->pieces[i];
        r->fragments[i] = (nm_fragment_packet){
            .packet = nm_span_of(d->octets.data + p->place, p->header_len + p->len),
            .time_sec = p->time_sec,
            .time_nsec = p->time_nsec,
        };
    }
    return NM_OK;
}

/* Give a whole datagram out. */
static nm_status
give_out(nm_reassembly *r, uint32_t index, nm_reassembled *out)
{
    unlink_datagram(r, index);
    r->done = r->slots[index];
    r->slots[index].pieces = NULL;
    r->slots[index].cap = 0;
    r->slots[index].count = 0;
    r->slots[index].octets = (nm_buffer){.data = NULL};
    nm_status status = build_whole(r);
    if (status == NM_OK) {
        status = list_fragments(r);
    }
    if (status != NM_OK) {
        r->counts.given_up++;
        return status;
    }
    r->counts.whole++;
    *out = (nm_reassembled){
        .datagram = nm_buffer_span(&r->whole), .fragments = r->fragments, .count = r->done.count};
    return NM_OK;
}

nm_status
nm_reassembly_add(nm_reassembly *r, const nm_ip_packet *packet, nm_span octets, int64_t time_sec,
                  uint32_t time_nsec, nm_reassembled *out)
{
    assert(packet->is_fragment && !packet->is_truncated);
    drop_pieces(r, &r->done);
    nm_reassembly_expire(r, time_sec);
    uint32_t index = find_or_add(r, packet, time_sec);
    if (index == NOBODY) {
        return NM_E_NOMEM;
    }
    datagram *d = &r->slots[index];
    size_t place = place_of(d, packet->fragment_offset);
    if (d->is_spoilt) {
        return NM_E_PARSE;
    }
    if (!fits(d, packet, place)) {
        return spoil(r, d);
    }
    if (packet->payload.len > 0) {
        const nm_fragment_packet times = {.time_sec = time_sec, .time_nsec = time_nsec};
        nm_status status = keep(r, d, packet, octets, place, &times);
        if (status != NM_OK) {
            return status == NM_E_LIMIT ? spoil(r, d) : status;
        }
    }
    if (!packet->has_more) {
        d->has_final = true;
        d->final_end = packet->fragment_offset + (uint32_t)packet->payload.len;
    }
    if (d->has_final && d->count > 0 && d->covered == d->final_end) {
        return give_out(r, index, out);
    }
    while (r->len > r->limits.len) {
        give_up(r, r->oldest);
    }
    return NM_AGAIN;
}

nm_reassembly_counts
nm_reassembly_counts_get(const nm_reassembly *r)
{
    return r->counts;
}
