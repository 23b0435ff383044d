/* SPDX-License-Identifier: Apache-2.0 */
/* Values of several lines: where they end, and where they end if their end is missing. */
#include "text/pres_read_lines.h"

enum { NAME_MAX_LEN = 64 /* Octets in which a field's name and its colon are looked for. */ };

/* Find the line that is `last`. @return its start; NM_PRES_NO_PLACE: it has not come yet. */
static size_t
find_last_line(nm_pres_reader *r, const char *last)
{
    size_t len = strlen(last);
    while (r->searched < r->text.len) {
        size_t at = r->searched;
        bool is_last = r->text.len - at > len && memcmp(r->text.data + at, last, len) == 0;
        nm_pres_match end = is_last ? nm_pres_match_endline(r, at + len) : NM_PRES_MATCH_NO;
        if (end != NM_PRES_MATCH_NO) {
            return end == NM_PRES_MATCH_YES ? at : NM_PRES_NO_PLACE;
        }
        r->searched = nm_pres_find_newline(r, at) + 1;
    }
    if (r->is_bad) {
        r->pos = r->searched;
    }
    return NM_PRES_NO_PLACE;
}

/* True when the text may end earlier, because it may end without a newline: behind a "." at the end
 * of a line that a later field follows. */
static bool
is_ambiguous(const nm_pres_reader *r, size_t from, size_t to)
{
    size_t len = r->options.endline.len;
    for (size_t at = nm_pres_find_endline(r, from, to); at != NM_PRES_NO_PLACE;
         at = nm_pres_find_endline(r, at + len, to)) {
        if (at == from || r->text.data[at - 1] != '.') {
            continue;
        }
        nm_span rest = nm_pres_between(r, at + len, to);
        rest.len = rest.len < NAME_MAX_LEN ? rest.len : NAME_MAX_LEN;
        const uint8_t *colon = rest.len > 0 ? memchr(rest.data, ':', rest.len) : NULL;
        const nm_field *field = NULL;
        if (colon != NULL) {
            field = nm_schema_field_by_name(r->schema,
                                            nm_span_of(rest.data, (size_t)(colon - rest.data)));
        }
        if (field != NULL && (size_t)(field - r->schema->fields) >= r->row) {
            return true;
        }
    }
    return false;
}

/* A text of several lines is there. */
static nm_status
take_lines(nm_pres_reader *r, size_t to, size_t next, nm_error *err)
{
    nm_status status = NM_OK;
    if (r->has_header && is_ambiguous(r, r->pos, to)) {
        status = nm_pres_fail_value(r, r->pos, r->row, nm_span_of("more than one end", 17), err);
    } else {
        status = nm_pres_add_value(r, r->row, r->begun, r->pos, to, err);
    }
    if (status != NM_E_NOMEM) {
        nm_pres_move_on(r, next);
    }
    return status;
}

nm_status
nm_pres_scan_mlstring(nm_pres_reader *r, nm_error *err)
{
    size_t end = find_last_line(r, ".");
    return end != NM_PRES_NO_PLACE ? take_lines(r, end, end + 1 + r->options.endline.len, err)
                                   : NM_AGAIN;
}

nm_status
nm_pres_scan_dns_text(nm_pres_reader *r)
{
    size_t end = find_last_line(r, "---");
    if (end == NM_PRES_NO_PLACE) {
        return NM_AGAIN;
    }
    nm_pres_move_on(r, end + 3 + r->options.endline.len);
    return NM_OK;
}

/* What base:ncap captured ends with an error, or with an empty line in front of that which ends the
 * record, if it is not missing altogether. */
nm_status
nm_pres_scan_packet(nm_pres_reader *r)
{
    static const char error[] = "<ERROR";
    size_t at = r->searched;
    if (at == r->text.len) {
        return NM_AGAIN;
    }
    bool is_first = at == r->pos;
    bool is_empty = r->text.data[at] == '\n';
    r->empty_lines = is_empty ? r->empty_lines + 1 : 0;
    if (is_empty && (is_first || r->empty_lines == 2)) {
        nm_pres_move_on(r, at);
    } else if (r->text.len - at >= sizeof error &&
               memcmp(r->text.data + at, error, sizeof error - 1) == 0) {
        nm_pres_move_on(r, at);
        nm_pres_skip_line(r);
    } else {
        r->searched = nm_pres_find_newline(r, at) + 1;
    }
    return NM_OK;
}

/* A text of several lines that is the last of its record and has no newline at its end: the "."
 * stands behind the text. */
nm_status
nm_pres_cut_mlstring(nm_pres_reader *r, size_t end, nm_error *err)
{
    nm_span endline = r->options.endline;
    size_t to = end;
    size_t end_len = endline.len + 1;
    bool has_empty_line = end - r->pos >= end_len && r->text.data[end - 1] == '\n' &&
                          memcmp(r->text.data + end - end_len, endline.data, endline.len) == 0;
    to -= has_empty_line;
    if (to - r->pos >= end_len && r->text.data[to - end_len] == '.' &&
        memcmp(r->text.data + to - endline.len, endline.data, endline.len) == 0 &&
        !is_ambiguous(r, r->pos, to - end_len)) {
        return take_lines(r, to - end_len, end, err);
    }
    return nm_pres_fail_value(r, r->pos, r->row, nm_pres_between(r, r->pos, end), err);
}
