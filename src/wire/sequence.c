/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers per sender, in a hash table whose entries also form a list by last use. */
#include "wire/sequence.h"

#include "base/hash.h"

typedef struct source_key {
    uint64_t id;
    nm_sender sender;
    uint32_t unused; /* Always 0: keeps the key free of padding. */
} source_key;

typedef struct source {
    struct source *next_in_bucket;
    struct source *longer_unheard;
    struct source *later_heard;
    source_key key;
    int64_t heard_sec;
    uint32_t expected;
} source;

struct nm_sequence_table {
    const nm_allocator *allocator;
    uint64_t seed;
    source **buckets;
    size_t bucket_mask;
    source *longest_unheard;
    source *last_heard;
    uint32_t count;
    uint32_t max;
};

enum { BUCKETS = 1024 };

nm_sequence_table *
nm_sequence_table_new(uint32_t max_sources, uint64_t seed, const nm_allocator *allocator)
{
    nm_sequence_table *table = nm_allocator_zeroed(allocator, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->allocator = allocator;
    table->seed = seed;
    table->max = max_sources > 0 ? max_sources : 1;
    table->bucket_mask = BUCKETS - 1;
    table->buckets = nm_allocator_zeroed(allocator, BUCKETS * sizeof *table->buckets);
    if (table->buckets == NULL) {
        nm_allocator_release(allocator, table);
        return NULL;
    }
    return table;
}

static source **
bucket_of(nm_sequence_table *table, const source_key *key)
{
    uint64_t hash = nm_hash(nm_span_of(key, sizeof *key), table->seed);
    return &table->buckets[hash & table->bucket_mask];
}

static void
list_remove(nm_sequence_table *table, source *s)
{
    *(s->longer_unheard != NULL ? &s->longer_unheard->later_heard : &table->longest_unheard) =
        s->later_heard;
    *(s->later_heard != NULL ? &s->later_heard->longer_unheard : &table->last_heard) =
        s->longer_unheard;
}

static void
list_append(nm_sequence_table *table, source *s)
{
    s->longer_unheard = table->last_heard;
    s->later_heard = NULL;
    *(table->last_heard != NULL ? &table->last_heard->later_heard : &table->longest_unheard) = s;
    table->last_heard = s;
}

static void
forget(nm_sequence_table *table, source *s)
{
    source **link = bucket_of(table, &s->key);
    while (*link != s) {
        link = &(*link)->next_in_bucket;
    }
    *link = s->next_in_bucket;
    list_remove(table, s);
    table->count--;
    nm_allocator_release(table->allocator, s);
}

void
nm_sequence_table_free(nm_sequence_table *table)
{
    if (table == NULL) {
        return;
    }
    while (table->longest_unheard != NULL) {
        forget(table, table->longest_unheard);
    }
    nm_allocator_release(table->allocator, table->buckets);
    nm_allocator_release(table->allocator, table);
}

/* Buckets grow with the entries, up to the limit of entries, so that lookups stay short. */
static void
grow_buckets(nm_sequence_table *table)
{
    size_t buckets = (table->bucket_mask + 1) * 4;
    source **grown = nm_allocator_zeroed(table->allocator, buckets * sizeof *grown);
    if (grown == NULL) {
        return; /* Slower, not wrong. */
    }
    nm_allocator_release(table->allocator, table->buckets);
    table->buckets = grown;
    table->bucket_mask = buckets - 1;
    for (source *s = table->longest_unheard; s != NULL; s = s->later_heard) {
        source **bucket = bucket_of(table, &s->key);
        s->next_in_bucket = *bucket;
        *bucket = s;
    }
}

static source *
source_add(nm_sequence_table *table, const source_key *key)
{
    if (table->count >= table->max && table->longest_unheard != NULL) {
        forget(table, table->longest_unheard);
    }
    source *s = nm_allocator_zeroed(table->allocator, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    if (table->count > table->bucket_mask * 2) {
        grow_buckets(table);
    }
    s->key = *key;
    source **bucket = bucket_of(table, key);
    s->next_in_bucket = *bucket;
    *bucket = s;
    list_append(table, s);
    table->count++;
    return s;
}

nm_status
nm_sequence_table_note(nm_sequence_table *table, uint64_t id, uint32_t sequence,
                       const nm_sender *sender, int64_t now_sec, uint32_t *out_missing)
{
    while (table->longest_unheard != NULL &&
           now_sec - table->longest_unheard->heard_sec > NM_SEQUENCE_MAX_AGE_SEC) {
        forget(table, table->longest_unheard);
    }
    source_key key = {.id = id, .sender = *sender};
    source *s = *bucket_of(table, &key);
    while (s != NULL && memcmp(&s->key, &key, sizeof key) != 0) {
        s = s->next_in_bucket;
    }
    uint32_t missing = 0;
    if (s == NULL) {
        s = source_add(table, &key);
        if (s == NULL) {
            return NM_E_NOMEM;
        }
    } else {
        missing = sequence - s->expected;
        if (missing > NM_SEQUENCE_GAP_MAX) {
            missing = 0;
        }
        list_remove(table, s);
        list_append(table, s);
    }
    s->expected = sequence + 1;
    s->heard_sec = now_sec;
    *out_missing = missing;
    return NM_OK;
}
