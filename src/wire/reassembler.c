/* SPDX-License-Identifier: Apache-2.0 */
/* Putting fragmented containers together.
 *
 * A set keeps its pieces in the order of arrival in one buffer, with a list that tells which piece
 * lies where and a bitmap of those that came. What one datagram can make us keep is thus its own
 * octets plus the bitmap (8 KiB at most), whatever numbers it claims. */
#include "wire/fragment.h"

#include <inttypes.h>

#include "base/hash.h"
#include "wire/container.h"

typedef struct piece {
    uint32_t index;
    uint32_t len;
    size_t offset; /* In the set's buffer. */
} piece;

typedef struct fragment_key {
    nm_sender sender;
    uint32_t id;
    uint32_t crc;
} fragment_key;

typedef struct fragment_set {
    struct fragment_set *next_in_bucket;
    struct fragment_set *older; /* All sets, by time of their first piece. */
    struct fragment_set *newer;
    fragment_key key;
    uint32_t last;
    uint32_t received;
    bool has_crc;
    int64_t first_sec;
    size_t charged; /* Octets counted against the limit of the table. */
    nm_buffer data;
    nm_buffer pieces; /* `received` times struct piece. */
    uint8_t seen[];   /* One bit per index. */
} fragment_set;

struct nm_reassembler {
    const nm_limits *limits;
    const nm_allocator *allocator;
    uint64_t seed;
    fragment_set **buckets;
    size_t bucket_mask;
    fragment_set *oldest;
    fragment_set *newest;
    uint32_t set_count;
    size_t charged;
    uint64_t lost;
};

