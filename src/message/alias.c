/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of aliases: the entries sorted by number, and pointers to them sorted by name, so that
 * memory follows from the lines and not from the numbers in them. */
#include "message/alias.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/cursor.h"

struct nm_alias_table {
    const nm_allocator *allocator;
    nm_buffer text;    /* What the names borrow from. */
    nm_buffer aliases; /* `count` times nm_alias, by number. */
    nm_buffer by_name; /* `count` times const nm_alias *, by name and number. */
    size_t count;
    size_t malformed_line;
};

static const nm_alias *
aliases_of(const nm_alias_table *table)
{
    return (const nm_alias *)(const void *)table->aliases.data;
}

static const nm_alias *const *
by_name_of(const nm_alias_table *table)
{
    return (const nm_alias *const *)(const void *)table->by_name.data;
}

/* White space of C's isspace(), less the end of the line. */
static bool
is_space(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\v' || octet == '\f';
}

/* The next octets up to white space, without that before them; empty at the end. */
static nm_span
take_word(nm_cursor *line)
{
    while (nm_cursor_left(line) > 0 && is_space(*line->pos)) {
        (void)nm_cursor_u8(line);
    }
    const uint8_t *start = line->pos;
    while (nm_cursor_left(line) > 0 && !is_space(*line->pos)) {
        (void)nm_cursor_u8(line);
    }
    return nm_span_of(start, (size_t)(line->pos - start));
}

/* Without the end of the line, which is left out. */
static nm_span
take_line(nm_cursor *c)
{
    size_t left = nm_cursor_left(c);
    const uint8_t *end = memchr(c->pos, '\n', left);
    nm_span line = nm_cursor_take(c, end != NULL ? (size_t)(end - c->pos) : left);
    if (end != NULL) {
        (void)nm_cursor_u8(c);
    }
    return line;
}

/* 255 for what is no digit in any base. */
static uint8_t
digit_of(uint8_t octet)
{
    if (octet >= '0' && octet <= '9') {
        return (uint8_t)(octet - '0');
    }
    octet |= 0x20; /* Lower case of letters; what becomes one is none of the others looked at. */
    return octet >= 'a' && octet <= 'f' ? (uint8_t)(octet - 'a' + 10) : UINT8_MAX;
}

/* An integer constant of C without suffix, perhaps with a plus sign. */
static bool
parse_number(nm_span word, uint32_t *out)
{
    nm_cursor c = nm_cursor_init(word);
    uint64_t value = 0;
    unsigned base = 10;
    if (nm_cursor_left(&c) > 1 && *c.pos == '+') {
        (void)nm_cursor_u8(&c);
    }
    if (nm_cursor_left(&c) > 1 && *c.pos == '0') {
        (void)nm_cursor_u8(&c);
        base = 8;
        if (nm_cursor_left(&c) > 1 && (*c.pos | 0x20) == 'x') {
            (void)nm_cursor_u8(&c);
            base = 16;
        }
    }
    while (nm_cursor_left(&c) > 0) {
        uint8_t digit = digit_of(nm_cursor_u8(&c));
        value = value * base + digit;
        if (digit >= base || value > UINT32_MAX) {
            return false;
        }
    }
    *out = (uint32_t)value;
    return true;
}

static bool
parse_line(nm_span text, nm_alias *out)
{
    nm_cursor line = nm_cursor_init(text);
    nm_span number = take_word(&line);
    out->name = take_word(&line);
    return out->name.len > 0 && memchr(out->name.data, '\0', out->name.len) == NULL &&
           parse_number(number, &out->number);
}

/* Append the aliases in the order of their lines. */
static nm_status
read_lines(nm_alias_table *table)
{
    nm_cursor c = nm_cursor_init(nm_buffer_span(&table->text));
    for (size_t number = 1; nm_cursor_left(&c) > 0; number++) {
        nm_alias alias = {.number = 0};
        if (!parse_line(take_line(&c), &alias)) {
            table->malformed_line = number;
            break;
        }
        nm_status status = nm_buffer_append(&table->aliases, nm_span_of(&alias, sizeof alias));
        if (status != NM_OK) {
            return status;
        }
        table->count++;
    }
    return NM_OK;
}

static uint8_t
lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + ('a' - 'A')) : octet;
}

