/* SPDX-License-Identifier: Apache-2.0 */
/* Taking text apart at the ends of lines, whatever these are.
 *
 * The text of a record is kept until the record ends. A value ends at the next end of a line as
 * the options give it, which need not be a newline; a record ends at a newline where a line would
 * start. A header line starts a record wherever it stands, so that nothing wrong before it reaches
 * further. A wrong record is followed to its end all the same: its texts of several lines may have
 * empty lines in them. */
#include "text/pres_read_lines.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "message/registry.h"
#include "text/pres_read_header.h"
#include "text/pres_read_value.h"

/* -- lines as they come -- */

/* Forget text that nobody will ask for. */
static void
drop_text(nm_pres_reader *r)
{
    r->header_at = NM_PRES_NO_PLACE;
    r->text.len = 0;
    r->pos = 0;
    r->searched = 0;
}

/* True when a header line just taken ends the record before it. A text of several lines may contain
 * such a line unless the end of a record stands before it. */
static bool
is_cut(const nm_pres_reader *r)
{
    nm_span endline = r->options.endline;
    size_t end_len = endline.len + 1; /* Of the last line, and an empty one. */
    if (r->mode != NM_PRES_MLSTRING || r->is_bad) {
        return r->is_open || r->pos < r->line_start;
    }
    return r->line_start >= end_len && r->text.data[r->line_start - 1] == '\n' &&
           memcmp(r->text.data + r->line_start - end_len, endline.data, endline.len) == 0;
}

static void
look_for_header(nm_pres_reader *r)
{
    nm_span line = nm_pres_between(r, r->line_start, r->text.len);
    nm_payload header;
    if (line.data[0] != '[') {
        return;
    }
    size_t len = nm_pres_header_parse(line, r->options.aliases, &header);
    if (len == 0 || nm_pres_match_endline(r, r->line_start + len) == NM_PRES_MATCH_NO) {
        return;
    }
    r->is_cut = is_cut(r);
    if (r->is_cut || r->pos == r->line_start) {
        r->header_at = r->line_start;
        r->header_len = len;
        r->next_header = header;
    }
}

static nm_status
reject_length(nm_pres_reader *r, nm_error *err)
{
    bool is_first = !r->is_bad;
    r->is_open = true;
    r->is_bad = true;
    r->has_line = false;
    drop_text(r);
    return is_first ? nm_error_set(err, NM_E_LIMIT, r->line_offset,
                                   "line %" PRIu64 ": a record of more than %zu octets, the limit",
                                   r->line_number, r->options.record_max)
                    : NM_OK;
}

nm_status
nm_pres_line_take(nm_pres_reader *r, nm_error *err)
{
    if (r->pos == r->text.len && (r->is_bad || !r->is_open)) {
        drop_text(r);
    }
    nm_status status =
        r->line.len < SIZE_MAX ? nm_buffer_reserve(&r->text, r->line.len + 1) : NM_E_LIMIT;
    if (status == NM_E_LIMIT) {
        return reject_length(r, err);
    }
    if (status != NM_OK) {
        return nm_error_set(err, status, r->line_offset, "line %" PRIu64 ": %s", r->line_number,
                            nm_status_text(status));
    }
    uint8_t *to = r->text.data + r->text.len;
    if (r->line.len > 0) {
        memcpy(to, r->line.data, r->line.len);
    }
    to[r->line.len] = '\n';
    r->line_start = r->text.len;
    r->text.len += r->line.len + 1;
    r->has_line = false;
    look_for_header(r);
    return NM_OK;
}

/* -- fields -- */

static bool
is_string(nm_kind kind)
{
    return kind == NM_KIND_STRING || kind == NM_KIND_DNS_RDATA;
}

/* "[31 octets]", which the text of a message follows. */
static bool
is_message_start(nm_span text)
{
    static const char behind[] = " octets]";
    enum { LEN = sizeof behind - 1 };
    if (text.len < 2 + LEN || text.data[0] != '[' || !nm_ascii_is_digit(text.data[1])) {
        return false;
    }
    return memcmp(text.data + text.len - LEN, behind, LEN) == 0;
}

