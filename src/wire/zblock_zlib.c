/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed blocks with zlib. */
#include "wire/zblock.h"

#include <limits.h>
#include <zlib.h>

struct nm_inflater {
    z_stream stream;
    const nm_allocator *allocator;
};

struct nm_deflater {
    z_stream stream;
    const nm_allocator *allocator;
};

const char *
nm_zblock_library(void)
{
    return "zlib " ZLIB_VERSION;
}

static void *
zlib_alloc(void *context, unsigned items, unsigned size)
{
    const nm_allocator *allocator = context;
    size_t len;
    if (__builtin_mul_overflow((size_t)items, (size_t)size, &len) || len == 0) {
        return NULL;
    }
    return nm_allocator_zeroed(allocator, len);
}

static void
zlib_free(void *context, void *block)
{
    nm_allocator_release(context, block);
}

/* zlib's structure has room for a context that it gives back to the two functions above. */
static void
use_allocator(z_stream *stream, const nm_allocator *allocator)
{
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    stream->opaque = (void *)(uintptr_t)allocator;
}

nm_inflater *
nm_inflater_new(const nm_allocator *allocator)
{
    nm_inflater *inflater = nm_allocator_zeroed(allocator, sizeof *inflater);
    if (inflater == NULL) {
        return NULL;
    }
    inflater->allocator = allocator;
    use_allocator(&inflater->stream, allocator);
    if (inflateInit(&inflater->stream) != Z_OK) {
        nm_allocator_release(allocator, inflater);
        return NULL;
    }
    return inflater;
}

void
nm_inflater_free(nm_inflater *inflater)
{
    if (inflater != NULL) {
        (void)inflateEnd(&inflater->stream); /* Fails only for a stream never begun. */
        nm_allocator_release(inflater->allocator, inflater);
    }
}

nm_status
nm_zblock_inflate(nm_inflater *inflater, nm_span block, size_t limit, nm_buffer *out, nm_error *err)
{
    uint32_t len = 0;
    nm_span in = {.data = NULL, .len = 0};
    nm_status status = nm_zblock_open(block, limit, &len, &in, err);
    if (status != NM_OK) {
        return status;
    }
    out->len = 0;
    status = nm_buffer_reserve(out, (size_t)len + 1); /* zlib wants room, even for nothing. */
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "no memory for a block of %u octets", len);
    }
    z_stream *z = &inflater->stream;
    if (in.len > UINT_MAX || inflateReset(z) != Z_OK) {
        return nm_error_set(err, NM_E_INFLATE, 0, "compressed block of %zu octets", in.len);
    }
    z->next_in = (z_const Bytef *)(uintptr_t)in.data;
    z->avail_in = (unsigned)in.len;
    z->next_out = out->data;
    z->avail_out = len + 1;
    int result = inflate(z, Z_FINISH);
    if (result == Z_MEM_ERROR) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for decompression");
    }
    if (result != Z_STREAM_END || z->total_out != len) {
        return nm_error_set(err, NM_E_INFLATE, NM_ZBLOCK_PREFIX_LEN,
                            "decompression failed: %s (%lu of %u octets)",
                            z->msg != NULL ? z->msg : "wrong length", z->total_out, len);
    }
    out->len = len;
    return NM_OK;
}

nm_deflater *
nm_deflater_new(int level, const nm_allocator *allocator)
{
    nm_deflater *deflater = nm_allocator_zeroed(allocator, sizeof *deflater);
    if (deflater == NULL) {
        return NULL;
    }
    deflater->allocator = allocator;
    use_allocator(&deflater->stream, allocator);
    if (deflateInit(&deflater->stream, nm_zlevel_of(level, Z_DEFAULT_COMPRESSION)) != Z_OK) {
        nm_allocator_release(allocator, deflater);
        return NULL;
    }
    return deflater;
}

void
nm_deflater_free(nm_deflater *deflater)
{
    if (deflater != NULL) {
        (void)deflateEnd(&deflater->stream); /* Tells of unread output, which is no loss here. */
        nm_allocator_release(deflater->allocator, deflater);
    }
}

nm_status
nm_zblock_deflate(nm_deflater *deflater, nm_span in, nm_buffer *out)
{
    z_stream *z = &deflater->stream;
    if (in.len > UINT32_MAX || deflateReset(z) != Z_OK) {
        return NM_E_LIMIT;
    }
    size_t bound = deflateBound(z, (uLong)in.len);
    if (bound > UINT_MAX) {
        return NM_E_LIMIT;
    }
    nm_status status = nm_buffer_reserve(out, NM_ZBLOCK_PREFIX_LEN + bound);
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = nm_zblock_put_len(out->data + out->len, in.len);
    z->next_in = (z_const Bytef *)(uintptr_t)in.data;
    z->avail_in = (unsigned)in.len;
    z->next_out = p;
    z->avail_out = (unsigned)bound;
    if (deflate(z, Z_FINISH) != Z_STREAM_END) {
        return NM_E_LIMIT;
    }
    out->len += NM_ZBLOCK_PREFIX_LEN + z->total_out;
    return NM_OK;
}
