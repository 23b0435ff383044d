/* SPDX-License-Identifier: Apache-2.0 */
/* Reading records: what to do with them once their lines are known. */
#include "message/registry.h"
#include "text/pres_read_lines.h"

static const uint8_t default_endline[] = {'\n'};

/* What follows the record, if anything, becomes the start of the text. */
static void
begin_record(nm_pres_reader *r)
{
    size_t rest = r->text.len - r->pos;
    if (rest > 0) {
        memmove(r->text.data, r->text.data + r->pos, rest);
    }
    r->text.len = rest;
    r->line_start -= r->line_start < r->pos ? r->line_start : r->pos;
    r->header_at = r->header_at == r->pos ? 0 : NM_PRES_NO_PLACE;
    r->pos = 0;
    r->searched = 0;
    r->mode = NM_PRES_LINES;
    r->has_begun = false;
    r->is_cut = false;
    r->schema = r->options.schema;
    r->is_open = false;
    r->has_header = false;
    r->is_bad = false;
    r->is_complete = false;
    nm_pres_fields_reset(&r->fields);
}

nm_status
nm_pres_reader_new(const nm_pres_options *options, const nm_allocator *allocator,
                   nm_pres_reader **out)
{
    nm_pres_reader *r = nm_allocator_zeroed(allocator, sizeof *r);
    if (r == NULL) {
        return NM_E_NOMEM;
    }
    r->options = *options;
    if (options->endline.len == 0) {
        r->options.endline = nm_span_of(default_endline, sizeof default_endline);
    }
    r->allocator = allocator;
    nm_buffer_init(&r->text, options->record_max, allocator);
    nm_buffer_init(&r->scratch, SIZE_MAX, allocator);
    nm_pres_fields_init(&r->fields, allocator);
    r->header_at = NM_PRES_NO_PLACE;
    begin_record(r);
    *out = r;
    return NM_OK;
}

void
nm_pres_reader_free(nm_pres_reader *r)
{
    if (r == NULL) {
        return;
    }
    nm_buffer_clear(&r->text);
    nm_buffer_clear(&r->scratch);
    nm_pres_fields_clear(&r->fields);
    nm_allocator_release(r->allocator, r);
}

void
nm_pres_reader_feed(nm_pres_reader *r, nm_span line, uint64_t number, uint64_t offset)
{
    r->line = line;
    r->line_number = number;
    r->line_offset = offset;
    r->has_line = true;
}

void
nm_pres_reader_finish(nm_pres_reader *r)
{
    r->is_finished = true;
}

/* Make a message of the record, which is complete. */
static nm_status
encode_record(nm_pres_reader *r, int64_t now_sec, uint32_t now_nsec, nm_buffer *data,
              nm_payload *out, nm_error *err)
{
    nm_pres_place end = {.line = r->line_number, .offset = r->line_offset, .column = 1};
    nm_payload payload = r->header;
    if (!r->has_header) {
        payload = (nm_payload){
            .time_sec = now_sec,
            .time_nsec = now_nsec,
            .vendor = r->schema->vendor,
            .type = r->schema->type,
            .has = NM_HAS_DATA,
        };
    }
    data->len = 0;
    nm_status status =
        nm_pres_fields_encode(&r->fields, r->schema, r->text.data, &end, &r->scratch, data, err);
    if (status == NM_OK) {
        payload.data = nm_buffer_span(data);
        *out = payload;
    }
    return status;
}

/* There are no more lines: the record at hand, if there is one, ends here. */
static nm_status
finish_record(nm_pres_reader *r, nm_error *err)
{
    bool is_at_end = r->mode == NM_PRES_LINES && r->pos == r->text.len;
    return is_at_end && !r->is_open ? NM_END : nm_pres_lines_cut(r, r->text.len, err);
}

static nm_status
advance(nm_pres_reader *r, nm_error *err)
{
    if (r->has_line) {
        return nm_pres_line_take(r, err);
    }
    nm_status status = nm_pres_lines_scan(r, err);
    return status == NM_AGAIN && r->is_finished ? finish_record(r, err) : status;
}

nm_status
nm_pres_reader_next(nm_pres_reader *r, int64_t now_sec, uint32_t now_nsec, nm_buffer *data,
                    nm_payload *out, nm_error *err)
{
    nm_status status = NM_OK;
    while (status == NM_OK) {
        if (!r->is_complete) {
            status = advance(r, err);
        } else if (r->is_bad) {
            begin_record(r);
        } else {
            status = encode_record(r, now_sec, now_nsec, data, out, err);
            if (status != NM_E_NOMEM) {
                begin_record(r);
            }
            return status;
        }
    }
    return status;
}