nm_reassembler *
nm_reassembler_new(const nm_limits *limits, uint64_t seed, const nm_allocator *allocator)
{
    nm_reassembler *r = nm_allocator_zeroed(allocator, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    size_t buckets = 16;
    while (buckets < limits->fragment_sets && buckets < 65536) {
        buckets *= 2;
    }
    r->limits = limits;
    r->allocator = allocator;
    r->seed = seed;
    r->bucket_mask = buckets - 1;
    r->buckets = nm_allocator_zeroed(allocator, buckets * sizeof *r->buckets);
    if (r->buckets == NULL) {
        nm_allocator_release(allocator, r);
        return NULL;
    }
    return r;
}

static fragment_set **
bucket_of(nm_reassembler *r, const fragment_key *key)
{
    return &r->buckets[nm_hash(nm_span_of(key, sizeof *key), r->seed) & r->bucket_mask];
}

static void
set_free(nm_reassembler *r, fragment_set *set)
{
    nm_buffer_clear(&set->data);
    nm_buffer_clear(&set->pieces);
    nm_allocator_release(r->allocator, set);
}

/* Take a set out of the table and free it. */
static void
set_remove(nm_reassembler *r, fragment_set *set)
{
    fragment_set **link = bucket_of(r, &set->key);
    while (*link != set) {
        link = &(*link)->next_in_bucket;
    }
    *link = set->next_in_bucket;
    *(set->older != NULL ? &set->older->newer : &r->oldest) = set->newer;
    *(set->newer != NULL ? &set->newer->older : &r->newest) = set->older;
    r->set_count--;
    r->charged -= set->charged;
    set_free(r, set);
}

static void
give_up(nm_reassembler *r, fragment_set *set)
{
    r->lost++;
    set_remove(r, set);
}

void
nm_reassembler_free(nm_reassembler *r)
{
    if (r == NULL) {
        return;
    }
    while (r->oldest != NULL) {
        set_remove(r, r->oldest);
    }
    nm_allocator_release(r->allocator, r->buckets);
    nm_allocator_release(r->allocator, r);
}

uint64_t
nm_reassembler_lost(const nm_reassembler *r)
{
    return r->lost;
}

static fragment_set *
set_find(nm_reassembler *r, const fragment_key *key)
{
    fragment_set *set = *bucket_of(r, key);
    while (set != NULL && memcmp(&set->key, key, sizeof *key) != 0) {
        set = set->next_in_bucket;
    }
    return set;
}

/* Make room for a piece: drop the oldest sets until the table is within its limits. */
static void
make_room(nm_reassembler *r, size_t needed, const fragment_set *keep)
{
    while (r->oldest != NULL && r->oldest != keep &&
           (r->charged + needed > r->limits->fragment_len ||
            (keep == NULL && r->set_count >= r->limits->fragment_sets))) {
        give_up(r, r->oldest);
    }
}

static fragment_set *
set_add(nm_reassembler *r, const fragment_key *key, const nm_fragment *fragment, int64_t now_sec)
{
    size_t size = sizeof(fragment_set) + fragment->last / 8 + 1;
    make_room(r, size, /* keep= */ NULL);
    fragment_set *set = nm_allocator_zeroed(r->allocator, size);
    if (set == NULL) {
        return NULL;
    }
    set->key = *key;
    set->last = fragment->last;
    set->has_crc = fragment->has_crc;
    set->first_sec = now_sec;
    set->charged = size;
    nm_buffer_init(&set->data, r->limits->container_len, r->allocator);
    nm_buffer_init(&set->pieces, SIZE_MAX / 2, r->allocator);

    fragment_set **bucket = bucket_of(r, key);
    set->next_in_bucket = *bucket;
    *bucket = set;
    set->older = r->newest;
    *(r->newest != NULL ? &r->newest->newer : &r->oldest) = set;
    r->newest = set;
    r->set_count++;
    r->charged += size;
    return set;
}

static nm_status
set_store(nm_reassembler *r, fragment_set *set, const nm_fragment *fragment)
{
    size_t needed = fragment->data.len + sizeof(piece);
    make_room(r, needed, set);
    if (r->charged + needed > r->limits->fragment_len) {
        return NM_E_LIMIT;
    }
    piece p = {
        .index = fragment->current, .len = (uint32_t)fragment->data.len, .offset = set->data.len};
    nm_status status = nm_buffer_append(&set->data, fragment->data);
    if (status == NM_OK) {
        status = nm_buffer_append(&set->pieces, nm_span_of(&p, sizeof p));
    }
    if (status != NM_OK) {
        return status;
    }
    set->seen[fragment->current / 8] |= (uint8_t)(1U << fragment->current % 8);
    set->received++;
    set->charged += needed;
    r->charged += needed;
    return NM_OK;
}

/* Copy the first `count` pieces, by index, into `out`. Every index is there exactly once, so the
 * pieces are put at their places by counting instead of sorting. */
static nm_status
set_join(const fragment_set *set, nm_buffer *out)
{
    const piece *pieces = (const piece *)(const void *)set->pieces.data;
    size_t count = set->received;
    nm_buffer order;
    nm_buffer_init(&order, SIZE_MAX / 2, set->data.allocator);
    out->len = 0;
    nm_status status = nm_buffer_reserve(&order, count * sizeof(uint32_t));
    if (status == NM_OK) {
        status = nm_buffer_reserve(out, set->data.len);
    }
    if (status == NM_OK) {
        uint32_t *by_index = (uint32_t *)(void *)order.data;
        for (size_t i = 0; i < count; i++) {
            by_index[pieces[i].index] = (uint32_t)i;
        }
        for (size_t i = 0; i < count && status == NM_OK; i++) {
            const piece *p = &pieces[by_index[i]];
            status = nm_buffer_append(out, nm_span_of(set->data.data + p->offset, p->len));
        }
    }
    nm_buffer_clear(&order);
    return status;
}

/* All pieces, or all but a final one that must be empty because the CRC fits without it. */
static nm_status
set_complete(nm_reassembler *r, fragment_set *set, nm_buffer *out, nm_error *err)
{
    bool has_final = (set->seen[set->last / 8] >> set->last % 8 & 1) != 0;
    bool is_whole = set->received == (uint64_t)set->last + 1;
    bool may_lack_final = !has_final && set->received == set->last && set->has_crc;
    if (!is_whole && !may_lack_final) {
        return NM_AGAIN;
    }
    nm_status status = set_join(set, out);
    if (status != NM_OK) {
        give_up(r, set);
        return nm_error_set(err, status, 0, "no memory for a reassembled container");
    }
    bool crc_fits = !set->has_crc || nm_payload_crc(nm_buffer_span(out)) == set->key.crc;
    if (!crc_fits && !is_whole) {
        return NM_AGAIN;
    }
    if (!crc_fits) {
        uint32_t id = set->key.id;
        give_up(r, set);
        return nm_error_set(err, NM_E_CRC, 0, "fragments of set %08x do not fit their CRC", id);
    }
    set_remove(r, set);
    return NM_OK;
}

static nm_status
check_fragment(const nm_limits *limits, const nm_fragment *fragment, nm_error *err)
{
    if (fragment->last >= limits->fragments_per_set) {
        return nm_error_set(err, NM_E_LIMIT, 0,
                            "fragment announces %" PRIu64 " pieces, the limit is %u",
                            (uint64_t)fragment->last + 1, limits->fragments_per_set);
    }
    if (fragment->current > fragment->last) {
        return nm_error_set(err, NM_E_FRAGMENT, 0, "fragment %u of a set that ends with %u",
                            fragment->current, fragment->last);
    }
    if (fragment->data.len == 0) {
        return nm_error_set(err, NM_E_FRAGMENT, 0, "fragment %u without octets", fragment->current);
    }
    return NM_OK;
}

nm_status
nm_reassembler_add(nm_reassembler *r, const nm_fragment *fragment, const nm_sender *sender,
                   int64_t now_sec, nm_buffer *out, nm_error *err)
{
    nm_status status = check_fragment(r->limits, fragment, err);
    if (status != NM_OK) {
        return status;
    }
    while (r->oldest != NULL && now_sec - r->oldest->first_sec > NM_FRAGMENT_MAX_AGE_SEC) {
        give_up(r, r->oldest);
    }
    fragment_key key = {.sender = *sender, .id = fragment->id, .crc = fragment->crc};
    fragment_set *set = set_find(r, &key);
    if (set == NULL) {
        set = set_add(r, &key, fragment, now_sec);
    } else if (set->last != fragment->last) {
        return nm_error_set(err, NM_E_FRAGMENT, 0, "fragment says %u is the last of a set of %u",
                            fragment->last, set->last);
    }
    if (set == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a set of fragments");
    }
    if ((set->seen[fragment->current / 8] >> fragment->current % 8 & 1) != 0) {
        return NM_AGAIN;
    }
    status = set_store(r, set, fragment);
    if (status != NM_OK) {
        give_up(r, set);
        return nm_error_set(err, status, 0, "set of fragments grows above its limit");
    }
    return set_complete(r, set, out, err);
}