static bool
is_message(nm_kind kind)
{
    return kind == NM_KIND_DNS_MESSAGE || kind == NM_KIND_DNS_MESSAGE_OBJECT ||
           kind == NM_KIND_DNS_MESSAGE_TEXT;
}

/* From here on lines belong to the field. */
static void
enter(nm_pres_reader *r, nm_pres_mode mode, size_t row, size_t start)
{
    r->mode = mode;
    r->row = row;
    r->pos = start;
    r->searched = start;
    r->empty_lines = 0;
}

/* Skip the blanks in front of a value: one in text as it is written, in which all others belong to
 * strings. */
static size_t
skip_blanks(const nm_pres_reader *r, nm_kind kind, size_t from, size_t to)
{
    size_t most = r->has_header && is_string(kind) && to > from ? from + 1 : to;
    while (from < most && r->text.data[from] == ' ') {
        from++;
    }
    return from;
}

/* A value of one line, from `from` up to `to`. */
static nm_status
take_value(nm_pres_reader *r, size_t row, size_t from, size_t to, size_t next, nm_error *err)
{
    const nm_field *field = &r->schema->fields[row];
    nm_status status = NM_OK;
    from = skip_blanks(r, field->kind, from, to);
    nm_span value = nm_pres_between(r, from, to);
    if (is_message(field->kind) && is_message_start(value)) {
        status = field->number != 0 ? nm_pres_fail_value(r, from, row, value, err) : NM_OK;
        enter(r, NM_PRES_DNS_TEXT, row, next);
        return status;
    }
    if (value.len == 0 && !r->has_header) {
        status = nm_pres_fail_value(r, from, row, value, err);
    } else {
        status = nm_pres_add_value(r, row, nm_pres_place_of(r, from), from, to, err);
    }
    if (status != NM_E_NOMEM) {
        nm_pres_move_on(r, next);
    }
    return status;
}

static nm_status
scan_value(nm_pres_reader *r, size_t row, size_t from, nm_error *err)
{
    size_t start = from > r->searched ? from : r->searched;
    size_t end = nm_pres_find_endline(r, start, r->text.len);
    size_t next = end + r->options.endline.len;
    size_t newline = nm_pres_find_newline(r, r->pos);
    if (r->schema->fields[row].kind == NM_KIND_IP_PROTOCOL && newline < end) {
        end = newline; /* Such lines end so always. */
        next = newline + 1;
    }
    if (end == NM_PRES_NO_PLACE) {
        size_t tail = r->options.endline.len - 1;
        r->searched = r->text.len - tail > start ? r->text.len - tail : start;
        return NM_AGAIN;
    }
    return take_value(r, row, from, end, next, err);
}

/* A field whose value begins on the next line, or else is one like any other. */
static nm_status
scan_lines(nm_pres_reader *r, size_t row, size_t from, nm_error *err)
{
    bool is_text = r->schema->fields[row].kind == NM_KIND_MLSTRING;
    size_t end = from;
    while (r->text.data[end] == ' ') {
        end++;
    }
    switch (nm_pres_match_endline(r, end)) {
    case NM_PRES_MATCH_NO: {
        if (!is_text) {
            return scan_value(r, row, from, err);
        }
        nm_status status = nm_pres_fail_value(
            r, end, row, nm_pres_between(r, end, nm_pres_find_newline(r, end)), err);
        nm_pres_skip_line(r);
        return status;
    }
    case NM_PRES_MATCH_PARTLY:
        return NM_AGAIN;
    default:
        enter(r, is_text ? NM_PRES_MLSTRING : NM_PRES_PACKET, row, end + r->options.endline.len);
        return is_text ? NM_OK : nm_pres_fail_value(r, r->pos, row, nm_span_of("a packet", 8), err);
    }
}

/* -- single lines -- */

static nm_status
scan_header(nm_pres_reader *r, nm_error *err)
{
    size_t end = r->pos + r->header_len;
    if (nm_pres_match_endline(r, end) != NM_PRES_MATCH_YES) {
        return NM_AGAIN;
    }
    r->header = r->next_header;
    r->schema = nm_registry_find(r->header.vendor, r->header.type);
    r->is_open = true;
    r->has_header = true;
    r->had_header = true;
    r->header_at = NM_PRES_NO_PLACE;
    nm_status status = NM_OK;
    if (r->schema == NULL) {
        status = nm_pres_fail(r, r->pos, NULL, "a known message type",
                              nm_pres_between(r, r->pos, end), err);
    }
    nm_pres_move_on(r, end + r->options.endline.len);
    return status;
}

