/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from capture files, pipes and memory: lets capture/savefile.h look at what is there. */
#include <stdlib.h>
#include <unistd.h>

#include "capture/savefile.h"
#include "io/source.h"
#include "io/stream.h"

typedef struct savefile_source {
    nm_source source;
    nm_stream stream;
    nm_savefile file;
} savefile_source;

/* The next packet of what is buffered.
 * @return NM_OK; NM_AGAIN: there is none; what is wrong, with its place in the stream. */
static nm_status
find_packet(savefile_source *s, nm_frame *out, nm_error *err)
{
    nm_captured packet;
    size_t used = 0;
    uint64_t offset = s->stream.offset;
    nm_status status =
        nm_savefile_next(&s->file, nm_stream_buffered(&s->stream), &used, &packet, err);
    if (status == NM_OK) {
        *out = (nm_frame){.octets = packet.octets,
                          .offset = offset,
                          .time_sec = packet.time_sec,
                          .time_nsec = packet.time_nsec,
                          .wire_len = packet.len};
    } else if (status != NM_AGAIN && err != NULL) {
        err->offset += offset;
    }
    nm_stream_consume(&s->stream, used);
    if (!s->source.has_kind && s->file.has_link_type) {
        s->source.has_kind = true;
        s->source.kind =
            (nm_packet_kind){.link_type = s->file.link_type, .snap_len = s->file.snap_len};
    }
    return status;
}

/* The stream has ended. */
static nm_status
end(savefile_source *s, nm_error *err)
{
    nm_status status = nm_savefile_end(&s->file, nm_stream_buffered(&s->stream), err);
    if (status == NM_END && !s->file.has_link_type) {
        status = nm_error_set(err, NM_E_PARSE, 0,
                              "the capture file has no Interface Description Blocks");
    } else if (status != NM_END && err != NULL) {
        err->offset = s->stream.offset;
    }
    return status;
}

/* Read until there is a packet, or the link type is known for the first time. */
static nm_status
read_on(savefile_source *s, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    bool was_known = s->file.has_link_type;
    for (;;) {
        uint64_t before = s->stream.offset;
        nm_status status = find_packet(s, out, err);
        if (status != NM_AGAIN || (!was_known && s->file.has_link_type)) {
            return status == NM_AGAIN ? NM_OK : status;
        }
        if (s->stream.offset != before) {
            continue; /* Something was stepped over. */
        }
        if (s->stream.is_at_end) {
            return end(s, err);
        }
        size_t buffered = nm_stream_buffered(&s->stream).len;
        status = nm_stream_fill(&s->stream, buffered + 1, wait, err);
        if (status != NM_OK) {
            return status;
        }
    }
}

static nm_status
savefile_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    if (source->has_ended) {
        return NM_END;
    }
    *out = (nm_frame){.octets = nm_span_of(NULL, 0)};
    nm_status status = read_on((savefile_source *)source, wait, out, err);
    source->has_ended = status != NM_OK && status != NM_AGAIN && status != NM_STOPPED;
    return status;
}

static bool
savefile_packet(nm_source *source, nm_captured *out)
{
    savefile_source *s = (savefile_source *)source;
    size_t used = 0;
    if (source->has_ended || !source->has_kind) {
        return false;
    }
    nm_status status =
        nm_savefile_next(&s->file, nm_stream_buffered(&s->stream), &used, out, /* err= */ NULL);
    nm_stream_consume(&s->stream, used);
    return status == NM_OK;
}

static nm_source_counts
savefile_counts(nm_source *source)
{
    savefile_source *s = (savefile_source *)source;
    return (nm_source_counts){
        .octets = atomic_load_explicit(&s->stream.octets, memory_order_relaxed),
    };
}

static int
savefile_fileno(nm_source *source)
{
    return ((savefile_source *)source)->stream.fd;
}

static nm_stream *
savefile_stream(nm_source *source)
{
    return &((savefile_source *)source)->stream;
}

static void
savefile_free(nm_source *source)
{
    savefile_source *s = (savefile_source *)source;
    nm_stream_close(&s->stream);
    nm_savefile_clear(&s->file);
    free(s);
}

static const nm_source_ops savefile_ops = {
    .next = savefile_next,
    .packet = savefile_packet,
    .counts = savefile_counts,
    .fileno = savefile_fileno,
    .own_fileno = savefile_fileno,
    .stream = savefile_stream,
    .free = savefile_free,
};

/* Read the header where nobody has to be waited for. */
static nm_status
look_ahead(savefile_source *s, nm_error *err)
{
    nm_frame none = {.offset = 0};
    if (!s->stream.is_regular && !s->stream.is_given) {
        return NM_OK;
    }
    nm_status status = read_on(s, /* wait= */ NULL, &none, err);
    return status == NM_AGAIN ? NM_OK : status;
}

nm_status
nm_savefile_source_open(int fd, bool owns_fd, const nm_span *memory, nm_source **out, nm_error *err)
{
    savefile_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input of packets");
    }
    nm_status status = nm_stream_open(&s->stream, fd, owns_fd, NM_SAVEFILE_ROOM, err);
    if (status != NM_OK) {
        free(s);
        return status;
    }
    s->source = (nm_source){.ops = &savefile_ops, .is_quick = true};
    nm_savefile_init(&s->file, &nm_allocator_heap);
    if (memory != NULL) {
        nm_stream_lend(&s->stream, *memory);
    }
    status = look_ahead(s, err);
    if (status != NM_OK) {
        savefile_free(&s->source);
        return status;
    }
    *out = &s->source;
    return NM_OK;
}
