/* SPDX-License-Identifier: Apache-2.0 */
/* Names for the numbers of operators and groups, as read from an alias file's text. The files are
 * found and read by io/alias_files.h. */
#ifndef NM_MESSAGE_ALIAS_H
#define NM_MESSAGE_ALIAS_H

#include "base/allocator.h"
#include "base/span.h"
#include "base/status.h"

/** An immutable table number <-> name. Any number of threads may read it. Where functions take one,
 *  NULL is a table without names. */
typedef struct nm_alias_table nm_alias_table;

/** What text writers get: NULL pointers mean no aliases. Borrowed. */
typedef struct nm_aliases {
    const nm_alias_table *operators;
    const nm_alias_table *groups;
} nm_aliases;

/** One number and its name, which is borrowed from the table. */
typedef struct nm_alias {
    uint32_t number;
    nm_span name; /**< Never empty, without white space. */
} nm_alias;

/** Make a table of the text of an alias file.
 *
 *  Each line is a number (decimal, 0… octal or 0x… hexadecimal, at most 4,294,967,295), white space
 *  and a name; the rest of the line is ignored. Reading stops at the first line that is otherwise,
 *  also at an empty one: what stands before it counts, and nm_alias_malformed_line() tells. Of
 *  several lines with a number the last counts.
 *  @param text       Copied; any octets.
 *  @param allocator  Borrowed until the table is freed.
 *  @param out        Written on NM_OK only; caller frees with nm_alias_table_free().
 *  @param err        Optional; written on failure only.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_alias_table_parse(nm_span text, const nm_allocator *allocator,
                                             nm_alias_table **out, nm_error *err);

/** Free a table; NULL is allowed. */
void nm_alias_table_free(nm_alias_table *table);

/** Number of the line, counted from 1, at which reading stopped; 0 when all lines were read. */
size_t nm_alias_malformed_line(const nm_alias_table *table);

/** Name of a number, borrowed until the table is freed; an empty span when it has none. */
nm_span nm_alias_name(const nm_alias_table *table, uint32_t number);

/** Number of a name; ASCII letters are equal in both cases. Of several the smallest.
 *  @param out  Written on success only.   @return false when there is no such name. */
bool nm_alias_number(const nm_alias_table *table, nm_span name, uint32_t *out);

/** How many numbers have names. */
size_t nm_alias_count(const nm_alias_table *table);

/** Alias `i`, below nm_alias_count(), in ascending order of the numbers. */
nm_alias nm_alias_at(const nm_alias_table *table, size_t i);

#endif
