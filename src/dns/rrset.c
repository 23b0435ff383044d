/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping by sorting: a message may hold 65,535 records of a section that are all different, so
 * that comparing each with each would take minutes. */
#include "dns/rrset.h"

#include "base/ascii.h"

/* Where the parts of what is needed stand. */
typedef struct workspace {
    uint32_t *order; /* Indices of members, to be sorted. */
    uint8_t *names;  /* NM_DNS_NAME_MAX octets for each member. */
} workspace;

static bool
workspace_init(nm_dns_rrsets *sets, uint32_t count, workspace *out)
{
    if (count <= NM_DNS_RRSETS_LOCAL) {
        sets->members = sets->local_members;
        *out = (workspace){.order = sets->local_order, .names = sets->local_names};
        return true;
    }
    size_t members_len = count * sizeof *sets->members;
    size_t order_len = count * sizeof *out->order;
    size_t names_len = (size_t)count * NM_DNS_NAME_MAX;
    uint8_t *block = sets->allocator->resize(sets->allocator->context, NULL,
                                             members_len + order_len + names_len);
    if (block == NULL) {
        return false;
    }
    sets->block = block;
    sets->members = sets->block;
    out->order = (uint32_t *)(void *)(block + members_len);
    out->names = block + members_len + order_len;
    return true;
}

static void
read_member(const nm_dns_reader *r, nm_dns_rrset_member *m, uint8_t *name)
{
    size_t len = nm_dns_reader_owner(r, &m->record, name);
    for (size_t i = 0; i < len; i++) {
        name[i] = nm_ascii_lower(name[i]); /* Length octets are no letters. */
    }
    m->name = name;
    m->name_len = (uint8_t)len;
    m->next = NM_DNS_RRSET_END;
    m->lowest_ttl = m->record.ttl;
    m->is_first = true;
}

/* Order by what makes a set. */
static int
compare_sets(const nm_dns_rrset_member *a, const nm_dns_rrset_member *b)
{
    if (a->record.type != b->record.type) {
        return a->record.type < b->record.type ? -1 : 1;
    }
    if (a->record.rrclass != b->record.rrclass) {
        return a->record.rrclass < b->record.rrclass ? -1 : 1;
    }
    if (a->name_len != b->name_len) {
        return a->name_len < b->name_len ? -1 : 1;
    }
    return memcmp(a->name, b->name, a->name_len);
}

/* The same with the records of a set in their order. */
static bool
is_before(const nm_dns_rrsets *sets, uint32_t a, uint32_t b)
{
    int order = compare_sets(&sets->members[a], &sets->members[b]);
    return order != 0 ? order < 0 : a < b;
}

/* Let the member at `at` sink to its place in a heap of `count`, the last in order on top. */
static void
sift_down(const nm_dns_rrsets *sets, uint32_t *heap, uint32_t at, uint32_t count)
{
    uint32_t member = heap[at];
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && is_before(sets, heap[child], heap[child + 1])) {
            child++;
        }
        if (!is_before(sets, member, heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = member;
}

/* Heap sort: no worst case, no memory. */
static void
sort_members(const nm_dns_rrsets *sets, uint32_t *order)
{
    for (uint32_t i = sets->count / 2; i-- > 0;) {
        sift_down(sets, order, i, sets->count);
    }
    for (uint32_t last = sets->count; last-- > 1;) {
        uint32_t top = order[0];
        order[0] = order[last];
        order[last] = top;
        sift_down(sets, order, 0, last);
    }
}

/* Members of a set are neighbours now. */
static void
link_sets(nm_dns_rrsets *sets, const uint32_t *order)
{
    nm_dns_rrset_member *first = NULL;
    for (uint32_t i = 0; i < sets->count; i++) {
        nm_dns_rrset_member *m = &sets->members[order[i]];
        if (first == NULL || compare_sets(first, m) != 0) {
            first = m;
            continue;
        }
        sets->members[order[i - 1]].next = order[i];
        m->is_first = false;
        if (m->record.ttl < first->lowest_ttl) {
            first->lowest_ttl = m->record.ttl;
        }
    }
}

nm_status
nm_dns_rrsets_init(nm_dns_rrsets *sets, nm_dns_reader *r, const nm_allocator *allocator)
{
    workspace space;
    nm_dns_record record;
    uint32_t count = r->sections[r->section].count;
    sets->allocator = allocator;
    sets->block = NULL;
    sets->count = 0;
    if (!workspace_init(sets, count, &space)) {
        return NM_E_NOMEM;
    }
    while (nm_dns_reader_next(r, &record)) {
        uint8_t *name = space.names + (size_t)sets->count * NM_DNS_NAME_MAX;
        sets->members[sets->count].record = record;
        read_member(r, &sets->members[sets->count], name);
        space.order[sets->count] = sets->count;
        sets->count++;
    }
    sort_members(sets, space.order);
    link_sets(sets, space.order);
    return NM_OK;
}

void
nm_dns_rrsets_clear(nm_dns_rrsets *sets)
{
    if (sets->block != NULL) {
        nm_allocator_release(sets->allocator, sets->block);
    }
    sets->block = NULL;
    sets->count = 0;
}
