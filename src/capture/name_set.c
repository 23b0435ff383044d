/* SPDX-License-Identifier: Apache-2.0 */
/* Names in an open hash table, which is never more than half full. */
#include "capture/name_set.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "dns/name.h"

enum {
    LEN_LEN = 1, /* Before each name stands its length. */
};

bool
nm_name_list_next(nm_span *list, nm_span *out_name)
{
    size_t at = 0;
    while (at < list->len && list->data[at] == ':') {
        at++;
    }
    size_t end = at;
    while (end < list->len && list->data[end] != ':') {
        end++;
    }
    if (at == end) {
        return false;
    }
    *out_name = nm_span_of(list->data + at, end - at);
    *list = nm_span_of(list->data + end, list->len - end);
    return true;
}

static nm_span
name_in(const nm_name_set *set, uint32_t slot)
{
    const uint8_t *p = set->octets + (slot - 1);
    return nm_span_of(p + LEN_LEN, p[0]);
}

/* The slot of a name, or a free one. */
static uint32_t *
find(const nm_name_set *set, nm_span name)
{
    size_t i = (size_t)nm_hash(name, set->seed) & (set->slot_count - 1);
    while (set->slots[i] != 0 && !nm_span_equal(name_in(set, set->slots[i]), name)) {
        i = (i + 1) & (set->slot_count - 1);
    }
    return &set->slots[i];
}

static void
make_small(uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        octets[i] = nm_ascii_lower(octets[i]);
    }
}

/* Names that can be read, and how long they are together. */
static size_t
count_names(nm_span list, size_t *out_len)
{
    uint8_t name[NM_DNS_NAME_MAX];
    nm_span text;
    size_t len;
    size_t count = 0;
    *out_len = 0;
    while (nm_name_list_next(&list, &text)) {
        if (nm_dns_name_parse(text, name, &len) == NM_OK) {
            *out_len += LEN_LEN + len;
            count++;
        }
    }
    return count;
}

static void
add_names(nm_name_set *set, nm_span list)
{
    nm_span text;
    uint32_t place = 0;
    while (nm_name_list_next(&list, &text)) {
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len;
        if (nm_dns_name_parse(text, name, &len) != NM_OK) {
            continue;
        }
        make_small(name, len);
        uint32_t *slot = find(set, nm_span_of(name, len));
        if (*slot == 0) {
            set->octets[place] = (uint8_t)len;
            memcpy(set->octets + place + LEN_LEN, name, len);
            *slot = place + 1;
            place += (uint32_t)(LEN_LEN + len);
        }
    }
}

nm_status
nm_name_set_init(nm_span list, uint64_t seed, const nm_allocator *allocator, nm_name_set *out)
{
    nm_name_set set = {.seed = seed};
    size_t len;
    size_t count = count_names(list, &len);
    if (count == 0) {
        *out = set;
        return NM_OK;
    }
    if (len >= UINT32_MAX) {
        return NM_E_NOMEM;
    }
    for (set.slot_count = 2; set.slot_count < 2 * count; set.slot_count *= 2) {
    }
    set.octets = nm_allocator_zeroed(allocator, len);
    set.slots = nm_allocator_zeroed(allocator, set.slot_count * sizeof *set.slots);
    if (set.octets == NULL || set.slots == NULL) {
        nm_name_set_clear(&set, allocator);
        return NM_E_NOMEM;
    }
    add_names(&set, list);
    *out = set;
    return NM_OK;
}

void
nm_name_set_clear(nm_name_set *set, const nm_allocator *allocator)
{
    nm_allocator_release(allocator, set->octets);
    nm_allocator_release(allocator, set->slots);
    *set = (nm_name_set){.slot_count = 0};
}

/* Take the first label off a name. Names come as they were sent, so that a label may be longer than
 * what is left, and its length may be what would be a letter elsewhere.
 * @return false: there is none. */
static bool
chop(nm_span *name)
{
    if (name->len <= 1) {
        return false;
    }
    size_t len = (size_t)nm_ascii_lower(name->data[0]) + 1;
    if (len > name->len) {
        return false;
    }
    *name = nm_span_of(name->data + len, name->len - len);
    return true;
}

/* Whatever is longer than a name may be is in no set, so that only the end of it costs time. */
bool
nm_name_set_covers(const nm_name_set *set, nm_span name)
{
    uint8_t small[NM_DNS_NAME_MAX + 1]; /* An even number, for wide writes. */
    if (nm_name_set_is_empty(set)) {
        return false;
    }
    while (name.len > NM_DNS_NAME_MAX) {
        if (!chop(&name)) {
            return false;
        }
    }
    memcpy(small, name.data, name.len);
    make_small(small, name.len);
    name = nm_span_of(small, name.len);
    do {
        if (*find(set, name) != 0) {
            return true;
        }
    } while (chop(&name));
    return false;
}
