/* SPDX-License-Identifier: Apache-2.0 */
/* Where the lines, values and records of presentation text end: what the files of the reader share,
 * and nobody else uses. */
#ifndef NM_TEXT_PRES_READ_LINES_H
#define NM_TEXT_PRES_READ_LINES_H

#include "text/pres_read_fields.h"
#include "text/pres_record.h"

/** What the next line of a record is part of. */
typedef enum nm_pres_mode {
    NM_PRES_LINES,    /**< Nothing: it is a header, a field or the end. */
    NM_PRES_MLSTRING, /**< A text of several lines. */
    NM_PRES_DNS_TEXT, /**< A DNS message. */
    NM_PRES_PACKET,   /**< What base:ncap captured. */
} nm_pres_mode;

enum { NM_PRES_NO_PLACE = SIZE_MAX };

struct nm_pres_reader {
    nm_pres_options options;
    const nm_allocator *allocator;
    nm_buffer text;    /**< The record so far, and what was fed behind it. */
    nm_buffer scratch; /**< For record data. */
    nm_pres_fields fields;

    nm_span line; /**< As fed; to be appended to the text if `has_line`. */
    uint64_t line_number;
    uint64_t line_offset;
    size_t line_start; /**< Of this line in the text. */
    bool has_line;
    bool is_finished;
    size_t header_at;       /**< Where the header line last taken stands; or NM_PRES_NO_PLACE. */
    size_t header_len;      /**< Its octets without the end of the line. */
    nm_payload next_header; /**< What it says. */

    nm_pres_mode mode;
    size_t pos;          /**< What is before this is done. */
    size_t searched;     /**< No end between `pos` and this. */
    nm_pres_place begun; /**< Of what is at `pos`, or of the field that it is the value of, */
    bool has_begun;      /**< if this is so. */
    size_t row;          /**< Of the field of several lines. */
    unsigned empty_lines;
    bool is_cut; /**< That header line ends the record, whatever is expected. */

    const nm_schema *schema; /**< Of the record; NULL: unknown. */
    nm_payload header;
    bool is_open;     /**< There is a record. */
    bool has_header;  /**< It began with a header line. */
    bool is_bad;      /**< It has been told that it is wrong. */
    bool is_complete; /**< It ends at `pos`. */
    bool had_header;  /**< Some record did. */
};

/** Take the line fed over into the text.
 *  @return NM_OK, NM_E_LIMIT (once), NM_E_NOMEM (the line is still to be taken). */
NM_MUST_CHECK nm_status nm_pres_line_take(nm_pres_reader *r, nm_error *err);

/** Go on by one line or field.
 *  @return NM_OK, NM_AGAIN: there is too little text; NM_E_PARSE, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_lines_scan(nm_pres_reader *r, nm_error *err);

/** The record ends at `end`, whatever is expected there. @return NM_OK, NM_E_PARSE, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_lines_cut(nm_pres_reader *r, size_t end, nm_error *err);

/* -- pres_read_text.c -- */

/** How the text at a place compares with the end of a line. */
typedef enum nm_pres_match {
    NM_PRES_MATCH_NO,
    NM_PRES_MATCH_PARTLY,
    NM_PRES_MATCH_YES,
} nm_pres_match;

/** A piece of the text. */
nm_span nm_pres_between(const nm_pres_reader *r, size_t from, size_t to);

/** The newline of the line at `at`; there is one behind whatever was fed. */
size_t nm_pres_find_newline(const nm_pres_reader *r, size_t at);

/** Where the end of a line begins, from `at` on and before `end`; or NM_PRES_NO_PLACE. */
size_t nm_pres_find_endline(const nm_pres_reader *r, size_t at, size_t end);

/** Compare the text at `at` with the end of a line. */
nm_pres_match nm_pres_match_endline(const nm_pres_reader *r, size_t at);

/** A place on the line that has begun at `pos`. */
nm_pres_place nm_pres_place_of(const nm_pres_reader *r, size_t at);

/** The record is wrong at `at`. What is told is the first thing only.
 *  @param field  As nm_pres_reject().  @return NM_E_PARSE; NM_OK: it was wrong before. */
NM_MUST_CHECK nm_status nm_pres_fail(nm_pres_reader *r, size_t at, const char *field,
                                     const char *expected, nm_span found, nm_error *err);

/** The same because of the value of the field in row `row`. */
NM_MUST_CHECK nm_status nm_pres_fail_value(nm_pres_reader *r, size_t at, size_t row, nm_span found,
                                           nm_error *err);

/** What is at `pos` is done, and what follows starts at `next`. */
void nm_pres_move_on(nm_pres_reader *r, size_t next);

/** Leave out a line that is nothing. */
void nm_pres_skip_line(nm_pres_reader *r);

/** Note a value from `from` to `to`, if it is stored. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_add_value(nm_pres_reader *r, size_t row, nm_pres_place place,
                                          size_t from, size_t to, nm_error *err);

/* -- pres_read_blocks.c -- */

/** Look for the end of a text of several lines. @return as nm_pres_lines_scan(). */
NM_MUST_CHECK nm_status nm_pres_scan_mlstring(nm_pres_reader *r, nm_error *err);

/** The same for the text of a DNS message. */
NM_MUST_CHECK nm_status nm_pres_scan_dns_text(nm_pres_reader *r);

/** The same for what base:ncap captured. */
NM_MUST_CHECK nm_status nm_pres_scan_packet(nm_pres_reader *r);

/** A text of several lines has to end at `end`. @return NM_OK, NM_E_PARSE, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_cut_mlstring(nm_pres_reader *r, size_t end, nm_error *err);

#endif
