/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of src/text behind one interface, and the time for messages without one. */
#include "io/text_decoder.h"

#include <stdlib.h>
#include <time.h>

#include "text/json_record.h"
#include "text/pres_record.h"

struct nm_text_decoder {
    nm_format format;
    nm_aliases aliases;
    nm_pres_reader *pres; /* NULL for JSON. */
    nm_frame line;        /* JSON: what was fed. */
    bool has_line;
    bool is_finished;
    nm_buffer data;
    nm_payload payload;
    nm_container container; /* Of this payload. */
};

nm_text_decoder *
nm_text_decoder_new(const nm_input_options *options)
{
    nm_text_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return NULL;
    }
    d->format = options->format;
    d->aliases = options->aliases;
    nm_buffer_init(&d->data, options->line_len, &nm_allocator_heap);
    nm_pres_options pres = {.schema = options->schema,
                            .aliases = &d->aliases,
                            .endline = options->endline,
                            .record_max = options->line_len};
    if (options->format == NM_FORMAT_PRES &&
        nm_pres_reader_new(&pres, &nm_allocator_heap, &d->pres) != NM_OK) {
        free(d);
        return NULL;
    }
    return d;
}

void
nm_text_decoder_free(nm_text_decoder *d)
{
    if (d != NULL) {
        nm_pres_reader_free(d->pres);
        nm_buffer_clear(&d->data);
        free(d);
    }
}

void
nm_text_decoder_feed(nm_text_decoder *d, const nm_frame *line)
{
    if (d->pres != NULL) {
        nm_pres_reader_feed(d->pres, line->octets, line->line, line->offset);
    } else {
        d->line = *line;
        d->has_line = true;
    }
}

void
nm_text_decoder_finish(nm_text_decoder *d)
{
    if (d->pres != NULL && !d->is_finished) {
        nm_pres_reader_finish(d->pres);
    }
    d->is_finished = true;
}

static nm_status
read_json(nm_text_decoder *d, const struct timespec *now, nm_error *err)
{
    if (!d->has_line) {
        return d->is_finished ? NM_END : NM_AGAIN;
    }
    nm_status status = nm_json_record_read(d->line.octets, d->line.line, &d->aliases, now->tv_sec,
                                           (uint32_t)now->tv_nsec, &d->data, &d->payload, err);
    d->has_line = false;
    if (status != NM_OK && err != NULL) {
        err->offset += d->line.offset;
    }
    return status;
}

nm_status
nm_text_decoder_next(nm_text_decoder *d, const nm_container **out, nm_error *err)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    nm_status status = d->pres == NULL
                           ? read_json(d, &now, err)
                           : nm_pres_reader_next(d->pres, now.tv_sec, (uint32_t)now.tv_nsec,
                                                 &d->data, &d->payload, err);
    if (status == NM_OK) {
        d->container = (nm_container){.payloads = &d->payload, .count = 1};
        *out = &d->container;
    }
    return status;
}
