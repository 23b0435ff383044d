/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text from a stream of octets. */
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "io/source.h"
#include "io/stream.h"

typedef struct line_source {
    nm_source source;
    nm_stream stream;
    size_t line_max;
    bool is_dense;    /* Blank lines are left out. */
    size_t searched;  /* Octets of what is buffered that hold no end of a line. */
    uint64_t line;    /* Number of the line last given out. */
    bool is_skipping; /* What comes up to the next end of a line is the rest of one too long. */
} line_source;

static bool
is_blank(nm_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!nm_ascii_is_space(line.data[i])) {
            return false;
        }
    }
    return true;
}

/* Take the line of `len` octets at the start of what is buffered, and its end. */
static nm_frame
take_line(line_source *l, size_t len, size_t end_len)
{
    nm_frame line = {
        .octets = nm_span_of(nm_stream_buffered(&l->stream).data, len),
        .offset = l->stream.offset,
        .line = ++l->line,
    };
    nm_stream_consume(&l->stream, len + end_len);
    l->searched = 0;
    return line;
}

static nm_status
too_long(const line_source *l, uint64_t line, uint64_t offset, nm_error *err)
{
    return nm_error_set(err, NM_E_LIMIT, offset, "line %llu: more than %zu octets, the limit",
                        (unsigned long long)line, l->line_max);
}

/* The next line of what is buffered that is not blank.
 * @return NM_OK; NM_AGAIN: there is none; NM_E_LIMIT: a line that is too long was skipped. */
static nm_status
find_line(line_source *l, nm_frame *out, nm_error *err)
{
    for (;;) {
        nm_span buffered = nm_stream_buffered(&l->stream);
        if (buffered.len == l->searched) {
            return NM_AGAIN;
        }
        const uint8_t *from = buffered.data + l->searched;
        const uint8_t *end = memchr(from, '\n', buffered.len - l->searched);
        if (end == NULL) {
            l->searched = buffered.len;
            return NM_AGAIN;
        }
        nm_frame line = take_line(l, (size_t)(end - buffered.data), 1);
        bool is_rest = l->is_skipping;
        l->is_skipping = false;
        if (!is_rest && line.octets.len > l->line_max) {
            return too_long(l, line.line, line.offset, err);
        }
        if (!is_rest && !(l->is_dense && is_blank(line.octets))) {
            *out = line;
            return NM_OK;
        }
    }
}

/* What is buffered holds no end of a line: if it is too long already, it need not be kept.
 * @return NM_OK: read on; NM_E_LIMIT. */
static nm_status
check_len(line_source *l, nm_error *err)
{
    nm_span buffered = nm_stream_buffered(&l->stream);
    uint64_t offset = l->stream.offset;
    bool is_first = !l->is_skipping;
    if (buffered.len <= l->line_max && is_first) {
        return NM_OK;
    }
    l->is_skipping = true;
    nm_stream_consume(&l->stream, buffered.len);
    l->searched = 0;
    return is_first ? too_long(l, l->line + 1, offset, err) : NM_OK;
}

/* At the end a line needs no line end. */
static nm_status
last_line(line_source *l, nm_frame *out)
{
    nm_span buffered = nm_stream_buffered(&l->stream);
    if (l->is_skipping || buffered.len == 0 || (l->is_dense && is_blank(buffered))) {
        return NM_END;
    }
    *out = take_line(l, buffered.len, 0);
    return NM_OK;
}

static nm_status
line_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    line_source *l = (line_source *)source;
    if (source->has_ended) {
        return NM_END;
    }
    nm_status status = find_line(l, out, err);
    if (status != NM_AGAIN) {
        return status;
    }
    status = check_len(l, err);
    if (status != NM_OK) {
        return status;
    }
    /* Reads once only, so that the caller can look for signals in a long stream without lines. */
    *out = (nm_frame){.octets = nm_span_of(NULL, 0)};
    status = nm_stream_fill(&l->stream, l->searched + 1, wait, err);
    if (status != NM_OK) {
        source->has_ended = status == NM_E_SYSTEM || status == NM_E_NOMEM;
        return status;
    }
    if (l->stream.is_at_end) {
        source->has_ended = true;
        return last_line(l, out);
    }
    status = find_line(l, out, err);
    return status == NM_AGAIN ? NM_OK : status;
}

static nm_source_counts
line_counts(nm_source *source)
{
    line_source *l = (line_source *)source;
    return (nm_source_counts){
        .octets = atomic_load_explicit(&l->stream.octets, memory_order_relaxed),
    };
}

static int
line_fileno(nm_source *source)
{
    return ((line_source *)source)->stream.fd;
}

static nm_stream *
line_stream(nm_source *source)
{
    return &((line_source *)source)->stream;
}

static void
line_free(nm_source *source)
{
    line_source *l = (line_source *)source;
    nm_stream_close(&l->stream);
    free(l);
}

static const nm_source_ops line_ops = {
    .next = line_next,
    .counts = line_counts,
    .fileno = line_fileno,
    .own_fileno = line_fileno,
    .stream = line_stream,
    .free = line_free,
};

nm_status
nm_line_source_open(int fd, bool owns_fd, size_t line_max, bool is_dense, nm_source **out,
                    nm_error *err)
{
    line_source *l = calloc(1, sizeof *l);
    if (l == NULL) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a text input");
    }
    nm_status status = nm_stream_open(&l->stream, fd, owns_fd, line_max + 1, err);
    if (status != NM_OK) {
        free(l);
        return status;
    }
    l->source = (nm_source){.ops = &line_ops, .is_quick = true};
    l->line_max = line_max;
    l->is_dense = is_dense;
    *out = &l->source;
    return NM_OK;
}
