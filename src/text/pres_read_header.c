/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines are taken apart at their brackets; each part has a parser of its own. */
#include "text/pres_read_header.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/timestamp.h"

enum { SIZE, TIME, TYPE, SOURCE, OPERATOR, GROUP, PARTS };

/* Length of the part at the start of `text`, up to its "]", which a blank follows, and in all parts
 * but the last the "[" of the next; SIZE_MAX if it does not end. */
static size_t
part_len(nm_span text, bool is_last)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != ']') {
            continue;
        }
        bool is_end = i + 1 == text.len;
        bool is_space = !is_end && text.data[i + 1] == ' ';
        bool is_open = i + 2 < text.len && text.data[i + 2] == '[';
        if (is_last ? is_end || is_space || text.data[i + 1] == '\n' : is_space && is_open) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* @return Octets of the header, 0 if it is none. */
static size_t
split(nm_span text, nm_span parts[PARTS])
{
    size_t at = 0;
    for (int i = 0; i < PARTS; i++) {
        if (at >= text.len || text.data[at] != '[') {
            return 0;
        }
        nm_span rest = nm_span_of(text.data + at + 1, text.len - at - 1);
        size_t len = part_len(rest, i == PARTS - 1);
        if (len == SIZE_MAX) {
            return 0;
        }
        parts[i] = nm_span_of(rest.data, len);
        at += 1 + len + 1; /* Brackets. */
        at += at < text.len && text.data[at] == ' ';
    }
    return at;
}

/* Years of less than four digits are written without zeros in front. */
static bool
parse_seconds(nm_span text, int64_t *out)
{
    enum { LEN = sizeof "YYYY-MM-DD HH:MM:SS" - 1, REST = LEN - 4 };
    char padded[LEN] = {'0', '0', '0', '0'};
    if (text.len > LEN || text.len <= REST) {
        return false;
    }
    memcpy(padded + LEN - text.len, text.data, text.len);
    return nm_timestamp_parse_sec(nm_span_of(padded, LEN), out);
}

/* Nanoseconds may be more than a second. */
static bool
parse_time(nm_span text, nm_payload *out)
{
    uint64_t nsec;
    const uint8_t *point = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;
    if (point == NULL) {
        return false;
    }
    size_t len = (size_t)(point - text.data);
    if (!parse_seconds(nm_span_of(text.data, len), &out->time_sec) ||
        !nm_number_parse_u64(nm_span_of(point + 1, text.len - len - 1), &nsec) ||
        nsec > UINT32_MAX) {
        return false;
    }
    out->time_nsec = (uint32_t)nsec;
    return true;
}

/* The number of a vendor or type, which may be written with a sign. */
static bool
parse_type_number(nm_span text, uint32_t *out)
{
    int64_t number;
    if (!nm_number_parse_i64(text, &number) || number < INT32_MIN || number > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* "2:1 SIE dnsdedupe" */
static bool
parse_type(nm_span text, nm_payload *out)
{
    const uint8_t *blank = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
    size_t len = blank != NULL ? (size_t)(blank - text.data) : text.len;
    const uint8_t *colon = len > 0 ? memchr(text.data, ':', len) : NULL;
    if (colon == NULL) {
        return false;
    }
    size_t vendor_len = (size_t)(colon - text.data);
    return parse_type_number(nm_span_of(text.data, vendor_len), &out->vendor) &&
           parse_type_number(nm_span_of(colon + 1, len - vendor_len - 1), &out->type);
}

/* A number, or 0 for a name that nobody knows. */
static uint32_t
alias_number(nm_span text, const nm_alias_table *table)
{
    uint32_t named;
    uint64_t number;
    if (nm_alias_number(table, text, &named)) {
        return named;
    }
    return nm_number_parse_u64(text, &number) && number <= UINT32_MAX ? (uint32_t)number : 0;
}

static void
set_aliases(const nm_span *parts, const nm_aliases *aliases, nm_payload *out)
{
    out->operator = alias_number(parts[OPERATOR], aliases != NULL ? aliases->operators : NULL);
    out->group = alias_number(parts[GROUP], aliases != NULL ? aliases->groups : NULL);
    out->has |= out->source != 0 ? NM_HAS_SOURCE : 0;
    out->has |= out->operator != 0 ? NM_HAS_OPERATOR : 0;
    out->has |= out->group != 0 ? NM_HAS_GROUP : 0;
}

size_t
nm_pres_header_parse(nm_span text, const nm_aliases *aliases, nm_payload *out)
{
    nm_payload header = {.has = NM_HAS_DATA};
    nm_span parts[PARTS];
    uint64_t size;
    size_t len = split(text, parts);
    if (len == 0 || !nm_number_parse_u64(parts[SIZE], &size) || !parse_time(parts[TIME], &header) ||
        !parse_type(parts[TYPE], &header) ||
        !nm_number_parse_hex32(parts[SOURCE], &header.source)) {
        return 0;
    }
    set_aliases(parts, aliases, &header);
    *out = header;
    return len;
}