/* A line is nothing that may stand there. */
static nm_status
fail_line(nm_pres_reader *r, nm_span line, nm_error *err)
{
    nm_error sentence;
    if (r->schema == NULL || line.data[0] == '[') {
        return nm_pres_fail(r, r->pos, NULL, "a header line", line, err);
    }
    nm_error_fill(&sentence, NM_E_PARSE, 0, 0, "a field of %s", r->schema->name);
    return nm_pres_fail(r, r->pos, NULL, sentence.message, line, err);
}

static nm_status
scan_field(nm_pres_reader *r, nm_error *err)
{
    size_t newline = nm_pres_find_newline(r, r->pos);
    nm_span line = nm_pres_between(r, r->pos, newline);
    const uint8_t *colon = memchr(line.data, ':', line.len);
    const nm_field *field = NULL;
    if (colon != NULL && r->schema != NULL) {
        field =
            nm_schema_field_by_name(r->schema, nm_span_of(line.data, (size_t)(colon - line.data)));
    }
    if (field == NULL) {
        nm_status status = fail_line(r, line, err);
        nm_pres_skip_line(r);
        return status;
    }
    r->is_open = true;
    size_t row = (size_t)(field - r->schema->fields);
    size_t from = (size_t)(colon + 1 - r->text.data);
    bool has_lines = field->kind == NM_KIND_MLSTRING || field->kind == NM_KIND_NCAP_PAYLOAD;
    return has_lines ? scan_lines(r, row, from, err) : scan_value(r, row, from, err);
}

/* An empty line: of records without header lines it is one, too, if there is nothing else. */
static void
scan_end(nm_pres_reader *r)
{
    nm_pres_move_on(r, r->pos + 1);
    if (!r->is_open && r->options.schema != NULL && !r->had_header) {
        r->is_open = true;
    }
    r->is_complete = r->is_open;
}

static nm_status
scan_line(nm_pres_reader *r, nm_error *err)
{
    if (r->pos == r->text.len) {
        return NM_AGAIN;
    }
    if (!r->has_begun) {
        size_t column = r->pos - r->line_start;
        r->begun = (nm_pres_place){
            .line = r->line_number, .offset = r->line_offset + column, .column = column + 1};
        r->has_begun = true;
    }
    if (r->text.data[r->pos] == '\n') {
        scan_end(r);
        return NM_OK;
    }
    if (r->pos == r->header_at) {
        return scan_header(r, err);
    }
    return scan_field(r, err);
}

nm_status
nm_pres_lines_scan(nm_pres_reader *r, nm_error *err)
{
    if (r->is_cut) {
        return nm_pres_lines_cut(r, r->header_at, err);
    }
    switch (r->mode) {
    case NM_PRES_MLSTRING:
        return nm_pres_scan_mlstring(r, err);
    case NM_PRES_DNS_TEXT:
        return nm_pres_scan_dns_text(r);
    case NM_PRES_PACKET:
        return nm_pres_scan_packet(r);
    default:
        return scan_line(r, err);
    }
}

/* -- records cut short -- */

nm_status
nm_pres_lines_cut(nm_pres_reader *r, size_t end, nm_error *err)
{
    nm_status status = NM_OK;
    if (r->mode == NM_PRES_MLSTRING) {
        status = nm_pres_cut_mlstring(r, end, err);
    } else if (r->mode == NM_PRES_DNS_TEXT) {
        status = nm_pres_fail(r, r->pos, r->schema->fields[r->row].name,
                              "ended by a line of \"---\"", nm_span_of("the end", 7), err);
    } else if (r->mode == NM_PRES_LINES && r->pos < end) {
        status = nm_pres_fail(r, r->pos, NULL, "the end of a line", nm_pres_between(r, r->pos, end),
                              err);
    }
    if (status != NM_E_NOMEM) {
        nm_pres_move_on(r, end);
        r->is_cut = false;
        r->is_complete = true;
    }
    return status;
}
