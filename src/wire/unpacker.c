/* SPDX-License-Identifier: Apache-2.0 */
/* One container from its octets to its payloads, without a memory of others. */
#include "wire/unpacker.h"

void
nm_unpacker_init(nm_unpacker *u, const nm_limits *limits, const nm_allocator *allocator)
{
    *u = (nm_unpacker){.limits = *limits, .allocator = allocator};
}

void
nm_unpacker_clear(nm_unpacker *u)
{
    nm_inflater_free(u->inflater);
    u->inflater = NULL;
}

nm_status
nm_unpacker_open(const nm_unpacker *u, nm_span in, bool accepts_v1, nm_header *out_header,
                 nm_span *out_body, nm_error *err)
{
    nm_header header;
    nm_status status = nm_header_decode(in, &header, err);
    if (status != NM_OK) {
        return status;
    }
    if (header.version == 1 && !accepts_v1) {
        return nm_error_set(err, NM_E_VERSION, 4, "version 1 container outside a file");
    }
    size_t body_len = in.len - header.header_len;
    if (header.body_len != body_len) {
        return nm_error_set(err, NM_E_LENGTH, 6, "length field says %u octets, there are %zu",
                            header.body_len, body_len);
    }
    if (body_len > u->limits.container_len) {
        return nm_error_set(err, NM_E_LIMIT, 6, "container of %zu octets, the limit is %zu",
                            body_len, u->limits.container_len);
    }
    *out_header = header;
    *out_body = nm_span_of(in.data + header.header_len, body_len);
    return NM_OK;
}

static nm_status
inflate_body(nm_unpacker *u, nm_span *body, nm_buffer *inflated, nm_error *err)
{
    if (u->inflater == NULL) {
        u->inflater = nm_inflater_new(u->allocator);
    }
    if (u->inflater == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for decoding a container");
    }
    nm_status status = nm_zblock_inflate(u->inflater, *body, u->limits.inflated_len, inflated, err);
    if (status == NM_OK) {
        *body = nm_buffer_span(inflated);
    }
    return status;
}

nm_status
nm_unpacker_decode(nm_unpacker *u, unsigned flags, nm_span body, nm_buffer *inflated,
                   nm_container *out, nm_error *err)
{
    nm_status status = NM_OK;
    if ((flags & NM_FLAG_ZLIB) != 0) {
        status = inflate_body(u, &body, inflated, err);
    }
    if (status != NM_OK) {
        nm_container_empty(out);
        return status;
    }
    return nm_container_decode(out, body, err);
}