static int
compare_names(nm_span a, nm_span b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int difference = lower(a.data[i]) - lower(b.data[i]);
        if (difference != 0) {
            return difference;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* By number, then by place in the text. */
static int
compare_by_number(const void *left, const void *right)
{
    const nm_alias *a = left;
    const nm_alias *b = right;
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    return (a->name.data > b->name.data) - (a->name.data < b->name.data);
}

/* By name, then by number: the array they point into is sorted by it. */
static int
compare_by_name(const void *left, const void *right)
{
    const nm_alias *a = *(const nm_alias *const *)left;
    const nm_alias *b = *(const nm_alias *const *)right;
    int difference = compare_names(a->name, b->name);
    return difference != 0 ? difference : (a > b) - (a < b);
}

/* Sort by number and keep the last line of each. */
static void
sort_by_number(nm_alias_table *table)
{
    nm_alias *aliases = (nm_alias *)(void *)table->aliases.data;
    size_t kept = 0;
    if (table->count == 0) {
        return;
    }
    qsort(aliases, table->count, sizeof *aliases, compare_by_number);
    for (size_t i = 1; i < table->count; i++) {
        if (aliases[i].number != aliases[kept].number) {
            kept++;
        }
        aliases[kept] = aliases[i];
    }
    table->count = kept + 1;
}

static nm_status
sort_by_name(nm_alias_table *table)
{
    const nm_alias *aliases = aliases_of(table);
    nm_status status = nm_buffer_reserve(&table->by_name, table->count * sizeof(const nm_alias *));
    if (status != NM_OK || table->count == 0) {
        return status;
    }
    const nm_alias **by_name = (const nm_alias **)(void *)table->by_name.data;
    for (size_t i = 0; i < table->count; i++) {
        by_name[i] = &aliases[i];
    }
    qsort(by_name, table->count, sizeof *by_name, compare_by_name);
    return NM_OK;
}

nm_status
nm_alias_table_parse(nm_span text, const nm_allocator *allocator, nm_alias_table **out,
                     nm_error *err)
{
    nm_alias_table *table = nm_allocator_zeroed(allocator, sizeof *table);
    nm_status status = NM_E_NOMEM;
    if (table != NULL) {
        table->allocator = allocator;
        nm_buffer_init(&table->text, SIZE_MAX, allocator);
        nm_buffer_init(&table->aliases, SIZE_MAX, allocator);
        nm_buffer_init(&table->by_name, SIZE_MAX, allocator);
        status = nm_buffer_append(&table->text, text);
    }
    if (status == NM_OK) {
        status = read_lines(table);
    }
    if (status == NM_OK) {
        sort_by_number(table);
        status = sort_by_name(table);
    }
    if (status != NM_OK) {
        nm_alias_table_free(table);
        return nm_error_set(err, status, 0, "no memory for a table of aliases");
    }
    *out = table;
    return NM_OK;
}

void
nm_alias_table_free(nm_alias_table *table)
{
    if (table != NULL) {
        nm_buffer_clear(&table->text);
        nm_buffer_clear(&table->aliases);
        nm_buffer_clear(&table->by_name);
        nm_allocator_release(table->allocator, table);
    }
}

size_t
nm_alias_malformed_line(const nm_alias_table *table)
{
    return table != NULL ? table->malformed_line : 0;
}

size_t
nm_alias_count(const nm_alias_table *table)
{
    return table != NULL ? table->count : 0;
}

nm_alias
nm_alias_at(const nm_alias_table *table, size_t i)
{
    return aliases_of(table)[i];
}

nm_span
nm_alias_name(const nm_alias_table *table, uint32_t number)
{
    size_t low = 0;
    size_t high = nm_alias_count(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const nm_alias *alias = &aliases_of(table)[middle];
        if (alias->number == number) {
            return alias->name;
        }
        if (alias->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return nm_span_of(NULL, 0);
}

bool
nm_alias_number(const nm_alias_table *table, nm_span name, uint32_t *out)
{
    size_t low = 0;
    size_t high = nm_alias_count(table);
    while (low < high) { /* The first that is not before the name. */
        size_t middle = low + (high - low) / 2;
        if (compare_names(by_name_of(table)[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == nm_alias_count(table) || compare_names(by_name_of(table)[low]->name, name) != 0) {
        return false;
    }
    *out = by_name_of(table)[low]->number;
    return true;
}
