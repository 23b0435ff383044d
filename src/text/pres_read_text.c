/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for the ends of lines, whatever these are, and telling what is wrong. */
#include "text/pres_read_lines.h"

#include <inttypes.h>

#include "text/pres_read_value.h"

nm_span
nm_pres_between(const nm_pres_reader *r, size_t from, size_t to)
{
    return nm_span_of(r->text.data + from, to - from);
}

size_t
nm_pres_find_newline(const nm_pres_reader *r, size_t at)
{
    const uint8_t *from = r->text.data + at;
    const uint8_t *found = memchr(from, '\n', r->text.len - at);
    return found != NULL ? (size_t)(found - r->text.data) : r->text.len - 1;
}

size_t
nm_pres_find_endline(const nm_pres_reader *r, size_t at, size_t end)
{
    nm_span wanted = r->options.endline;
    while (end - at >= wanted.len && at < end) {
        const uint8_t *from = r->text.data + at;
        const uint8_t *found = memchr(from, wanted.data[0], end - at - (wanted.len - 1));
        if (found == NULL) {
            break;
        }
        at = (size_t)(found - r->text.data);
        if (memcmp(found, wanted.data, wanted.len) == 0) {
            return at;
        }
        at++;
    }
    return NM_PRES_NO_PLACE;
}

nm_pres_match
nm_pres_match_endline(const nm_pres_reader *r, size_t at)
{
    nm_span wanted = r->options.endline;
    size_t left = r->text.len - at;
    size_t len = left < wanted.len ? left : wanted.len;
    if (len > 0 && memcmp(r->text.data + at, wanted.data, len) != 0) {
        return NM_PRES_MATCH_NO;
    }
    return len == wanted.len ? NM_PRES_MATCH_YES : NM_PRES_MATCH_PARTLY;
}

nm_pres_place
nm_pres_place_of(const nm_pres_reader *r, size_t at)
{
    nm_pres_place place = r->begun;
    place.column += at - r->pos;
    place.offset += at - r->pos;
    return place;
}

nm_status
nm_pres_fail(nm_pres_reader *r, size_t at, const char *field, const char *expected, nm_span found,
             nm_error *err)
{
    bool is_first = !r->is_bad;
    nm_pres_place place = nm_pres_place_of(r, at);
    r->is_open = true;
    r->is_bad = true;
    return is_first ? nm_pres_reject(err, &place, field, expected, found) : NM_OK;
}

nm_status
nm_pres_fail_value(nm_pres_reader *r, size_t at, size_t row, nm_span found, nm_error *err)
{
    const nm_field *field = &r->schema->fields[row];
    return nm_pres_fail(r, at, field->name, nm_pres_value_expectation(field->kind), found, err);
}

void
nm_pres_move_on(nm_pres_reader *r, size_t next)
{
    r->pos = next;
    r->searched = next;
    r->mode = NM_PRES_LINES;
    r->has_begun = false;
}

void
nm_pres_skip_line(nm_pres_reader *r)
{
    size_t newline = nm_pres_find_newline(r, r->pos);
    size_t end = nm_pres_find_endline(r, r->pos, newline + 1);
    nm_pres_move_on(r, end != NM_PRES_NO_PLACE ? end + r->options.endline.len : newline + 1);
}

nm_status
nm_pres_add_value(nm_pres_reader *r, size_t row, nm_pres_place place, size_t from, size_t to,
                  nm_error *err)
{
    nm_pres_value value = {.start = from, .len = to - from, .place = place};
    if (r->is_bad || r->schema->fields[row].number == 0) {
        return NM_OK;
    }
    nm_status status = nm_pres_fields_add(&r->fields, row, &value);
    return status == NM_OK ? NM_OK
                           : nm_error_set(err, status, place.offset, "line %" PRIu64 ": %s",
                                          place.line, nm_status_text(status));
}
