/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as presentation text, both ways (docs/format.md, Presentation). */
#ifndef NM_TEXT_PRES_RECORD_H
#define NM_TEXT_PRES_RECORD_H

#include "base/writer.h"
#include "message/alias.h"
#include "message/schema.h"
#include "wire/payload.h"

/** Append a message: its header line, a line for each of its fields, and an empty line.
 *  @param header   Gives size, time, type, source, operator and group; of its data only the length
 *                  is looked at.
 *  @param fields   Indexed by nm_index_build(). NULL, or without schema: the type is unknown.
 *  @param aliases  Names of operators and groups; NULL for numbers.
 *  @param endline  What ends a line. The empty line at the end, lines inside texts of several
 *                  lines, and protocols of IP end with "\n" whatever this is.
 *  @param scratch  Room for computed values; what it held is lost.
 *  @return the writer's status: NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_record_write(nm_writer *w, const nm_payload *header,
                                             const nm_fields *fields, const nm_aliases *aliases,
                                             nm_span endline, nm_buffer *scratch);

/** How presentation text is read. All borrowed as long as the reader lives. */
typedef struct nm_pres_options {
    const nm_schema *schema;   /**< Type of records without header line; NULL: there are none. */
    const nm_aliases *aliases; /**< Numbers of named operators and groups; an unknown name counts
                                    as absent. NULL: all names do. */
    nm_span endline;           /**< What lines were ended with; empty: "\n". */
    size_t record_max;         /**< Octets of a record's text, at most. */
} nm_pres_options;

/** Makes messages of lines of presentation text.
 *
 *      nm_pres_reader_feed(reader, line, number, offset);
 *      while ((status = nm_pres_reader_next(reader, …)) != NM_AGAIN) {
 *          … a message (NM_OK), or what is wrong with a record; then on with the next
 *      }
 *
 *  After the last line nm_pres_reader_finish() stands in place of feeding, and
 *  nm_pres_reader_next() gives what is left up to NM_END. A wrong record is told once; reading goes
 *  on behind the next empty line, or at the next header line.
 *  Threads: one at a time. */
typedef struct nm_pres_reader nm_pres_reader;

/** Make a reader.
 *  @param options    Copied; what it points to is borrowed.
 *  @param allocator  Borrowed until the reader is freed.
 *  @param out        Written on NM_OK only; caller frees with nm_pres_reader_free().
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_reader_new(const nm_pres_options *options,
                                           const nm_allocator *allocator, nm_pres_reader **out);

/** Free a reader; NULL is allowed. */
void nm_pres_reader_free(nm_pres_reader *r);

/** Hand the next line over, once nm_pres_reader_next() has given NM_AGAIN or nothing was fed yet.
 *  @param line    Without its "\n", empty ones too; borrowed until NM_AGAIN.
 *  @param number  Of the line, for sentences in errors.
 *  @param offset  Of the line in the input, for errors. */
void nm_pres_reader_feed(nm_pres_reader *r, nm_span line, uint64_t number, uint64_t offset);

/** There are no more lines. */
void nm_pres_reader_finish(nm_pres_reader *r);

/** The next message of the lines fed.
 *
 *  Fields are stored in the order of their numbers, missing required ones as zero; computed ones,
 *  which are not stored, are skipped.
 *  @param now_sec  Time of messages without header line; `now_nsec` below 10^9.
 *  @param data     Receives the serialized message; emptied first.
 *  @param out      Written on NM_OK only; its data borrows from `data`.
 *  @param err      Optional; written on failure only. Its offset is where in the input (see feed)
 *                  something else was expected, its sentence names line, column (in octets), field,
 *                  and what was expected.
 *  @return NM_OK; NM_AGAIN: feed the next line; NM_END: all is read; NM_E_PARSE: a wrong record;
 *          NM_E_LIMIT: a record of more than `record_max` octets, or `data` is too small;
 *          NM_E_NOMEM: nothing is lost, and the call may be repeated. */
NM_MUST_CHECK nm_status nm_pres_reader_next(nm_pres_reader *r, int64_t now_sec, uint32_t now_nsec,
                                            nm_buffer *data, nm_payload *out, nm_error *err);

#endif
